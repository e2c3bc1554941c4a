from __future__ import annotations

import asyncio
import io
import json
import struct
import wave
import zipfile
from pathlib import Path

import numpy as np
import pytest

from ishowtts.audio.lufs import TARGET_LUFS
from ishowtts.errors import UnusableReference
from ishowtts.voices.helper import HelperFailed, Inspected, Inspector, run
from ishowtts.voices.inspect import inspect as inspect_here
from tests.voices.clips import RATE, as_file, clip, contained, encoded, speech

pytestmark = pytest.mark.anyio


async def inspect(folder: Path, data: bytes, seconds: float = 30) -> Inspected:
    with as_file(folder, data) as file:
        return await Inspector(seconds=seconds).inspect(file)


async def refusal(folder: Path, data: bytes) -> str:
    with pytest.raises(UnusableReference) as caught:
        await inspect(folder, data)
    assert caught.value.param == "audio"
    return caught.value.message


@pytest.mark.parametrize(("kind", "rate"), [("WAV", 48_000), ("MP3", 44_100), ("OGG", 44_100), ("FLAC", RATE)])
async def test_a_good_clip_comes_back_cut_and_levelled(tmp_path: Path, kind: str, rate: int) -> None:
    from ishowtts.audio.resample import resample

    pcm = np.concatenate([np.zeros(RATE), 0.2 * speech(), np.zeros(RATE)])
    found = await inspect(tmp_path, encoded(resample(pcm, RATE, rate), kind, rate))
    assert found.quality.seconds == pytest.approx(6.0, abs=0.1)
    assert found.loudness_lufs == pytest.approx(TARGET_LUFS, abs=0.1)
    assert found.true_peak_dbtp < -1
    assert found.pcm.dtype == np.dtype("<i2")
    assert 3.0 < found.pcm.size / RATE < 4.5


CONTAINERS = {
    "m4a": ("ipod", "aac"),
    "m4a, lossless": ("ipod", "alac"),
    "mp4": ("mp4", "aac"),
    "aac": ("adts", "aac"),
    "webm": ("webm", "libopus"),
    "mka": ("matroska", "libopus"),
    "mp3": ("mp3", "libmp3lame"),
    "wma": ("asf", "wmav2"),
    "opus": ("ogg", "libopus"),
    "aiff": ("aiff", "pcm_s16be"),
    "caf": ("caf", "pcm_s16le"),
}


@pytest.mark.parametrize("name", CONTAINERS)
async def test_what_telephones_and_browsers_record_is_read_inside(tmp_path: Path, name: str) -> None:
    found = await inspect(tmp_path, contained(speech(), *CONTAINERS[name]))
    assert found.quality.seconds == pytest.approx(4.0, abs=0.15)
    assert found.loudness_lufs == pytest.approx(TARGET_LUFS, abs=0.1)


async def test_the_sound_of_a_film_is_read(tmp_path: Path) -> None:
    for container in ("mp4", "matroska"):
        found = await inspect(tmp_path, contained(speech(), container, "aac", picture=True))
        assert found.quality.seconds == pytest.approx(4.0, abs=0.15)


def wav_of(samples: bytes, rate: int = RATE, channels: int = 1, claimed: int | None = None) -> bytes:
    size = len(samples) if claimed is None else claimed
    return (
        b"RIFF" + struct.pack("<I", 36 + size & 0xFFFFFFFF) + b"WAVEfmt "
        + struct.pack("<IHHIIHH", 16, 1, channels, rate, (rate * channels * 2) & 0xFFFFFFFF, channels * 2 & 0xFFFF, 16)
        + b"data" + struct.pack("<I", size) + samples
    )  # fmt: skip


def hour_of_silence() -> bytes:
    """Four hours in a few hundred kilobytes, at most."""
    return encoded(np.zeros(3600 * 8000, np.float32), "FLAC", 8000)


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("clip.wav", b"\0" * 50_000_000)
    return file.getvalue()


def huge_mp4() -> bytes:
    """A table of samples that claims 2**31 entries."""
    stsz = struct.pack(">I4sIII", 20, b"stsz", 0, 0, 0x7FFFFFFF)
    stbl = struct.pack(">I4s", 8 + len(stsz), b"stbl") + stsz
    for name in (b"minf", b"mdia", b"trak", b"moov"):
        stbl = struct.pack(">I4s", 8 + len(stbl), name) + stbl
    return struct.pack(">I4s4sI4s", 20, b"ftyp", b"M4A ", 0, b"isom") + stbl


SOUND = (np.sin(np.arange(RATE * 3) / 20) * 9000).astype("<i2").tobytes()

