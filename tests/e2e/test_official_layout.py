"""The big model: a checkpoint in the official layout, with random weights, through the real server.

Random weights give noise; what is shown is that every tensor finds its place and the sound has the right length.
"""

from __future__ import annotations

import io
import os
import tomllib
import wave
from pathlib import Path

import httpx
import pytest
import torch
from safetensors.torch import save_file

from ishowtts.engine.build import make_cfm, official_vocab
from ishowtts.engine.catalog import ARCHITECTURES, F5_MINI
from ishowtts.engine.features import FRAMES_PER_SECOND, MelNorm
from ishowtts.engine.frontend import read_vocab
from ishowtts.text.lengths import spoken_seconds
from tests.e2e.conftest import running

pytestmark = pytest.mark.slow

REFERENCE = F5_MINI / "voices" / "heart" / "reference.flac"
SAID = tomllib.loads((REFERENCE.parent / "voice.toml").read_text(encoding="utf-8"))["text"]
TEXT = "A large model with random weights says this line as noise."


def enough_memory() -> bool:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES") > 6 * 2**30


def official_checkpoint(path: Path) -> None:
    """F5TTS_v1_Base as its authors store it: fp16 here, `ema_model.transformer.` prefixes, leftovers of training."""
    torch.manual_seed(0)
    cfm = make_cfm(ARCHITECTURES["F5TTS_v1_Base"], len(read_vocab(official_vocab())), MelNorm())
    for parameter in cfm.transformer.parameters():
        if parameter.dim() > 1 and not parameter.any():
            torch.nn.init.normal_(parameter, std=0.02)  # zero-initialised output layers would make silence
    tensors = {f"ema_model.{k}": v.half().contiguous() for k, v in cfm.state_dict().items()}
    save_file({**tensors, "initted": torch.tensor(True), "step": torch.tensor(1_250_000)}, path)


@pytest.mark.skipif(not enough_memory(), reason="needs 6 GB of free memory")
@pytest.mark.timeout(600)
def test_an_official_checkpoint_speaks(tmp_path: Path) -> None:
    path = tmp_path / "model_1250000.safetensors"
    official_checkpoint(path)
    settings = {
        "ISHOWTTS_MODEL__NAME": "F5TTS_v1_Base",
        "ISHOWTTS_MODEL__CHECKPOINT": str(path),
        "ISHOWTTS_MODEL__VOCODER": "f5-mini",
        "ISHOWTTS_MODEL__WARM_UP": "false",
        "ISHOWTTS_MODEL__COMPILE": "false",
    }
    for server in running(**settings):
        info = server.get("/version")["engine"]
        assert info["model"] == "F5TTS_v1_Base"
        assert info["license"] == "CC-BY-NC-4.0"
        body = {"text": TEXT, "voice": "heart", "nfe_step": 2, "target_rms": 0}
        answer = httpx.post(f"{server.url}/tts", json=body, timeout=300)
        assert answer.status_code == 200, answer.text
        with wave.open(io.BytesIO(answer.content)) as reader:
            seconds = reader.getnframes() / reader.getframerate()
        with wave.open(io.BytesIO(_as_wav(REFERENCE))) as reader:
            reference = reader.getnframes() / reader.getframerate()
        expected = spoken_seconds(TEXT, SAID, reference, 1.0)
        assert seconds == pytest.approx(expected, abs=2 / FRAMES_PER_SECOND)


def _as_wav(path: Path) -> bytes:
    import soundfile as sf

    sound, rate = sf.read(path)
    buffer = io.BytesIO()
    sf.write(buffer, sound, rate, format="WAV")
    return buffer.getvalue()
