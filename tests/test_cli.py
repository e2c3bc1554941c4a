from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ishowtts import __version__
from ishowtts.cli import main
from ishowtts.commands.checks import Line
from ishowtts.commands.exposure_checks import exposure
from ishowtts.commands.network import check_exposure, check_wyoming, listen, others_url, url_of
from ishowtts.engine.catalog import CATALOG
from ishowtts.errors import ConfigError, SpeechError, VoiceNotFound
from ishowtts.settings import (
    AuthSettings,
    KeySettings,
    Loaded,
    ServerSettings,
    Settings,
    WyomingSettings,
    load_settings,
)
from ishowtts.settings.hosts import is_loopback
from ishowtts.settings.sources import LEAVES
from tests.voices.clips import clip, encoded

COMMANDS = ("serve", "say", "voices", "models", "doctor", "check-config", "key")


@dataclass
class Result:
    code: int
    out: str
    err: str


class Runner:
    """Runs the command line in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Result:
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        captured = self._capsys.readouterr()
        return Result(int(caught.value.code or 0), captured.out, captured.err)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runner:
    monkeypatch.chdir(tmp_path)  # no config file, no voices of ours
    for name in [name for name in os.environ if name.startswith("ISHOWTTS_")]:
        monkeypatch.delenv(name)
    return Runner(capsys)


def torch_sees_a_gpu() -> bool:
    return bool(shutil.which("nvidia-smi"))


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)


# ── help ──


def test_help_is_light() -> None:
    code = (
        "import sys, ishowtts.cli\n"
        "try: ishowtts.cli.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'fastapi', 'f5_tts', 'vocos', 'uvicorn', 'numpy', 'pydantic'} & set(sys.modules)\n"
        "sys.stderr.write(' '.join(heavy))"
    )
    done = python("-c", code)
    assert done.stderr == ""
    assert all(command in done.stdout for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command_shows_examples(run: Runner, command: str) -> None:
    result = run(command, "--help")
    assert result.code == 0
    examples = result.out.partition("Examples:")[2]
    assert 2 <= examples.count(f"ishowtts {command}") <= 4


def test_version(run: Runner) -> None:
    assert run("--version").out == f"ishowtts {__version__}\n"


def test_a_wrong_option_is_exit_2(run: Runner) -> None:
    assert run("serve", "--prot", "1").code == 2


# ── errors ──


def test_a_wrong_setting_is_one_clear_line_and_exit_2(run: Runner) -> None:
    result = run("serve", "--port", "99999")
    assert result.code == 2
    assert result.err == "Error: server.port = 99999: expected a whole number, 0 to 65535 (flag --port)\n"


def test_an_error_of_a_command_is_exit_1_and_debug_shows_where(run: Runner) -> None:
    result = run("say", "Hello.", "-o", "a.wav", "--voice", "hart")
    assert result.code == 1
    assert result.err.count("\n") == 1
    assert "did you mean 'heart'?" in result.err
    with pytest.raises(VoiceNotFound):
        main(["--debug", "say", "Hello.", "-o", "a.wav", "--voice", "hart"])


# ── check-config ──


def test_check_config_shows_every_key_with_value_and_origin(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("my.toml").write_text("[synthesis]\nnfe_step = 16\n")
    monkeypatch.setenv("ISHOWTTS_SERVER__PORT", "8080")
    result = run("check-config", "--config", "my.toml")
    rows = [line.split() for line in result.out.splitlines()]
    assert result.code == 0
    assert ["synthesis.nfe_step", "16", "my.toml"] in rows
    assert ["server.port", "8080", "env", "ISHOWTTS_SERVER__PORT"] in rows
    assert ["server.insecure", "false", "default"] in rows
    assert {row[0] for row in rows} >= set(LEAVES)


def test_check_config_as_json(run: Runner) -> None:
    Path("my.toml").write_text("[[voices]]\nid = 'ann'\naudio = 'a.wav'\ntext = 'Hi.'\n")
    shown = json.loads(run("check-config", "--config", "my.toml", "--json").out)
    assert shown["config"] == "my.toml"
    assert set(shown["settings"]) == set(LEAVES)
    assert [(problem["state"], problem["about"]) for problem in shown["problems"]] == [("fail", "voices")]
    assert f"[[voices]] ann: audio {Path.cwd() / 'a.wav'} is not there" in shown["problems"][0]["found"]
    assert shown["settings"]["voices"]["value"][0]["audio"] == str(Path.cwd() / "a.wav")
    assert shown["settings"]["server.port"] == {"value": 27121, "origin": "default"}


def test_check_config_tells_all_that_is_wrong(run: Runner) -> None:
    Path("my.toml").write_text("[server]\nprot = 1\nhost = ''\n")
    result = run("check-config", "--config", "my.toml")
    assert result.code == 2
    assert result.out == ""
    assert "server.prot is not a key; did you mean server.port? (my.toml)" in result.err
    assert "server.host = ''" in result.err


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("[model]\nname = 'nonexist'", "model: nonexist is not known\n  → use one of f5-mini, "),
        ("[model]\nname = 'F5TTS_v1_Base'\ncheckpoint = 'gone.safetensors'", "gone.safetensors"),
        ("[synthesis]\ndefault_voice = { en = 'nobody' }", "the default voice for en, 'nobody', does not exist"),
        ("[[voices]]\nid = 'q'\naudio = '/nope.wav'\ntext = 'Hi.'", "[[voices]] q: audio /nope.wav is not there"),
        ("[[voices]]\nid = 'q'\naudio = 'silent.wav'\ntext = 'Hi.'", "The audio is empty or silent."),
    ],
    ids=lambda value: value.splitlines()[-1][:30],
)
def test_what_no_server_could_run_with_is_told_by_check_config_and_stops_serve(
    run: Runner, lines: str, told: str
) -> None:
    Path("silent.wav").write_bytes(encoded(np.zeros(48_000), "WAV"))
    Path("my.toml").write_text(f"{lines}\n")
    checked = run("check-config", "-c", "my.toml")
    assert checked.code == 2
    assert told in checked.err
    assert "Valid" not in checked.err
    served = run("serve", "-c", "my.toml", "--port", "0")
    assert served.code == 2
    assert told.partition("\n")[0] in served.err
    assert "Listening" not in served.err


def test_a_folder_that_is_no_voice_is_told_and_stops_nothing(run: Runner) -> None:
    folder = Path("data/voices/hush")
    folder.mkdir(parents=True)
    (folder / "voice.toml").write_text("text = 'Hush.'\naudio = 's.wav'\n")
    (folder / "s.wav").write_bytes(encoded(np.zeros(48_000), "WAV"))
    checked = run("check-config")
    assert checked.code == 0
    assert "hush is left out: audio" in checked.err
    assert "silent" in checked.err
    assert "hush" not in run("voices").out


@pytest.mark.slow
@pytest.mark.skipif(torch_sees_a_gpu(), reason="there is a GPU")
@pytest.mark.parametrize("lines", ["device = 'cuda'", "dtype = 'fp16'"])
def test_a_device_that_is_not_there_is_told_too(run: Runner, lines: str) -> None:
    Path("my.toml").write_text(f"[model]\n{lines}\n")
    checked = run("check-config", "-c", "my.toml")
    assert checked.code == 2
    assert f"device: model.{lines.replace(' =', ' is' if 'device' in lines else '')}" in checked.err


# ── voices and models ──


def test_voices_lists_the_shipped_ones_with_both_defaults(run: Runner) -> None:
    listed = json.loads(run("voices", "--json").out)
    assert {language for voice in listed for language in voice["default_for"]} == {"en", "zh"}
    assert all(voice["source"] == "built-in" and voice["license"] for voice in listed)
    table = run("voices").out
    assert all(voice["id"] in table and voice["name"] in table for voice in listed)


def test_voices_are_added_overridden_reset_and_removed(run: Runner) -> None:
    Path("clip.flac").write_bytes(clip("emma"))
    said = ("clip.flac", "--text", "What Emma says.", "--consent")
    added = run("voices", "add", *said, "--name", "Tess Test")
    assert added.code == 0, added.err
    assert "tess-test" in added.err
    assert f"In {Path('data/voices').absolute()}; a server that uses it" in added.err
    assert "No config file was found" in added.err
    overridden = run("voices", "add", *said, "--id", "bella", "--replace")
    assert overridden.code == 0, overridden.err
    listed = {voice["id"]: voice for voice in json.loads(run("voices", "--json").out)}
    assert listed["tess-test"]["source"] == listed["bella"]["source"] == "upload"
    assert "built-in voice again" in run("voices", "remove", "bella").err
    assert run("voices", "remove", "tess-test").code == 0
    assert all(voice["source"] == "built-in" for voice in json.loads(run("voices", "--json").out))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("add", "clip.flac", "--text", "Words."), "--consent"),
        (("add", "clip.flac", "--consent"), "`text` is needed"),
        (("add", "gone.flac", "--text", "Words.", "--consent"), "cannot be read"),
        (("add", ".", "--text", "Words.", "--consent"), "cannot be read"),
        (("add", "clip.flac", "--text", "Words.", "--consent", "--id", "bella"), "There is a voice of this id"),
        (("add", "clip.flac", "--text", "Words.", "--consent", "--id", "../x"), "`id` must be"),
        (("add", "clip.flac", "--text", "Words.", "--consent", "--language", "fr"), "en or zh"),
        (("add", "noise.wav", "--text", "Words.", "--consent"), "No speech was found"),
        (("remove", "bella"), "nothing to remove"),
        (("remove", "nobody"), "no voice has the id"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else "",
)
def test_what_no_voice_can_be_made_of_is_told_in_a_line(run: Runner, arguments: tuple[str, ...], told: str) -> None:
    Path("clip.flac").write_bytes(clip("emma"))
    Path("noise.wav").write_bytes(encoded(0.1 * np.random.default_rng(0).standard_normal(72_000), "WAV"))
    result = run("voices", *arguments)
    assert result.code == 1
    assert told in result.err
    assert "Traceback" not in result.err


def test_models_lists_name_licence_and_whether_it_is_here(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISHOWTTS_MODEL__NAME", "F5TTS_Base")
    monkeypatch.setenv("ISHOWTTS_MODEL__CHECKPOINT", "/nowhere/model.pt")
    listed = {model["name"]: model for model in json.loads(run("models", "--json").out)}
    assert set(listed) == set(CATALOG)
    assert [name for name, model in listed.items() if model["in_use"]] == ["F5TTS_Base"]
    assert not listed["F5TTS_Base"]["present"]
    assert not listed["F5TTS_v1_Small"]["present"]
    assert listed["F5TTS_v1_Base"]["license"] == "CC-BY-NC-4.0"
    table = run("models").out
    assert all(card.name in table for card in CATALOG.values())


# ── doctor ──


@pytest.mark.slow
def test_doctor_finds_this_machine_fit(run: Runner) -> None:
    result = run("doctor", "--json")
    lines = json.loads(result.out)
    found = {line["about"]: line for line in lines}
    assert result.code == 0, [line for line in lines if line["state"] == "fail"]
    assert found["engine"]["state"] == "ok"
    assert found["python"]["found"].startswith("3.")
    assert found["exposed"]["found"] == "to this machine only"
    assert all(line["todo"] for line in lines if line["state"] != "ok")


@pytest.mark.slow
def test_doctor_says_what_to_do_about_what_is_broken(run: Runner) -> None:
    (Path("voices") / "broken").mkdir(parents=True)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        Path("my.toml").write_text(
            f"voices_dir = 'voices'\n[server]\nport = {port}\n[model]\ncheckpoint = 'gone.safetensors'\n"
            "vocoder = 'f5-mini'\n[synthesis]\ndefault_voice = { en = 'nobody', zh = 'heart' }\n"
        )
        result = run("doctor", "--config", "my.toml")
    assert result.code == 1
    rows = [line.split(maxsplit=2) for line in result.out.splitlines() if not line.startswith(" ")]
    assert any(state == "fail" and about == "model" and "gone.safetensors" in found for state, about, found in rows)
    assert any(state == "fail" and "'nobody', does not exist" in found for state, _, found in rows)
    assert any(state == "warn" and "'heart', is a voice for en" in found for state, _, found in rows)
    assert any(state == "warn" and "broken is left out: voice.toml cannot be read" in found for state, _, found in rows)
    assert any(state == "warn" and about == "port" for state, about, _ in rows)


@pytest.mark.slow
def test_doctor_with_a_config_that_is_not_valid(run: Runner) -> None:
    Path("my.toml").write_text("[server]\nprot = 1\n")
    result = run("doctor", "--config", "my.toml")
    assert result.code == 1
    assert "server.prot is not a key" in result.out


# ── key ──


def test_a_key_is_shown_once_with_the_block_that_the_settings_take(run: Runner) -> None:
    result = run("key", "obs", "--scope", "synthesise", "--scope", "overlay", "--priority", "high")
    assert result.code == 0
    secret, _, block = result.out.partition("\n")
    assert re.fullmatch(r"ishowtts_[A-Za-z0-9_-]{43}", secret)
    assert secret not in block
    Path("my.toml").write_text(block)
    [entry] = json.loads(run("check-config", "-c", "my.toml", "--json").out)["settings"]["auth.keys"]["value"]
    assert entry == {
        "name": "obs",
        "sha256": hashlib.sha256(secret.encode()).hexdigest(),
        "scopes": ["synthesise", "overlay"],
        "priority": "high",
    }
    assert "obs" in run("check-config", "-c", "my.toml").out


def test_no_two_keys_are_alike_and_json_is_for_the_environment(run: Runner) -> None:
    made = [json.loads(run("key", "bot", "--scope", "danmaku", "--json").out) for _ in range(3)]
    assert len({one["key"] for one in made}) == 3
    settings = load_settings(None, {}, {"ISHOWTTS_AUTH__KEYS": json.dumps([made[0]["entry"]])}).settings
    assert settings.auth.keys[0].sha256 == hashlib.sha256(made[0]["key"].encode()).hexdigest()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Obs!", "--scope", "admin"], "name = 'Obs!': expected a name"),
        (["obs", "--scope", "sing"], "scopes[0] = 'sing': expected one of synthesise, voices"),
        (["obs", "--scope", "admin", "--priority", "urgent"], "expected one of high, normal, low"),
    ],
)
def test_a_key_that_the_settings_would_not_take_is_not_made(run: Runner, arguments: list[str], said: str) -> None:
    result = run("key", *arguments)
    assert result.code == 2
    assert said in result.err
    assert "ishowtts_" not in result.out + result.err


# ── exposure ──

KEY = {"name": "obs", "sha256": "0" * 64, "scopes": ["synthesise", "overlay"]}


def exposed(config: Path | None = None, **sections: Any) -> dict[str, Line]:
    """The doctor's lines about exposure, the most worrying one of each."""
    lines: dict[str, Line] = {}
    for line in exposure(Loaded(Settings.model_validate(sections), {}, config)):
        if line.about not in lines or line.state != "ok":
            lines[line.about] = line
        assert (line.todo != "") == (line.state != "ok")
    return lines


