"""How the worker process gets its engine: picklable in a parent that never imports torch."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import Any

from ishowtts.engine.job import Engine, Progress
from ishowtts.engine.memory import bound_caches
from ishowtts.logs import adopt
from ishowtts.settings import CacheSettings, ModelSettings


@dataclass(frozen=True, slots=True)
class EngineFactory:
    """Called in the worker process; torch is imported there. Raises `CheckpointError`, `ConfigError`."""

    model: ModelSettings
    cache: CacheSettings

    def __call__(self, progress: Progress) -> Engine[Any]:
        progress(0.0, "importing torch")
        from tqdm import tqdm

        # The lock that tqdm makes by itself is a semaphore of the system's: left behind if this process is killed, so
        # that the server is blamed for it when it ends.
        tqdm.set_lock(threading.RLock())
        bound_caches()
        from ishowtts.engine.build import load_engine

        adopt()  # torch brings log handlers of its own
        logging.getLogger("torch.utils.cpp_extension").setLevel(logging.ERROR)  # warns wherever there is no GPU
        return load_engine(self.model, self.cache, progress)
