from __future__ import annotations

import asyncio
import multiprocessing
import socket
from pathlib import Path

import numpy as np
import pytest
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong
from wyoming.tts import Synthesize, SynthesizeChunk, SynthesizeStart, SynthesizeStop, SynthesizeStopped, SynthesizeVoice

from ishowtts import __version__
from ishowtts.errors import SpeechError
from tests.api.server import TWO, make
from tests.fakes import REFUSE, SAMPLE_RATE, FakeFactory
from tests.serving.running import PATIENCE, until
from tests.wyoming.clients import connect, listen, port_of, say, say_stream, wyoming

pytestmark = pytest.mark.anyio


async def test_describe_tells_voices_languages_and_streaming(tmp_path: Path) -> None:
    async with wyoming(tmp_path) as served, connect(served) as client:
        await client.write_event(Describe().event())
        event = await client.read_event()
        assert event is not None
        [program] = Info.from_event(event).tts
    assert program.installed
    assert program.supports_synthesize_streaming
    assert program.version == __version__
    assert program.attribution.name == "fake (MIT)"
    assert [(v.name, v.description, v.languages, v.installed) for v in program.voices] == [
        ("ann", "Ann", ["en"], True),
        ("mei", "mei", ["zh"], True),
    ]


async def test_describe_and_ping_are_answered_while_the_model_loads(tmp_path: Path) -> None:
    async with wyoming(tmp_path, FakeFactory(load_seconds=2), wait=False) as served, connect(served) as client:
        await client.write_event(Describe().event())
        event = await client.read_event()
        assert event is not None
        assert len(Info.from_event(event).tts[0].voices) == 2
        await client.write_event(Ping("here").event())
        event = await client.read_event()
        assert event is not None
        assert Pong.from_event(event).text == "here"
        heard = await say(served, "Too early.")
        assert heard.error is not None
        assert heard.error.code == "not_ready"
        assert heard.closed


async def test_a_text_is_the_same_sound_as_over_http(tmp_path: Path) -> None:
    async with wyoming(tmp_path) as served:
        heard = await say(served, TWO)
        body = {"text": TWO, "format": "pcm"}
        http = np.frombuffer((await served.client.post("/tts", json=body)).content, "<i2")
    assert heard.shape == ["audio-start", "audio-chunk", "audio-stop"]
    assert heard.start is not None
    assert heard.stop is not None
    assert (heard.start.rate, heard.start.width, heard.start.channels) == (SAMPLE_RATE, 2, 1)
    assert heard.pcm.size == http.size  # the pitch of the fake is the seed's
    assert heard.stop.timestamp == 1000 * http.size // SAMPLE_RATE
    assert max(len(chunk.audio) for chunk in heard.chunks) <= 2 * SAMPLE_RATE // 10
    seconds = 0.0
    for chunk in heard.chunks:
        assert chunk.timestamp == int(seconds * 1000 + 1e-6)
        seconds += chunk.seconds


async def test_sound_leaves_before_the_text_is_done(tmp_path: Path) -> None:
    gate = multiprocessing.get_context("spawn").Semaphore(0)
    factory = FakeFactory(gate=gate, max_batch=1)
    async with wyoming(tmp_path, factory, synthesis={"nfe_step": 1}) as served, connect(served) as client:
        await client.write_event(Synthesize(TWO).event())
        gate.release()
        types = [(await client.read_event()).type for _ in range(5)]  # type: ignore[union-attr]
        assert types == ["audio-start", *["audio-chunk"] * 4]
        assert served.worker.status().queued + served.worker.status().running == 1
        gate.release()
        assert (await listen(client)).stop is not None


@pytest.mark.parametrize(
    ("voice", "code"),
    [
        (SynthesizeVoice(name="mei"), None),
        (SynthesizeVoice(name="mei", speaker="mei"), None),
        (SynthesizeVoice(language="zh_CN"), None),
        (SynthesizeVoice(language="en-GB"), None),
        (SynthesizeVoice(name="mai"), "voice_not_found"),
        (SynthesizeVoice(name="mei", speaker="p225"), "voice_not_found"),
        (SynthesizeVoice(language="de"), "voice_not_found"),
        (SynthesizeVoice(name="../../etc/passwd"), "voice_not_found"),
    ],
)
async def test_voices_by_name_and_by_language(
    tmp_path: Path, voice: SynthesizeVoice, code: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "ishowtts.access")
    async with wyoming(tmp_path) as served:
        heard = await say(served, "Hello there.", voice)
    if code is None:
        assert heard.stop is not None
        wanted = "ann" if voice.language == "en-GB" else "mei"
        assert f"voice={wanted}" in caplog.text
    else:
        assert heard.error is not None
        assert heard.error.code == code
        assert heard.closed
        assert not heard.chunks


async def test_several_texts_on_one_connection_are_spoken_in_turn(tmp_path: Path) -> None:
    async with wyoming(tmp_path) as served, connect(served) as client:
        for text in ("One.", "Two two."):
            await client.write_event(Synthesize(text).event())
        first, second = await listen(client), await listen(client)
        assert first.stop is not None
        assert first.pcm.size < second.pcm.size