def test_doctor_on_what_is_exposed_by_default() -> None:
    found = exposed()
    assert all(line.state == "ok" for about, line in found.items() if about != "files")
    assert found["exposed"].found == "to this machine only"
    assert found["keys"].found.startswith("none")
    assert "its own" in found["pages"].found


def test_doctor_on_a_server_that_is_open_to_all() -> None:
    assert exposed(server={"host": "0.0.0.0"})["exposed"].state == "fail"
    found = exposed(server={"host": "0.0.0.0", "insecure": True}, wyoming={"enabled": True, "host": "0.0.0.0"})
    assert (found["exposed"].state, found["wyoming"].state) == ("warn", "warn")
    assert "without a key" in found["exposed"].found
    refused = exposed(server={"host": "0.0.0.0"}, auth={"keys": [KEY]}, wyoming={"enabled": True, "host": "0.0.0.0"})
    assert refused["wyoming"].state == "fail"


def test_doctor_on_a_server_with_keys(tmp_path: Path) -> None:
    config = tmp_path / "my.toml"
    config.touch(0o644)
    server = {"host": "0.0.0.0", "allowed_origins": ["*"], "allowed_hosts": ["tts.example"], "max_connections": 65_536}
    found = exposed(config, server=server, auth={"keys": [KEY], "open_metrics": True})
    assert {about for about, line in found.items() if line.state == "warn"} >= {"exposed", "pages", "metrics", "config"}
    assert "TLS" in found["exposed"].todo
    assert found["keys"].found == "obs: synthesise, overlay; priority up to normal"
    assert "tts.example" in found["names"].found
    config.chmod(0o640)
    assert exposed(config, auth={"keys": [KEY]})["config"].state == "ok"
    chat = {"sources": [{"type": "youtube", "video": "abcdefghijk", "api_key": "HUSH"}]}
    assert exposed(config, danmaku=chat)["config"].state == "ok"
    config.chmod(0o644)
    assert "secrets of chat sources" in exposed(config, danmaku=chat)["config"].found
    assert exposed(config, danmaku={"sources": [{"type": "twitch", "channel": "x"}]})["config"].state == "ok"
    config.chmod(0o602)
    assert "changed by every user" in exposed(config)["config"].found
    assert exposed(server={"allowed_origins": ["null"]})["pages"].state == "warn"