HOSTILE = {
    "nothing of sound": b"hello " * 1000,
    "zeros": b"\0" * 1_000_000,
    "an hour": hour_of_silence(),
    "zip": zipped(),
    "zip called wav": b"RIFF" + zipped(),
    "mp4 with a huge table": huge_mp4(),
    "a rate of 4 GHz": wav_of(SOUND, rate=0xFFFFFFFF),
    "a rate of nothing": wav_of(SOUND, rate=0),
    "a rate of 10": wav_of(SOUND, rate=10),
    "65535 channels": wav_of(SOUND, channels=65535),
    "9 channels": wav_of(SOUND, channels=9),
    "no samples": wav_of(b"", claimed=2_000_000_000),
    "playlist": b"#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
    "script": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 9 RTP/AVP 0\n",
    "cut flac": clip()[:2000],
    "cut mp3": encoded(speech(), "MP3")[:200],
    "flac header alone": clip()[:42],
    "over 20 MB": b"\0" * (20 * 2**20 + 1),
    "nan": encoded(np.full(RATE * 3, np.nan, np.float32), "WAV", subtype="FLOAT"),
    "inf": encoded(np.full(RATE * 3, np.inf, np.float32), "WAV", subtype="FLOAT"),
    "half a second": encoded(speech()[RATE : RATE + RATE // 4], "WAV"),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_file_ends_as_a_refusal(tmp_path: Path, name: str) -> None:
    message = await refusal(tmp_path, HOSTILE[name])
    assert "/" not in message.replace("and/or", ""), "no path is told"


async def test_a_wav_that_lies_of_its_length_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    pcm = (speech() * 32767).astype("<i2").tobytes()
    found = await inspect(tmp_path, wav_of(pcm, claimed=2_000_000_000))
    assert found.quality.seconds == pytest.approx(4.0, abs=0.1)


@pytest.mark.parametrize("seed", range(4))
async def test_a_damaged_file_is_refused_or_read_never_more(tmp_path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)
    for data in (clip(), encoded(speech(), "MP3"), encoded(speech(), "OGG")):
        damaged = np.frombuffer(data, np.uint8).copy()
        where = random.integers(0, damaged.size, 200)
        damaged[where] = random.integers(0, 256, 200)
        try:
            found = await inspect(tmp_path, damaged.tobytes())
        except UnusableReference:
            continue
        assert found.pcm.size <= 31 * RATE


async def test_a_long_rate_conversion_stays_in_bounds(tmp_path: Path) -> None:
    """A rate with no common factor, the longest clip, and eight channels."""
    pcm = np.tile(np.random.default_rng(0).standard_normal((44_111, 1)) * 0.1, (29, 8)).astype(np.float32)
    found = await inspect(tmp_path, encoded(pcm, "WAV", 44_111))
    assert found.quality.seconds == pytest.approx(29, abs=0.1)


async def test_one_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    with pytest.raises(UnusableReference):
        await inspect(tmp_path, clip(), seconds=0.05)


async def test_an_answer_without_end_is_cut_off(tmp_path: Path) -> None:
    script = tmp_path / "endless.py"
    script.write_text("import sys\nwhile True: sys.stdout.write('x' * 65536)\n")
    with as_file(tmp_path, b"") as file, pytest.raises(HelperFailed, match="more than it may"):
        await _run_script(script, file)


async def test_a_helper_that_dies_is_told_so(tmp_path: Path) -> None:
    script = tmp_path / "dies.py"
    script.write_text("import os; os.abort()")
    with as_file(tmp_path, b"") as file, pytest.raises(HelperFailed, match="ended with"):
        await _run_script(script, file)


async def _run_script(script: Path, file: io.BufferedReader) -> bytes:
    import os

    path = os.environ.get("PYTHONPATH", "")
    os.environ["PYTHONPATH"] = f"{script.parent}{os.pathsep}{path}"
    try:
        return await run(script.stem, [], file, 10, 100_000)
    finally:
        os.environ["PYTHONPATH"] = path


async def test_inside_there_is_no_file_no_socket_no_secret_and_no_torch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISHOWTTS_SECRET", "x")
    script = tmp_path / "prisoner.py"
    target = tmp_path / "written"
    target.write_text("")
    script.write_text(f"""
import json, os, sys, resource
from ishowtts.voices import inspect
from ishowtts.voices.limits import confine, seal
inspect._warm_up()
torch = "torch" in sys.modules
confine(inspect.MEMORY_MB, inspect.CPU_SECONDS)
out = open({str(target)!r}, "w")
import socket, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
seal()
def fails(call):
    try:
        call()
    except (OSError, MemoryError) as error:
        return type(error).__name__
def write():
    out.write("x"); out.flush()
print(json.dumps({{
    "open": fails(lambda: open("/etc/passwd")),
    "socket": fails(lambda: socket.socket()),
    "write": fails(write),
    "memory": fails(lambda: bytearray(4 * 2**30)),
    "torch": torch,
    "secrets": [name for name in os.environ if "ISHOWTTS" in name],
    "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
}}))
sys.stdout.flush()
os._exit(0)
""")
    with as_file(tmp_path, b"") as file:
        told = json.loads(await _run_script(script, file))
    assert told == {
        "open": "OSError",
        "socket": "OSError",
        "write": "OSError",
        "memory": "MemoryError",
        "torch": False,
        "secrets": [],
        "core": 0,
    }


async def test_two_look_at_once_and_the_rest_waits(tmp_path: Path) -> None:
    inspector = Inspector()
    files = []
    for index in range(5):
        (tmp_path / str(index)).mkdir()
        files.append(as_file(tmp_path / str(index), clip()))
    try:
        found = await asyncio.gather(*(inspector.inspect(file) for file in files))
    finally:
        for file in files:
            file.close()
    assert {f.pcm.tobytes() for f in found} == {found[0].pcm.tobytes()}


def test_the_work_itself_without_a_process() -> None:
    told, pcm = inspect_here(encoded(np.stack([speech(), 0.5 * speech()], axis=1), "WAV"))
    assert told["quality"]["seconds"] == 4.0
    assert told["loudness_lufs"] == pytest.approx(TARGET_LUFS, abs=0.01)
    assert pcm.dtype == np.float32
    with pytest.raises(UnusableReference, match="is 0"):
        inspect_here(encoded(speech()[RATE : RATE + RATE // 4], "WAV"))


def test_the_lying_header_is_a_wave_file_at_all() -> None:
    with wave.open(io.BytesIO(wav_of(SOUND))) as file:
        assert file.getnframes() == 3 * RATE
