from __future__ import annotations

import json
import re
import typing
from pathlib import Path

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from ishowtts.errors import ConfigError
from ishowtts.settings import Loaded, Settings, load_settings
from ishowtts.settings.explain import expectation
from ishowtts.settings.sources import LEAVES

REPOSITORY = Path(__file__).parent.parent
SHIPPED = REPOSITORY / "config/ishowtts.toml"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "etc" / "ishowtts.toml"
    path.parent.mkdir()
    return path


def load(path: Path, text: str, flags: dict[str, object] | None = None, **environ: str) -> Loaded:
    path.write_text(text, encoding="utf-8")
    return load_settings(path, flags, environ)


def complaints(path: Path, text: str, flags: dict[str, object] | None = None, **environ: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(path, text, flags, **environ)
    return caught.value.message.splitlines()


# ── precedence and origins ──


def test_flag_beats_environment_beats_file_beats_default(config: Path) -> None:
    text = "[server]\nport = 1\nhost = '::1'\nmax_text_chars = 10\n"
    loaded = load(config, text, {"server.port": 3}, ISHOWTTS_SERVER__PORT="2", ISHOWTTS_SERVER__HOST="10.0.0.1")
    server = loaded.settings.server
    assert (server.port, server.host, server.max_text_chars, server.insecure) == (3, "10.0.0.1", 10, False)
    assert loaded.origins["server.port"] == "flag --port"
    assert loaded.origins["server.host"] == "env ISHOWTTS_SERVER__HOST"
    assert loaded.origins["server.max_text_chars"] == str(config)
    assert loaded.origins["server.insecure"] == "default"


def test_a_flag_that_was_not_given_sets_nothing(config: Path) -> None:
    loaded = load(config, "", {"server.port": None})
    assert loaded.settings.server.port == 27121
    assert loaded.origins["server.port"] == "default"


def test_every_key_has_an_origin(config: Path) -> None:
    assert set(load(config, "").origins) == set(LEAVES)


def test_one_default_voice_can_be_set_alone(config: Path) -> None:
    text = "[synthesis]\ndefault_voice = { en = 'joe' }\n"
    loaded = load(config, text, ISHOWTTS_SYNTHESIS__DEFAULT_VOICE__ZH="lu")
    assert loaded.settings.synthesis.default_voice == {"en": "joe", "zh": "lu"}
    assert loaded.origins["synthesis.default_voice.zh"] == "env ISHOWTTS_SYNTHESIS__DEFAULT_VOICE__ZH"
    assert load(config, text).settings.synthesis.default_voice == {"en": "joe", "zh": "xiaobei"}
    assert Settings().synthesis.default_voice == {"en": "heart", "zh": "xiaobei"}


def test_environment_values_are_read_as_their_type(config: Path) -> None:
    settings = load(
        config,
        "",
        ISHOWTTS_SERVER__INSECURE="yes",
        ISHOWTTS_SYNTHESIS__SPEED="1.5",
        ishowtts_logging__level="debug",
        ISHOWTTS_VOICES='[{"id": "q", "audio": "q.wav", "text": "one"}]',
        ISHOWTTS_QUEUE__RETRIES="",
    ).settings
    assert settings.server.insecure is True
    assert settings.synthesis.speed == 1.5
    assert settings.logging.level == "DEBUG"
    assert settings.voices[0].audio == Path.cwd() / "q.wav"
    assert settings.queue.retries == 1


def test_service_links_of_a_cluster_are_not_settings(config: Path) -> None:
    loaded = load(
        config,
        "",
        ISHOWTTS_PORT="tcp://10.0.0.1:27121",
        ISHOWTTS_SERVICE_HOST="10.0.0.1",
        ISHOWTTS_SERVICE_PORT_HTTP="27121",
        ISHOWTTS_PORT_27121_TCP_ADDR="10.0.0.1",
    )
    assert loaded.settings == load(config, "").settings


# ── where the file is ──


def test_without_a_config_the_variable_then_the_usual_place_then_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    loaded = load_settings(environ={})
    assert loaded.config is None
    assert loaded.settings.voices_dir == tmp_path / "data/voices"

    (tmp_path / "config").mkdir()
    (tmp_path / "config/ishowtts.toml").write_text("[server]\nport = 5\n")
    loaded = load_settings(environ={"ISHOWTTS_CONFIG": ""})
    assert loaded.settings.server.port == 5
    assert loaded.origins["server.port"] == "config/ishowtts.toml"
    assert loaded.settings.voices_dir == tmp_path / "data/voices"

    (tmp_path / "other.toml").write_text("[server]\nport = 6\n")
    assert load_settings(environ={"ISHOWTTS_CONFIG": "other.toml"}).settings.server.port == 6


def test_paths_are_relative_to_the_file_that_names_them(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    settings = load(
        config,
        "voices_dir = 'v'\n[model]\ncheckpoint = '../m.pt'\nvocoder = 'hf://a/b'\n"
        "[[voices]]\nid = 'a'\naudio = 'a.wav'\ntext = 'hi'\n",
        ISHOWTTS_MODEL__VOCAB="vocab.txt",
    ).settings
    assert settings.voices_dir == config.parent / "v"
    assert settings.model.checkpoint == str(tmp_path / "m.pt")
    assert settings.model.vocoder == "hf://a/b"
    assert settings.model.vocab == str(tmp_path / "elsewhere/vocab.txt")
    assert settings.voices[0].audio == config.parent / "a.wav"


def test_the_embedded_vocoder_is_a_name_and_not_a_path(config: Path) -> None:
    assert load(config, "[model]\nvocoder = 'f5-mini'\n").settings.model.vocoder == "f5-mini"


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"a = [", "not valid TOML"), (b"a = '\xff'", "not valid TOML"), (b"#" * 1_000_001, "more than 1000000 bytes")],
)
def test_a_file_that_is_no_toml(config: Path, content: bytes, said: str) -> None:
    config.write_bytes(content)
    with pytest.raises(ConfigError, match=said) as caught:
        load_settings(config, {}, {})
    assert str(config) in caught.value.message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load_settings(tmp_path / "none.toml", {}, {})