# ── the network ──


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "LOCALHOST."])
def test_this_machine_only(host: str) -> None:
    assert is_loopback(host)
    check_exposure(Settings(server=ServerSettings(host=host)))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.org", "127.0.0.1.example.org"])
def test_other_machines_only_when_asked_for(host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(ConfigError, match="--insecure"):
        check_exposure(Settings(server=ServerSettings(host=host)))
    check_exposure(Settings(server=ServerSettings(host=host, insecure=True)))
    keys = AuthSettings(keys=[KeySettings(name="obs", sha256="0" * 64, scopes=["synthesise"])])
    check_exposure(Settings(server=ServerSettings(host=host), auth=keys))


def test_serve_refuses_other_machines_in_one_sentence(run: Runner) -> None:
    result = run("serve", "--host", "0.0.0.0")
    assert result.code == 2
    assert result.err.startswith("Error: server.host '0.0.0.0' can be reached from other machines")
    assert result.err.count("\n") == 1


def test_a_taken_port_is_told_before_anything_is_started(run: Runner) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = run("serve", "--port", str(port))
    assert result.code == 1
    assert f"cannot listen on 127.0.0.1 port {port}" in result.err


def test_the_wyoming_port_too_is_for_this_machine_only_unless_asked(
    run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISHOWTTS_WYOMING__HOST", "0.0.0.0")
    check_wyoming(Settings(wyoming=WyomingSettings(host="0.0.0.0")))  # it is off
    monkeypatch.setenv("ISHOWTTS_WYOMING__ENABLED", "true")
    result = run("serve")
    assert result.code == 2
    assert result.err.startswith("Error: wyoming.host '0.0.0.0' can be reached from other machines")
    open_to_all = WyomingSettings(enabled=True, host="0.0.0.0")
    check_wyoming(Settings(wyoming=open_to_all, server=ServerSettings(insecure=True)))


def test_a_taken_wyoming_port_is_told_before_anything_is_started(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("ISHOWTTS_WYOMING__ENABLED", "true")
        monkeypatch.setenv("ISHOWTTS_WYOMING__PORT", str(port))
        result = run("serve", "--port", "0")
    assert result.code == 1
    assert f"cannot listen on wyoming.host 127.0.0.1 port {port}: Address already in use." in result.err
    assert result.err.count("\n") == 1


def test_a_host_that_is_nobody() -> None:
    with pytest.raises(SpeechError, match="no address of this machine"):
        listen(ServerSettings(host="no-such-host.invalid"))


def test_port_0_is_a_free_one_and_a_wildcard_is_shown_as_this_machine() -> None:
    with listen(ServerSettings(host="0.0.0.0", port=0, insecure=True)) as listener:
        port = listener.getsockname()[1]
        assert port > 0
        assert url_of(listener) == f"http://127.0.0.1:{port}"
        for_others = others_url(listener)
        assert for_others is not None
        assert re.fullmatch(rf"http://[^/:]+:{port}", for_others)
        assert "127.0.0.1" not in for_others
        assert "0.0.0.0" not in for_others
    with listen(ServerSettings(port=0)) as listener:
        assert others_url(listener) is None


# ── say ──


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["Hello.", "-o", "gone/a.wav"], "there is no folder"),
        (["Hello.", "-o", "."], "is a folder"),
        (["…", "-o", "a.wav"], "nothing that can be spoken"),
        (["x" * 5001, "-o", "a.wav"], "5001 characters"),
        (["\ud800x", "-o", "a.wav"], "surrogate"),
    ],
)
def test_what_cannot_be_said_is_told_before_the_model_is_loaded(run: Runner, arguments: list[str], said: str) -> None:
    result = run("say", *arguments)
    assert result.code == 1
    assert said in result.err
    assert not Path("a.wav").exists()


