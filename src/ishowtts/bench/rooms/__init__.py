"""Read-aloud under load: a flood of chat, a server that is killed, and listeners who do not listen.

Each part drives a real server process over HTTP and counts what came of it.
"""
