"""The voices on offer and where each comes from.

A voice is a short reference clip, what is said in it, and its language.
"""