def test_say_checks_ranges_like_the_settings(run: Runner) -> None:
    result = run("say", "Hello.", "-o", "a.wav", "--speed", "9", "--nfe-step", "0")
    assert result.code == 2
    assert "synthesis.speed = 9.0: expected a number, 0.25 to 4 (flag --speed)" in result.err
    assert "synthesis.nfe_step = 0: expected a whole number, 1 to 64 (flag --nfe-step)" in result.err
    assert run("say", "Hello.", "-o", "a.wav", "--seed", "-1").code == 2


def test_standard_input_must_be_text(run: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe")))
    result = run("say", "-", "-o", "a.wav")
    assert result.code == 1
    assert "not UTF-8" in result.err


def seconds(wav: bytes) -> float:
    with wave.open(io.BytesIO(wav)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (1, 24_000, 2)
        return float(file.getnframes() / 24_000)


@pytest.mark.slow
def test_say_writes_a_wav_and_tells_voice_seed_and_speed(run: Runner) -> None:
    result = run("say", "Hello, and welcome.", "-o", "hello.wav", "--seed", "7")
    assert result.code == 0
    told = re.fullmatch(r"([\d.]+) s of speech in [\d.]+ s \(RTF [\d.]+\), voice heart, seed 7\n", result.err)
    assert told
    assert 0.4 < seconds(Path("hello.wav").read_bytes()) < 6
    assert float(told[1]) == pytest.approx(seconds(Path("hello.wav").read_bytes()), abs=0.01)


@pytest.mark.slow
def test_say_from_standard_input_to_standard_output(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ishowtts.cli", "say", "-", "-o", "-"],
        input="欢迎来到直播间。".encode(),
        capture_output=True,
        check=True,
        cwd=tmp_path,
    )
    assert 0.4 < seconds(done.stdout) < 8
    assert b"voice xiaobei" in done.stderr


# ── serve ──


@dataclass
class Served:
    process: subprocess.Popen[str]
    url: str
    lines: list[str]

    def until_busy(self) -> None:
        deadline = time.monotonic() + 60
        while not any((queue := self.queue())[name] for name in ("queued", "running")):
            assert time.monotonic() < deadline, queue
            time.sleep(0.02)

    def queue(self) -> dict[str, int]:
        with urllib.request.urlopen(f"{self.url}/readyz", timeout=10) as answer:
            told: dict[str, int] = json.load(answer)["queue"]
        return told


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Served]:
    process = subprocess.Popen(
        [sys.executable, "-m", "ishowtts.cli", "serve", "--port", "0"],
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "ISHOWTTS_SERVER__DRAIN_TIMEOUT": "60"},
    )
    assert process.stderr
    lines: list[str] = []
    for line in process.stderr:
        lines.append(line)
        if "curl" in line:
            break
    url = next(match[0] for line in lines if (match := re.search(r"http://127\.0\.0\.1:\d+", line)))
    yield Served(process, url, lines)
    process.kill()
    process.wait()
    process.stderr.close()