# ── what is said about mistakes ──


def test_unknown_keys_name_the_nearest_one_and_where_they_are(config: Path) -> None:
    lines = complaints(
        config,
        "voice_dir = 'x'\n[sever]\nport = 1\n[server]\nprot = 1\nnfe_step = 3\nvoices_dir = 'x'\n[cache]\nzzz = 1\n"
        "[synthesis.default_voice]\nfr = 'x'\n[[voices]]\nid = 'a'\ntext = 'x'\naudio = 'x'\ntxet = 'y'\n",
        {"server.hots": "x"},
        ISHOWTTS_SERVER_PORT="1",
        ISHOWTTS_SERVER__HOSTS="x",
    )
    file = f"({config})"
    assert f"voice_dir is not a key; did you mean voices_dir? {file}" in lines
    assert f"sever is not a key; did you mean server? {file}" in lines
    assert f"server.prot is not a key; did you mean server.port? {file}" in lines
    assert f"server.nfe_step is not a key; did you mean synthesis.nfe_step? {file}" in lines
    assert any("server.voices_dir" in line and "above the first [section]" in line for line in lines)
    assert f"cache.zzz is not a key; known: reference_mb, audio_mb, folder {file}" in lines
    assert f"synthesis.default_voice.fr is not a key; known: en, zh {file}" in lines
    assert f"voices[0].txet is not a key; did you mean text? {file}" in lines
    assert "server.hots is not a key; did you mean server.host? (flag --hots)" in lines
    assert any(line.startswith("ISHOWTTS_SERVER_PORT ") and "ISHOWTTS_SERVER__PORT?" in line for line in lines)
    assert any(line.startswith("ISHOWTTS_SERVER__HOSTS ") and "ISHOWTTS_SERVER__HOST?" in line for line in lines)
    assert len(lines) == 11


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[server]\nport = 65536", "server.port = 65536: expected a whole number, 0 to 65535"),
        ("[server]\nport = '80'", "server.port = '80': expected a whole number, 0 to 65535"),
        ("[server]\nport = true", "server.port = True: expected a whole number, 0 to 65535"),
        ("[server]\nport = 1979-05-27", "server.port = datetime.date(1979, 5, 27): expected a whole number"),
        ("[server]\ninsecure = 1", "server.insecure = 1: expected true or false"),
        ("[server]\nhost = 'http://x'", "server.host = 'http://x': expected an address"),
        ("server = 3", "server = 3: expected a table of host, port"),
        ("[synthesis]\nspeed = nan", "synthesis.speed = nan: expected a number, 0.25 to 4"),
        ("[synthesis]\nspeed = inf", "synthesis.speed = inf: expected a number, 0.25 to 4"),
        ("[synthesis]\nnfe_step = 0", "synthesis.nfe_step = 0: expected a whole number, 1 to 64"),
        ("[synthesis]\nnfe_step = 7.0", "synthesis.nfe_step = 7.0: expected a whole number, 1 to 64"),
        ("[synthesis]\ndefault_voice = 'x'", "synthesis.default_voice = 'x': expected a table of en, zh"),
        ("[synthesis]\ndefault_voice.en = '../x'", "synthesis.default_voice.en = '../x': expected a voice id"),
        ("[synthesis]\nfirst_segment_seconds = 20", "first_segment_seconds (20) must not be more than max_segment"),
        ("[model]\ndtype = 'int8'", "model.dtype = 'int8': expected one of auto, fp32, fp16, bf16"),
        ("[model]\ndevice = 'cuda:x'", "model.device = 'cuda:x': expected auto, cpu, mps, cuda or cuda:N"),
        ("[model]\ncheckpoint = ''", "model.checkpoint = '': expected text that is not empty"),
        ("voices_dir = ''", "voices_dir: a path must not be empty"),
        ("voices_dir = 3", "voices_dir = 3: expected a path"),
        ("voices = 3", "voices = 3: expected a list"),
        ("voices = [3]", "voices[0] = 3: expected a table with id, audio, text, language, name"),
        ("[[voices]]\nid = 'a'\naudio = 'a'", "voices[0].text is missing"),
        ("[[voices]]\nid = \"a\\n\"\naudio = 'a'\ntext = 'x'", "voices[0].id = 'a\\n': expected a voice id"),
        ("[[voices]]\nid = 'a'\naudio = \"\\u0000\"\ntext = 'x'", "voices[0].audio: a path must not be empty or hold"),
        ("[[voices]]\nid='a'\naudio='a'\ntext='x'\n" * 2, "voices: more than one voice has the id a"),
    ],
)
def test_a_value_that_cannot_be_used(config: Path, text: str, said: str) -> None:
    [line] = complaints(config, text)
    assert said in line
    assert line.endswith(f"({config})")