async def test_a_stream_of_text_is_spoken_sentence_by_sentence_in_one_voice(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "ishowtts.access")
    async with wyoming(tmp_path) as served, connect(served) as client:
        await client.write_event(SynthesizeStart().event())
        for piece in ("The kit", "chen light is on. ", "And ", "now"):
            await client.write_event(SynthesizeChunk(piece).event())
        event = await client.read_event()  # before the end of the text
        assert event is not None
        assert event.type == "audio-start"
        await served.idle()
        for piece in (" the rest. ", "最后一句是中文，中文，中文。"):
            await client.write_event(SynthesizeChunk(piece).event())
        await client.write_event(SynthesizeStop().event())
        heard = await listen(client, SynthesizeStopped)
    assert heard.shape == ["audio-chunk", "audio-stop", "synthesize-stopped"]
    [line] = [r.message for r in caplog.records if "method=WYOMING" in r.message]
    assert "voice=ann" in line
    assert "outcome=ok" in line


async def test_the_text_that_home_assistant_repeats_is_not_said_twice(tmp_path: Path) -> None:
    async with wyoming(tmp_path) as served:
        whole = await say(served, "Only this.")
        stream = await say_stream(served, ["Only ", "this."])
        assert stream.shape == ["audio-start", "audio-chunk", "audio-stop", "synthesize-stopped"]
        assert stream.pcm.size == whole.pcm.size


async def test_what_cannot_be_spoken_is_passed_over_in_a_stream_and_told_alone(tmp_path: Path) -> None:
    async with wyoming(tmp_path) as served:
        some = await say_stream(served, ["👍! ", "Done. ", "🎉"])
        assert some.shape == ["audio-start", "audio-chunk", "audio-stop", "synthesize-stopped"]
        for none in (await say_stream(served, ["👍"]), await say_stream(served, []), await say(served, " … ")):
            assert none.error is not None
            assert none.error.code == "nothing_to_say"
            assert none.closed


async def test_a_failure_in_the_middle_never_looks_like_the_whole_text(tmp_path: Path) -> None:
    async with wyoming(tmp_path) as served:
        heard = await say_stream(served, ["This one is fine. ", f"This {REFUSE} is not. ", "Nor this."])
        assert heard.error is not None
        assert heard.error.code == "nothing_to_say"
        assert heard.closed
        assert heard.stop is None
        assert (await say(served, "The server is well.")).stop is not None


async def test_markup_is_refused_rather_than_read_aloud(tmp_path: Path) -> None:
    async with wyoming(tmp_path) as served:
        heard = await say(served, "<speak>Hello</speak>", text_format="ssml")
        assert heard.error is not None
        assert heard.error.code == "invalid_value"
        assert (await say(served, "Hello", text_format="text")).stop is not None


async def test_a_client_that_leaves_stops_the_work_within_a_step(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "ishowtts.access")
    steps = tmp_path / "steps"
    factory = FakeFactory(step_seconds=0.05, steps_file=steps)
    for begin in (Synthesize(TWO).event(), SynthesizeStart().event()):
        steps.unlink(missing_ok=True)
        async with wyoming(tmp_path, factory, synthesis={"nfe_step": 64}) as served:
            async with connect(served) as client:
                await client.write_event(begin)
                if begin.type == "synthesize-start":
                    await client.write_event(SynthesizeChunk(TWO).event())
                await until(steps.exists)
                done, jobs = steps.stat().st_size, served.worker.status().running
            await served.idle()
            # The step that runs, and one that may begin while the news travels.
            assert steps.stat().st_size - done <= 3 * jobs
            await until(lambda: "outcome=client_left" in caplog.text)
            assert served.app.state.wyoming.clients == 0
        caplog.clear()


async def test_a_client_too_many_is_told_and_the_place_is_free_again_later(tmp_path: Path) -> None:
    async with wyoming(tmp_path, wyoming={"max_clients": 2}) as served:
        async with connect(served) as one, connect(served) as two:
            for client in (one, two):
                await client.write_event(Ping().event())
                assert await client.read_event() is not None
            async with connect(served) as three:
                heard = await listen(three)
            assert heard.error is not None
            assert heard.error.code == "queue_full"
            assert heard.closed
        await until(lambda: served.app.state.wyoming.clients == 0)
        assert (await say(served, "Room again.")).stop is not None


async def test_a_silent_client_is_let_go_but_not_while_it_is_spoken_to(tmp_path: Path) -> None:
    factory = FakeFactory(step_seconds=0.2)
    async with wyoming(tmp_path, factory, wyoming={"idle_timeout": 0.3}, synthesis={"nfe_step": 7}) as served:
        async with connect(served) as client:
            await client.write_event(Synthesize("Slow work.").event())
            assert (await listen(client)).stop is not None
            assert await client.read_event() is None  # silence
        async with connect(served) as client:
            await client.write_event(SynthesizeStart().event())
            assert await client.read_event() is None  # a stream without text is silence too


