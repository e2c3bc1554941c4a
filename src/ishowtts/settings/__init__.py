"""Settings: their shape and ranges (model.py), where they are read from (load.py, environment.py), what is said when
one cannot be used (explain.py)."""

from ishowtts.settings.load import Loaded, load_settings
from ishowtts.settings.model import (
    CacheSettings,
    Language,
    LoggingSettings,
    ModelSettings,
    QueueSettings,
    ServerSettings,
    Settings,
    SynthesisSettings,
    VoiceSettings,
)

__all__ = [
    "CacheSettings",
    "Language",
    "Loaded",
    "LoggingSettings",
    "ModelSettings",
    "QueueSettings",
    "ServerSettings",
    "Settings",
    "SynthesisSettings",
    "VoiceSettings",
    "load_settings",
]
