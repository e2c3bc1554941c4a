"""Settings: their shape and ranges (model.py), where they are read from (load.py, environment.py), what is said when
one cannot be used (explain.py)."""

from ishowtts.settings.load import Loaded, load_settings
from ishowtts.settings.model import (
    AuthSettings,
    CacheSettings,
    KeyScope,
    KeySettings,
    Language,
    LimitSettings,
    LoggingSettings,
    ModelSettings,
    OpenAIVoiceSettings,
    QueueSettings,
    ServerSettings,
    Settings,
    SynthesisSettings,
    TextSettings,
    TracingSettings,
    UploadSettings,
    VoiceSettings,
    WyomingSettings,
)

__all__ = [
    "AuthSettings",
    "CacheSettings",
    "KeyScope",
    "KeySettings",
    "Language",
    "LimitSettings",
    "Loaded",
    "LoggingSettings",
    "ModelSettings",
    "OpenAIVoiceSettings",
    "QueueSettings",
    "ServerSettings",
    "Settings",
    "SynthesisSettings",
    "TextSettings",
    "TracingSettings",
    "UploadSettings",
    "VoiceSettings",
    "WyomingSettings",
    "load_settings",
]