async def test_a_client_that_does_not_read_is_let_go(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "ishowtts.access")
    # Long enough for the socket buffers of both sides to fill.
    text = " ".join(f"Sentence number {n} goes on and on for a while." for n in range(90))
    synthesis = {"first_segment_seconds": 30.0, "max_segment_seconds": 30.0, "speed": 0.25, "nfe_step": 1}
    async with (
        wyoming(tmp_path, wyoming={"send_timeout": 0.2}, synthesis=synthesis, queue={"max_jobs": 500}) as served,
        connect(served) as client,
    ):
        await client.write_event(Synthesize(text).event())
        await until(lambda: "outcome=slow_reader" in caplog.text)
        await served.idle()
        await until(lambda: served.app.state.wyoming.clients == 0)


async def test_at_the_end_what_is_spoken_is_finished_and_idle_clients_are_let_go(tmp_path: Path) -> None:
    factory = FakeFactory(step_seconds=0.05)
    async with wyoming(tmp_path, factory) as served, connect(served) as idle, connect(served) as busy:
        port = port_of(served)
        await idle.write_event(Ping().event())
        assert await idle.read_event() is not None
        await busy.write_event(Synthesize(TWO).event())
        await until(lambda: served.worker.status().running)
        heard = asyncio.create_task(listen(busy))
        ended = asyncio.create_task(idle.read_event())
        stopping = asyncio.create_task(_stop(served.app.state.wyoming, served.worker, 30.0))
        assert await ended is None
        assert (await heard).stop is not None
        await stopping
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)


async def test_without_time_to_drain_the_client_is_told(tmp_path: Path) -> None:
    factory = FakeFactory(step_seconds=0.05)
    async with wyoming(tmp_path, factory, synthesis={"nfe_step": 64}) as served, connect(served) as client:
        await client.write_event(Synthesize(TWO).event())
        await until(lambda: served.worker.status().running)
        heard = asyncio.create_task(listen(client))
        await _stop(served.app.state.wyoming, served.worker, 0.0)
        async with asyncio.timeout(PATIENCE):
            error = (await heard).error
        assert error is not None
        assert error.code == "not_ready"


async def _stop(server: object, worker: object, seconds: float) -> None:
    """In the order of the app's lifespan."""
    server.close()  # type: ignore[attr-defined]
    await worker.stop(seconds)  # type: ignore[attr-defined]
    await server.stop(2.0)  # type: ignore[attr-defined]


async def test_a_taken_port_is_one_clear_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        app, _ = make(tmp_path, wyoming={"enabled": True, "port": port})
        with pytest.raises(SpeechError, match=f"port {port}.*Choose another wyoming.port"):
            app.state.wyoming.bind()


async def test_it_is_off_unless_asked_for(tmp_path: Path) -> None:
    app, _ = make(tmp_path)
    assert app.state.wyoming is None


async def test_texts_are_not_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    async with wyoming(tmp_path) as served:
        await say(served, "My secret word is xylophone.")
        await say_stream(served, ["My secret word ", "is xylophone. ", "Yes."])
        await say(served, "xylophone", SynthesizeVoice(name="xylophone"))
    assert "outcome=ok" in caplog.text
    assert "voice_not_found" in caplog.text
    assert "xylophone" not in caplog.text


async def test_the_limits_of_a_client_hold_here_too(tmp_path: Path) -> None:
    async with wyoming(tmp_path, limits={"client_requests": 6}) as served:
        assert (await say(served, "The one of these ten seconds.")).stop is not None
        heard = await say(served, "One too many.")
    assert heard.error is not None
    assert heard.error.code == "rate_limited"
    assert heard.closed


async def test_speech_is_in_the_metrics_and_in_json_lines(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "ishowtts.access")
    async with wyoming(tmp_path, queue={"max_jobs": 1}) as served:
        whole = await say(served, "One sentence.")
        stream = await say_stream(served, ["Another one. ", "And the last."])
        assert (await say(served, TWO)).error is not None  # two segments, one place
        metrics = (await served.client.get("/metrics")).text
    seconds = (whole.pcm.size + stream.pcm.size) / SAMPLE_RATE
    values = dict(line.rsplit(" ", 1) for line in metrics.splitlines() if not line.startswith("#"))
    assert float(values["tts_audio_seconds_total"]) == pytest.approx(seconds, abs=0.01)
    assert float(values['tts_time_to_first_audio_seconds_count{stream="wyoming"}']) == 2
    assert float(values["tts_underrun_seconds_count"]) == 1, "pauses of a text that is still written are not counted"
    fields = [record.fields for record in caplog.records if "method=WYOMING" in record.message]  # type: ignore[attr-defined]
    assert [each["outcome"] for each in fields] == ["ok", "ok", "text_too_long"]
    assert fields[1]["audio_s"] == pytest.approx(stream.pcm.size / SAMPLE_RATE, abs=0.01)
    assert fields[0]["client"] == "local"


async def test_that_keys_do_not_guard_this_port_is_said_at_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keys = [{"name": "ann", "sha256": "0" * 64, "scopes": ["synthesise"]}]
    for auth, warned in (({}, False), ({"keys": keys}, True)):
        caplog.clear()
        async with wyoming(tmp_path, auth=auth, wait=False):
            assert ("knows no keys" in caplog.text) is warned
