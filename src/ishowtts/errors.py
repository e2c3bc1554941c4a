"""Every failure a caller can meet, in one table: HTTP status, type, code.

The body is `{"error": {"message", "type", "code", "param"}}` everywhere. Messages say what to do next and never
contain the caller's text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class SpeechError(Exception):
    """Base of all expected failures; `str(error)` is the message for the caller."""

    status: ClassVar[int] = 500
    type: ClassVar[str] = "server_error"
    code: ClassVar[str] = "internal_error"
    headers: ClassVar[Mapping[str, str]] = {}

    def __init__(self, message: str, *, param: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[Any, ...]:  # keyword arguments survive the worker's pipe
        return _rebuild, (type(self), self.message, self.param, self.retry_after)

    def body(self) -> dict[str, Any]:
        return {"error": {"message": self.message, "type": self.type, "code": self.code, "param": self.param}}


def _rebuild(cls: type[SpeechError], message: str, param: str | None, retry_after: float | None) -> SpeechError:
    return cls(message, param=param, retry_after=retry_after)


class InvalidRequest(SpeechError):
    """A field is missing, of the wrong type or out of range."""

    status, type, code = 422, "invalid_request_error", "invalid_value"


class BadJson(InvalidRequest):
    status, code = 400, "bad_json"


class BadHttp(InvalidRequest):
    """What came is not a request, or one that could be read in two ways."""

    status, code = 400, "bad_http"


class HeadersTooLarge(InvalidRequest):
    status, code = 431, "headers_too_large"


class HeadersTooSlow(InvalidRequest):
    status, code = 408, "headers_too_slow"


class TextTooLong(InvalidRequest):
    status, code = 413, "text_too_long"


class BodyTooLarge(InvalidRequest):
    status, code = 413, "body_too_large"


class NothingToSay(InvalidRequest):
    """The text is empty, or has nothing that can be spoken."""

    code = "nothing_to_say"


class UnusableReference(InvalidRequest):
    """A voice's reference audio cannot be read, or is too short, long or silent."""

    code = "unusable_reference"


class PoorReference(UnusableReference):
    """A clip no good voice can be made of; `reasons` are pairs of a code and a sentence."""

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        retry_after: float | None = None,
        reasons: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(message, param=param, retry_after=retry_after)
        self.reasons = list(reasons)

    def body(self) -> dict[str, Any]:
        body = super().body()
        body["error"]["reasons"] = [{"code": code, "message": message} for code, message in self.reasons]
        return body


class BadForm(InvalidRequest):
    """A multipart body that cannot be taken apart, or holds more than it should."""

    status, code = 400, "bad_form"


class UnsupportedMediaType(InvalidRequest):
    status, code = 415, "unsupported_media_type"


class ConsentRequired(InvalidRequest):
    code = "consent_required"


class TranscriptRequired(InvalidRequest):
    """It is not known what the clip says, and nothing here can write it down."""

    code = "transcript_required"


class VoiceExists(InvalidRequest):
    status, code = 409, "voice_exists"


class VoiceNotUploaded(InvalidRequest):
    """It came with the server, from its config file or a folder: it can be overridden, not changed."""

    status, code = 409, "voice_not_uploaded"


class VoiceInUse(InvalidRequest):
    """It is the default of a language, and there would be none."""

    status, code = 409, "voice_in_use"


class LibraryFull(InvalidRequest):
    status, code = 409, "library_full"


class UploadsOff(InvalidRequest):
    status, code = 403, "uploads_off"


class VoiceNotFound(SpeechError):
    status, type, code = 404, "invalid_request_error", "voice_not_found"


class ModelNotFound(SpeechError):
    """A model was named that this server does not speak with."""

    status, type, code = 404, "invalid_request_error", "model_not_found"


class NotFound(SpeechError):
    status, type, code = 404, "invalid_request_error", "not_found"


class MethodNotAllowed(SpeechError):
    status, type, code = 405, "invalid_request_error", "method_not_allowed"


class MissingApiKey(SpeechError):
    """Keys are configured, and the request has none."""

    status, type, code = 401, "authentication_error", "missing_api_key"
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Bearer"}


class InvalidApiKey(MissingApiKey):
    """The key is none of those configured."""

    code = "invalid_api_key"


class MissingScope(SpeechError):
    """The key is good, but not for this."""

    status, type, code = 403, "permission_error", "missing_scope"


class WrongHost(InvalidRequest):
    """The Host header names another server."""

    status, code = 421, "wrong_host"


class WrongOrigin(SpeechError):
    """A page of an origin that is not allowed."""

    status, type, code = 403, "permission_error", "wrong_origin"


class RoomNotFound(SpeechError):
    """No room of read-aloud has this name."""

    status, type, code = 404, "invalid_request_error", "room_not_found"


class MessageNotFound(SpeechError):
    """No message has this id, or its sound is gone."""

    status, type, code = 404, "invalid_request_error", "message_not_found"


class SourceNotFound(SpeechError):
    """No source of chat has this id."""

    status, type, code = 404, "invalid_request_error", "source_not_found"


class SourceExists(InvalidRequest):
    status, code = 409, "source_exists"


class TooManySources(InvalidRequest):
    status, code = 409, "too_many_sources"


class VerdictsFull(SpeechError):
    """The file of a listening test holds no more."""

    status, type, code = 409, "invalid_request_error", "verdicts_full"


class QueueFull(SpeechError):
    """The bounded queue has no place; `retry_after` seconds is when to try again."""

    status, type, code = 429, "rate_limit_error", "queue_full"


class RateLimited(SpeechError):
    """A client, room or user asked for more than it may; `retry_after` seconds is when it may again."""

    status, type, code = 429, "rate_limit_error", "rate_limited"


class UploadsBusy(SpeechError):
    """As many clips are being taken in as may be at once."""

    status, type, code = 429, "rate_limit_error", "uploads_busy"


class VersionConflict(SpeechError):
    """Somebody else has changed it meanwhile."""

    status, type, code = 409, "invalid_request_error", "version_conflict"


class TooManySubscribers(SpeechError):
    """A room's event stream has as many listeners as it takes."""

    status, type, code = 503, "server_error", "too_many_subscribers"


class NotReady(SpeechError):
    """The model is loading, or the server is shutting down."""

    status, type, code = 503, "server_error", "not_ready"


class StorageFailed(SpeechError):
    """The disk does not take what must be kept, or does not give it back."""

    status, type, code = 503, "server_error", "storage_failed"


class TooManyConnections(SpeechError):
    """Every connection has a request under way."""

    status, type, code = 503, "server_error", "too_many_connections"


class WorkerLost(SpeechError):
    """The inference worker died twice on the same job."""

    status, code = 503, "worker_lost"


class DeadlineExceeded(SpeechError):
    status, type, code = 504, "server_error", "deadline_exceeded"


class SynthesisFailed(SpeechError):
    code = "synthesis_failed"


class Cancelled(SpeechError):
    """The caller went away, or somebody took the request back; only then is there anyone to be told."""

    status, type, code = 499, "cancelled", "cancelled"


class CheckpointError(SpeechError):
    """Weights that are missing, unreadable or do not fit the architecture."""

    code = "bad_checkpoint"


class ConfigError(SpeechError):
    """A setting that cannot be used; the message names it and where it came from."""

    code = "bad_config"
