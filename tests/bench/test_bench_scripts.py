"""The scripts as a person runs them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPTS / script), *arguments]
    environment = {**os.environ, "COLUMNS": "160"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=280, check=False)


@pytest.mark.parametrize(
    ("script", "example"),
    [
        ("bench_engine.py", "--random-weights F5TTS_v1_Base --device cuda"),
        ("profile_bottlenecks.py", "--trace ours.json"),
        ("bench_server.py", "--flood --seconds 60"),
        ("simulate_chat.py", "--start --speed 20"),
        ("soak.py", "--minutes 60 --load 0.8"),
        ("bench_rooms.py", "--only crash --kills 20 --seed 7"),
        ("monitor_performance.py", "--jsonl run.jsonl --csv run.csv"),
        ("extended_performance_test.py", "--nfe 5 --json nfe5.json"),
        ("quick_performance_test.py", "--nfe 16"),
        ("detect_regression.py", "--nfe 9 --runs 6"),
        ("generate_quality_samples.py", "samples --nfe 7 16 32"),
        ("export_vocoder_onnx.py", "vocoder.onnx"),
        ("warmup_model.py", "--config my.toml --all"),
    ],
)
def test_help_has_examples(script: str, example: str) -> None:
    done = run(script, "--help")
    assert done.returncode == 0
    assert f"{script} {example}" in done.stdout


@pytest.mark.parametrize(
    ("script", "bad"),
    [
        ("bench_engine.py", ["--texts", "0"]),
        ("bench_engine.py", ["--rates", "0"]),
        ("bench_engine.py", ["--only", "taste"]),
        ("bench_engine.py", ["--json", "/nowhere/out.json"]),
        ("profile_bottlenecks.py", ["--steps", "0"]),
        ("profile_bottlenecks.py", ["--trace", "/nowhere/out.json"]),
        ("bench_server.py", ["--rates", "0"]),
        ("simulate_chat.py", ["--speed", "21", "--start"]),
        ("simulate_chat.py", ["--rate", "nan", "--start"]),
        ("simulate_chat.py", ["--url", "ftp://127.0.0.1"]),
        ("simulate_chat.py", ["--key", "abc", "--start"]),
        ("simulate_chat.py", ["--start", "--url", "http://127.0.0.1:1"]),
        ("bench_server.py", ["--seconds", "nan"]),
        ("bench_server.py", ["--clients", "0"]),
        ("bench_server.py", ["--url", "ftp://127.0.0.1"]),
        ("bench_server.py", ["--key", "abc"]),
        ("bench_server.py", ["--json", "/nowhere/out.json"]),
        ("monitor_performance.py", ["--every", "0"]),
        ("monitor_performance.py", ["--limit", "taste=1"]),
        ("monitor_performance.py", ["--limit", "rtf_p95=fast"]),
        ("monitor_performance.py", ["--csv", "/nowhere/out.csv"]),
        ("soak.py", ["--minutes", "0"]),
        ("bench_rooms.py", ["--batch", "51"]),
        ("bench_rooms.py", ["--listeners", "20", "--stalled", "20"]),
        ("soak.py", ["--warm-up", "60"]),
        ("soak.py", ["--growth", "nan"]),
        ("soak.py", ["--url", "http://127.0.0.1:27121"]),
        ("extended_performance_test.py", ["--runs", "0"]),
        ("quick_performance_test.py", ["--json", "/nowhere/out.json"]),
        ("detect_regression.py", ["--config", "/nowhere/my.toml"]),
        ("generate_quality_samples.py", ["--nfe", "0", "samples"]),
        ("export_vocoder_onnx.py", ["--frames", "1", "out.onnx"]),
    ],
)
def test_bad_options_are_refused_before_anything_loads(script: str, bad: list[str]) -> None:
    done = run(script, *bad)
    assert done.returncode == 2
    assert bad[0] in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("script", ["bench_engine.py", "profile_bottlenecks.py"])
def test_a_model_nobody_knows_is_an_error_in_words(script: str) -> None:
    done = run(script, "--model", "F6", "--device", "cpu")
    assert done.returncode == 2
    assert "unknown model 'F6'" in done.stderr
    assert "Traceback" not in done.stderr
