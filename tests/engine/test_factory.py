from __future__ import annotations

import subprocess
import sys


def test_a_worker_leaves_no_semaphore_of_the_system_behind() -> None:
    """One that is killed could not clean up, and the server would be blamed at its end."""
    code = (
        "import multiprocessing.synchronize as sync\n"
        "made = []\n"
        "sync.SemLock.__init__ = lambda self, *more, **named: made.append(self)\n"
        "from ishowtts.engine.factory import EngineFactory\n"
        "from ishowtts.errors import CheckpointError\n"
        "from ishowtts.settings import CacheSettings, ModelSettings\n"
        "try: EngineFactory(ModelSettings(name='none'), CacheSettings())(lambda *_: None)\n"
        "except CheckpointError: pass\n"
        "from tqdm import tqdm\n"
        "list(tqdm([1], disable=False, file=open('/dev/null', 'w')))\n"
        "print(len(made))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"
