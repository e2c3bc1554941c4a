"""The Wyoming protocol over TCP, for Home Assistant and other voice assistants: JSON lines in, PCM events out.

server.py listens, session.py is one client, frames.py reads with limits."""