def test_everything_wrong_is_told_at_once_with_its_own_origin(config: Path) -> None:
    lines = complaints(
        config,
        "[model]\ndtype = 'x'\n",
        {"server.port": 90_000},
        ISHOWTTS_SERVER__ACCESS_LOG="maybe",
        ISHOWTTS_VOICES="{",
    )
    assert sorted(line.rpartition(" (")[2] for line in lines if line.endswith(")")) == [
        f"{config})",
        "env ISHOWTTS_SERVER__ACCESS_LOG)",
        "flag --port)",
    ]
    assert "ISHOWTTS_VOICES (environment): expected a JSON list" in lines
    assert len(lines) == 4


def test_a_long_value_is_not_repeated_in_full(config: Path) -> None:
    [line] = complaints(config, f"[model]\ndtype = '{'x' * 5000}'")
    assert len(line) < 300


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().server.port = 1


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)


@given(key=st.sampled_from(sorted(LEAVES)), value=_json)
def test_whatever_is_set_is_taken_or_refused_by_name(key: str, value: object) -> None:
    told = ""
    try:
        load_settings(None, {key: value}, {"ISHOWTTS_CONFIG": str(SHIPPED)})
    except ConfigError as error:
        told = error.message
    assert told == "" or key.partition(".")[0] in told


# ── the file that ships ──


def test_the_shipped_file_changes_nothing(config: Path) -> None:
    assert set(load_settings(SHIPPED, {}, {}).origins.values()) == {"default"}


