"""iShowTTS: an async HTTP/SSE speech server for livestreams, built on F5-TTS."""

__version__ = "0.1.0"
