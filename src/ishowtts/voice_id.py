"""What an id of a voice looks like. A leaf of its own, since settings, requests and rooms all speak of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

VOICE_ID = r"^[a-z0-9][a-z0-9_-]{0,63}$"  # Rust's regex: `$` is the end of the text, a trailing newline does not pass
VoiceId = Annotated[str, Field(pattern=VOICE_ID)]
