from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from ishowtts.engine.build import load_engine
from ishowtts.engine.catalog import ARCHITECTURES, CATALOG
from ishowtts.engine.checkpoint import fit, infer_architecture, read_tensors, resolve
from ishowtts.errors import CheckpointError
from ishowtts.settings import CacheSettings, ModelSettings
from tests.engine.conftest import CHARACTERS, random_cfm, small

TOKENS = len(CHARACTERS)


@pytest.fixture(scope="module")
def weights() -> dict[str, torch.Tensor]:
    return {k: v.clone() for k, v in random_cfm(small(), TOKENS).transformer.state_dict().items()}


def prefixed(weights: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {prefix + k: v for k, v in weights.items()}


@pytest.mark.parametrize("prefix", ["", "transformer.", "ema_model.transformer.", "module.transformer.", "module."])
def test_safetensors_of_every_layout(tmp_path: Path, weights: dict[str, torch.Tensor], prefix: str) -> None:
    leftovers = {"initted": torch.tensor(1), "step": torch.tensor(9), "mel_spec.mel_stft.mel_scale.fb": torch.ones(3)}
    path = tmp_path / "model.safetensors"
    save_file({**prefixed(weights, prefix), **prefixed(leftovers, "ema_model.")}, path)
    model = random_cfm(small(), TOKENS).transformer
    torch.nn.init.zeros_(model.proj_out.weight)
    fit(model, read_tensors(path), path.name)
    assert torch.equal(model.proj_out.weight, weights["proj_out.weight"])


@pytest.mark.parametrize("wrapper", ["ema_model_state_dict", "model_state_dict"])
def test_pt_files_are_unwrapped(tmp_path: Path, weights: dict[str, torch.Tensor], wrapper: str) -> None:
    path = tmp_path / "model_last.pt"
    torch.save({wrapper: prefixed(weights, "ema_model.transformer."), "update": 12}, path)
    assert read_tensors(path).keys() == {k for k in weights if "freqs" not in k and "inv_freq" not in k}


def test_a_pickle_that_runs_code_is_refused(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return os.mkdir, (str(tmp_path / "owned"),)

    path = tmp_path / "evil.pt"
    torch.save({"model_state_dict": Evil()}, path)
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_tensors(path)
    assert not (tmp_path / "owned").exists()


def test_a_mismatch_names_each_tensor(weights: dict[str, torch.Tensor]) -> None:
    model = random_cfm(small(), TOKENS).transformer
    wrong = {k: v for k, v in weights.items() if k != "proj_out.bias"}
    wrong["proj_out.weight"] = torch.zeros(80, 64)
    wrong["lora.down"] = torch.zeros(2)
    with pytest.raises(CheckpointError) as caught:
        fit(model, wrong, "tuned.safetensors")
    for part in (
        "tuned.safetensors",
        "missing proj_out.bias (100,)",
        "unexpected lora.down (2,)",
        "proj_out.weight: checkpoint (80, 64), model (100, 128)",
    ):
        assert part in caught.value.message


@pytest.mark.parametrize("name", ["F5TTS_v1_Base", "E2TTS_Base"])
def test_the_shape_of_a_fine_tune_is_read_off_its_tensors(name: str) -> None:
    architecture = small(name)
    tensors = random_cfm(architecture, TOKENS).transformer.state_dict()
    found = infer_architecture(tensors, name)
    assert found.backbone == architecture.backbone
    for key in ("dim", "depth", "heads", "ff_mult"):
        assert found.arguments[key] == architecture.arguments[key]
    rebuilt = random_cfm(found, TOKENS).transformer
    fit(rebuilt, {k: v for k, v in tensors.items() if "freq" not in k}, "tuned")


def test_other_weights_are_told_apart() -> None:
    with pytest.raises(CheckpointError, match="no F5-TTS"):
        infer_architecture({"encoder.weight": torch.zeros(2, 2)}, None)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("hf://only-owner", "not of the form"),
        ("/nowhere/model.safetensors", "no such checkpoint"),
    ],
)
def test_specs_that_lead_nowhere(spec: str, says: str) -> None:
    with pytest.raises(CheckpointError, match=says):
        resolve(spec)


@pytest.mark.parametrize("name", ["broken.safetensors", "broken.pt", "weights.onnx"])
def test_files_that_are_no_weights(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"not weights")
    with pytest.raises(CheckpointError, match=name):
        read_tensors(path)


def test_a_model_without_weights_says_what_to_set() -> None:
    for name, says in (("F5TTS_v1_Small", "model.checkpoint"), ("nonesuch", "use one of")):
        with pytest.raises(CheckpointError, match=says):
            load_engine(ModelSettings(name=name, device="cpu"), CacheSettings(), lambda *_: None)


def test_the_catalogue_knows_every_architecture() -> None:
    assert set(ARCHITECTURES) <= set(CATALOG)
    assert [c.name for c in CATALOG.values() if c.embedded] == ["f5-mini"]