def test_the_shipped_file_states_every_key_with_its_default_and_range() -> None:
    examples = {f"model.{key}" for key in ("checkpoint", "vocab", "vocoder", "architecture")}
    examples |= {"cache.folder", "uploads.transcriber"}
    examples |= {"listening.folder_a", "listening.folder_b", "listening.verdicts"}
    flat: dict[str, object] = {}
    for name, value in Settings().model_dump().items():
        flat |= {f"{name}.{k}": v for k, v in value.items()} if isinstance(value, dict) else {name: value}
    section, comment, seen = "", "", set()
    for line in SHIPPED.read_text(encoding="utf-8").split("# A voice of your own")[0].splitlines():
        if header := re.fullmatch(r"\[(\w+)\]", line):
            section = f"{header[1]}."
        elif (setting := re.fullmatch(r"# (\w+) = (.*)", line)) and f"{section}{setting[1]}" in flat:
            key = f"{section}{setting[1]}"
            value = tomli.loads(f"x = {setting[2]}")["x"]
            if key in examples:
                assert flat[key] is None
                assert "Default: not set" in comment
            elif key not in ("voices_dir", "danmaku.state_file"):
                assert value == flat[key], key
            allowed = expectation(_field(key))
            if allowed.startswith("a number") or allowed.startswith("a whole number"):
                assert allowed.partition(", ")[2] in comment, key
            elif allowed == "true or false":
                assert allowed in comment, key
            seen.add(key)
            comment = ""
        else:
            comment = f"{comment} {line.lstrip('# ')}" if line else ""
    assert seen == set(flat) - {"voices", "auth.keys", "danmaku.rooms", "danmaku.sources"}


def _field(key: str) -> typing.Any:
    section, _, name = key.rpartition(".")
    model = Settings.model_fields[section].annotation if section else Settings
    assert isinstance(model, type)
    return model.model_fields[name]


def test_the_example_voice_in_the_shipped_file_is_valid(config: Path) -> None:
    example = SHIPPED.read_text(encoding="utf-8").partition("# [[voices]]")
    text = (example[1] + example[2]).replace("# ", "")
    assert load(config, text).settings.voices[0].id == "anna"


def test_the_example_key_in_the_shipped_file_is_valid(config: Path) -> None:
    example = SHIPPED.read_text(encoding="utf-8").partition("# [[auth.keys]]")[2].partition("\n\n")[0]
    text = "[[auth.keys]]" + example.replace("# ", "")
    [key] = load(config, text).settings.auth.keys
    assert (key.name, key.scopes, key.priority) == ("obs", ["synthesise", "overlay"], "high")


def test_the_example_sources_in_the_shipped_file_are_valid(config: Path) -> None:
    example = SHIPPED.read_text(encoding="utf-8").partition("# [[danmaku.sources]]")
    text = (example[1] + example[2].partition("\n\n# A voice")[0]).replace("# ", "")
    sources = load(config, text).settings.danmaku.sources
    assert [source.id for source in sources] == ["twitch-somebody", "bilibili", "bilibili-12345", "youtube-abcdefghijk"]


def test_two_sources_of_one_id_are_told(config: Path) -> None:
    entry = "[[danmaku.sources]]\ntype = 'twitch'\nchannel = 'somebody'\n"
    [told] = complaints(config, entry + entry)
    assert "twitch-somebody" in told


def test_a_wrong_source_is_told_without_its_secrets(config: Path) -> None:
    entry = "[[danmaku.sources]]\ntype = 'youtube'\nvideo = 'x'\napi_key = 'HUSH'\nkey = 'HUSH'\n"
    [told] = complaints(config, entry)
    assert told.startswith("danmaku.sources[0]: video: ")
    assert "HUSH" not in told
    block = "type = 'youtube'\nvideo = 'abcdefghijk'\napi_key = 'HUSH'\n"
    for text in ("[danmaku.sources]\n" + block, "[danmaku]\nsources = 'HUSH'\n", f"[[danmaku.sources]]\n{block}" * 17):
        [told] = complaints(config, text)
        assert told.startswith("danmaku.sources")
        assert "HUSH" not in told


# ── keys ──

PLAIN = "ishowtts_kYJ8nOqf0x1uXb0Q1-x9Rz3vJm_7c2sT5wA4eLhDgUE"
DIGEST = "ab" * 32


@pytest.mark.parametrize(
    "entry",
    [
        f"{{ name = 'obs', sha256 = '{PLAIN}', scopes = ['synthesise'] }}",
        f"{{ name = 'obs', sha256 = 'x{PLAIN}', scopes = ['synthesise'] }}",
        f"{{ name = 'obs', key = '{PLAIN}', scopes = ['synthesise'] }}",
        f"{{ name = 'obs', token = 'x{PLAIN}', sha256 = '{DIGEST}', scopes = ['synthesise'] }}",
        f"{{ name = '{PLAIN}', sha256 = '{DIGEST}', scopes = ['synthesise'] }}",
        f"'{PLAIN}'",
    ],
)
def test_a_key_that_stands_as_it_is_is_refused_and_not_repeated(config: Path, entry: str) -> None:
    [told] = complaints(config, f"[auth]\nkeys = [{entry}]\n")
    assert told.startswith("auth.keys[0]")
    assert "ishowtts key NAME" in told
    assert PLAIN not in told


