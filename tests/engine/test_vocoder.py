from __future__ import annotations

from pathlib import Path

import pytest
import torch
import yaml

from ishowtts.engine.vocoder import WINDOW, Vocoder, load_vocoder, make_vocos
from ishowtts.errors import CheckpointError

CONFIG = {
    "feature_extractor": {
        "class_path": "vocos.feature_extractors.MelSpectrogramFeatures",
        "init_args": {"sample_rate": 24000, "n_fft": 1024, "hop_length": 256, "n_mels": 100, "padding": "center"},
    },
    "backbone": {
        "class_path": "vocos.models.VocosBackbone",
        "init_args": {"input_channels": 100, "dim": 32, "intermediate_dim": 64, "num_layers": 2},
    },
    "head": {
        "class_path": "vocos.heads.ISTFTHead",
        "init_args": {"dim": 32, "n_fft": 1024, "hop_length": 256, "padding": "center"},
    },
}


def official(folder: Path, config: dict[str, object]) -> Path:
    torch.manual_seed(0)
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    torch.save(make_vocos(32, 64, 2).state_dict(), folder / "pytorch_model.bin")
    return folder


def test_the_official_layout_loads(tmp_path: Path) -> None:
    vocoder = load_vocoder(str(official(tmp_path, dict(CONFIG))))
    mel = torch.randn(40, 100)
    assert vocoder(mel).shape == (40 * 256,)
    torch.manual_seed(0)
    assert torch.equal(vocoder(mel), Vocoder(make_vocos(32, 64, 2), None)(mel))


def test_a_configuration_cannot_name_code_to_run(tmp_path: Path) -> None:
    config = {**CONFIG, "head": {"class_path": "subprocess.Popen", "init_args": {"args": ["true"]}}}
    with pytest.raises(CheckpointError, match=r"subprocess\.Popen"):
        load_vocoder(str(official(tmp_path, config)))


def test_weights_of_another_size_are_named(tmp_path: Path) -> None:
    folder = official(tmp_path, dict(CONFIG))
    torch.save(make_vocos(32, 64, 1).state_dict(), folder / "pytorch_model.bin")
    with pytest.raises(CheckpointError, match=r"missing backbone\.convnext\.1"):
        load_vocoder(str(folder))


def loud(layers: int) -> Vocoder:
    """Random weights large enough for sound of about full scale, and for far frames to be felt."""
    torch.manual_seed(0)
    vocoder = Vocoder(make_vocos(32, 64, layers), None)
    for parameter in vocoder.vocos.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return vocoder


@torch.no_grad()
@pytest.mark.parametrize("n", [1, 2, 40, WINDOW - 1, WINDOW, WINDOW + 1, 2 * WINDOW + 300])
def test_it_is_vocos_own_decoding_whole_and_in_windows(n: int) -> None:
    vocoder = loud(layers=8)
    mel = torch.randn(n, 100)
    whole = vocoder.vocos.decode(torch.cat([mel, mel[-1:]]).T[None])[0]
    sound = vocoder(mel)
    assert sound.shape == (256 * n,)
    assert float((sound - whole).norm() / whole.norm()) < 1e-5


@torch.no_grad()
def test_sounds_decoded_together_are_those_decoded_alone() -> None:
    vocoder = loud(layers=3)
    mels = [torch.randn(n, 100) for n in (30, 700, 1, 64, 513)]
    for mel, sound in zip(mels, vocoder.decode(mels), strict=True):
        torch.testing.assert_close(sound, vocoder(mel), rtol=1e-5, atol=1e-5)


def test_features_are_clamped_to_what_it_was_trained_on() -> None:
    vocoder = Vocoder(make_vocos(32, 64, 2), -7.0)
    deep, floor = torch.full((20, 100), -11.5), torch.full((20, 100), -7.0)
    assert torch.equal(vocoder(deep), vocoder(floor))