@pytest.mark.slow
def test_a_server_whose_model_cannot_be_loaded_ends_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "weights.safetensors").write_bytes(b"no weights")
    settings = {"NAME": "F5TTS_v1_Base", "CHECKPOINT": str(tmp_path / "weights.safetensors"), "VOCODER": "f5-mini"}
    done = subprocess.run(
        [sys.executable, "-m", "ishowtts.cli", "serve", "--port", "0"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, **{f"ISHOWTTS_MODEL__{key}": value for key, value in settings.items()}},
        timeout=200,
    )
    assert done.returncode == 1
    assert "Ready" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith("Error: ")
    assert "weights.safetensors" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_serve_prints_a_curl_that_works_and_sigterm_lets_requests_finish(server: Served) -> None:
    curl = server.lines[-1].strip()
    body = re.search(r"-d '(.*)'", curl)
    assert body
    assert f"{server.url}/tts" in curl
    sender = subprocess.Popen(
        [sys.executable, "-c", _SEND, server.url, body[1]], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert sender.stdout
    assert sender.stdout.readline() == b"sent\n"
    server.until_busy()  # too early would only make the request a refused one
    server.process.send_signal(signal.SIGTERM)
    out, err = sender.communicate(timeout=60)
    assert sender.returncode == 0, err
    assert 0.4 < seconds(out) < 8
    assert server.process.wait(30) == 0


@pytest.mark.slow
def test_ctrl_c_answers_those_who_wait_and_ends(server: Served) -> None:
    text = json.dumps({"text": "One two three four five. " * 60, "nfe_step": 64})
    sender = subprocess.Popen(
        [sys.executable, "-c", _SEND, server.url, text], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert sender.stdout
    assert sender.stdout.readline() == b"sent\n"
    time.sleep(0.5)
    server.process.send_signal(signal.SIGINT)
    out, _ = sender.communicate(timeout=30)
    assert json.loads(out)["error"]["code"] == "not_ready"
    assert server.process.wait(30) == 0


_SEND = """
import http.client, sys, urllib.parse
url, body = sys.argv[1:]
link = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc)
link.request("POST", "/tts", body.encode(), {"Content-Type": "application/json"})
sys.stdout.write("sent\\n")
sys.stdout.flush()
answer = link.getresponse()
sys.stdout.buffer.write(answer.read())
"""