@pytest.mark.parametrize(
    "line",
    [
        f"[auth]\nkeys = '{PLAIN}'",
        f"[auth]\nkeys = {{ obs = '{PLAIN}' }}",
        f"[auth]\nkey = '{PLAIN}'",
        f"auth = '{PLAIN}'",
        f"[server]\nhost = ['{PLAIN}']",
        f"[[auth.keys]]\nname = 'obs'\nsha256 = '{DIGEST}'\nscopes = ['{PLAIN}']",
        f"[[auth.keys]]\nname = 'obs'\nsha256 = ['{PLAIN}']\nscopes = ['admin']",
    ],
)
def test_a_key_in_the_wrong_place_is_not_repeated_either(config: Path, line: str) -> None:
    assert PLAIN[9:] not in "".join(complaints(config, line))


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ([{"name": "Ob s"}], "auth.keys[0].name = 'Ob s': expected a name (1 to 64 of a-z, 0-9, _ and -)"),
        ([{"scopes": []}], "auth.keys[0].scopes = []"),
        ([{"scopes": ["sing"]}], "auth.keys[0].scopes[0] = 'sing': expected one of synthesise, voices"),
        ([{"sha256": "abc"}], "auth.keys[0].sha256: expected a SHA-256: 64 hexadecimal digits"),
        ([{"priority": "urgent"}], "auth.keys[0].priority = 'urgent': expected one of high, normal, low"),
        ([{}, {"sha256": "cd" * 32}], "auth.keys: more than one key has the name obs"),
        ([{}, {"name": "other", "sha256": DIGEST.upper()}], "auth.keys: more than one key has the SHA-256 abab"),
    ],
)
def test_wrong_keys_are_told(config: Path, keys: list[dict[str, object]], told: str) -> None:
    entries = [{"name": "obs", "sha256": DIGEST, "scopes": ["synthesise"], **key} for key in keys]
    [said] = complaints(config, "", ISHOWTTS_AUTH__KEYS=json.dumps(entries))
    assert said.startswith(told)
    assert said.endswith("(env ISHOWTTS_AUTH__KEYS)")


# ── names and origins ──


def test_names_and_origins_are_taken_as_browsers_spell_them(config: Path) -> None:
    text = "[server]\nallowed_hosts = ['TTS.Example.', 'fd00::7', '[::2]']\nallowed_origins = "
    text += "['HTTPS://A.Example:443', 'http://localhost:3000', 'null', 'tauri://localhost']"
    server = load(config, text).settings.server
    assert server.allowed_hosts == ["tts.example", "fd00::7", "::2"]
    assert server.allowed_origins == ["https://a.example", "http://localhost:3000", "null", "tauri://localhost"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("allowed_hosts = ['tts.example:443']", "server.allowed_hosts[0]: expected a host name"),
        ("allowed_hosts = ['https://tts.example']", "server.allowed_hosts[0]: expected a host name"),
        ("allowed_hosts = ['*']", "server.allowed_hosts[0]: expected a host name"),
        ("allowed_origins = ['tts.example']", "server.allowed_origins[0]: expected an origin"),
        ("allowed_origins = ['https://tts.example/']", "server.allowed_origins[0]: expected an origin"),
        ("allowed_origins = ['https://*.example']", "server.allowed_origins[0]: expected an origin"),
        ("allowed_origins = ['*']", "server.allowed_origins = ['*'] lets every page"),
    ],
)
def test_names_and_origins_that_would_match_nothing_or_all(config: Path, line: str, told: str) -> None:
    [said] = complaints(config, f"[server]\n{line}\n")
    assert said.startswith(told)
    assert said.endswith(f"({config})")


def test_every_origin_is_allowed_where_there_are_keys(config: Path) -> None:
    key = f"[[auth.keys]]\nname = 'a'\nsha256 = '{DIGEST}'\nscopes = ['admin']\n"
    assert load(config, f"[server]\nallowed_origins = ['*']\n{key}").settings.server.allowed_origins == ["*"]
