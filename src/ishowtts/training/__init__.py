"""Trains f5-mini, the small F5-TTS that ships with the project.

A side wing: it uses `engine/` for the model classes; nothing of the server imports it.
"""
