from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import httpx
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families

from ishowtts.serving.channel import SPAWN
from tests.api.server import TWO, Served, listening, serving
from tests.fakes import CRASH, FakeFactory
from tests.serving.running import until

pytestmark = pytest.mark.anyio

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]

NAMES = {  # the documented ones: a page of somebody's depends on each
    "tts_requests_total", "tts_request_duration_seconds_bucket", "tts_time_to_first_audio_seconds_bucket",
    "tts_queue_wait_seconds_bucket", "tts_queue_depth", "tts_queue_audio_seconds", "tts_requests_in_flight",
    "tts_dropped_total", "tts_cancelled_total", "tts_audio_seconds_total", "tts_synthesis_rtf_bucket",
    "tts_batch_size_bucket", "tts_step_duration_seconds_bucket", "tts_underrun_seconds_bucket", "tts_sse_clients",
    "tts_cache_hits_total", "tts_cache_misses_total", "tts_build_info", "tts_engine_info", "tts_worker_state",
    "tts_worker_restarts_total", "tts_cancelled_steps_total", "tts_event_loop_lag_seconds_bucket",
    "tts_continuity_ok_total", "tts_jobs_running", "process_resident_memory_bytes", "process_cpu_seconds_total",
    "tts_worker_process_resident_memory_bytes", "tts_room_received_total", "tts_room_waiting", "tts_room_listeners",
    "tts_room_spoken_seconds_total",
}  # fmt: skip


async def scrape(served: Served) -> Samples:
    response = await served.client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    return samples(response)


def samples(response: httpx.Response) -> Samples:
    found: Samples = {}
    for family in text_string_to_metric_families(response.text):
        for sample in family.samples:
            found[sample.name, frozenset(sample.labels.items())] = sample.value
    return found


def value(found: Samples, name: str, **labels: str) -> float:
    return found.get((name, frozenset(labels.items())), 0.0)


async def test_what_was_asked_and_said_is_counted(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        whole = await served.client.post("/tts", json={"text": TWO, "nfe_step": 4, "seed": 1})
        await served.client.post("/tts", json={"text": TWO, "stream": "sse", "nfe_step": 4, "seed": 2})
        await served.client.get("/tts", params={"text": TWO, "stream": "audio", "nfe_step": "4", "seed": "3"})
        await served.client.post("/tts", json={"text": TWO, "voice": "nobody"})
        found = await scrape(served)
    assert {name for name, _ in found} >= NAMES
    assert value(found, "tts_requests_total", endpoint="/tts", code="200") == 3
    assert value(found, "tts_requests_total", endpoint="/tts", code="404") == 1
    assert value(found, "tts_request_duration_seconds_count", endpoint="/tts") == 4
    for stream in ("no", "sse", "audio"):
        assert value(found, "tts_time_to_first_audio_seconds_count", stream=stream) == 1
    assert value(found, "tts_audio_seconds_total") == pytest.approx(3 * float(whole.headers["x-audio-duration"]), 0.01)
    assert value(found, "tts_synthesis_rtf_count") == 3
    assert value(found, "tts_underrun_seconds_count") == 2  # a whole file cannot run dry
    assert value(found, "tts_queue_wait_seconds_count") == 6  # segments
    assert value(found, "tts_batch_size_sum") == 6 * 4
    assert value(found, "tts_step_duration_seconds_count") == value(found, "tts_batch_size_count") > 0
    assert value(found, "tts_requests_in_flight") == 1  # the scrape itself
    assert value(found, "tts_worker_state", state="ready") == 1
    assert value(found, "tts_worker_state", state="failed") == 0
    assert value(found, "tts_worker_process_resident_memory_bytes") > 1e6
    assert value(found, "tts_engine_info", model="fake", device="cpu", dtype="fp32", backend="fake", compile="") == 1


async def test_sound_that_was_there_is_a_hit_and_no_work(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        for _ in range(3):
            await served.client.post("/tts", json={"text": "Again and again.", "seed": 7})
        found = await scrape(served)
    assert value(found, "tts_cache_misses_total") == 1
    assert value(found, "tts_cache_hits_total") == 2
    assert value(found, "tts_synthesis_rtf_count") == 1
    assert value(found, "tts_time_to_first_audio_seconds_count", stream="no") == 3


async def test_labels_are_few_whatever_is_asked(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        for path in ("/nothing", "/nothing/else", "/tts/../etc", "/%00", "/metrics/x", "/" + "a" * 300):
            await served.client.get(path)
        for method in ("BREW", "DELETE"):
            await served.client.request(method, "/tts")
        await served.client.get("/tts", params={"text": "Hi.", "voice": "mallory"})
        body = (await served.client.get("/metrics")).text
    endpoints = {line.split('endpoint="')[1].split('"')[0] for line in body.splitlines() if 'endpoint="' in line}
    assert endpoints <= {"/tts", "other", "/metrics"}
    for never in ("mallory", "/nothing", "aaa", '"ann"', "BREW"):
        assert never not in body


async def test_an_openmetrics_reader_gets_what_it_reads(tmp_path: Path) -> None:
    async with serving(tmp_path) as served:
        await served.client.post("/tts", json={"text": "Hello."})
        accept = {"accept": "application/openmetrics-text; version=1.0.0"}
        response = await served.client.get("/metrics", headers=accept)
    assert response.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert "tts_requests" in {family.name for family in parse_openmetrics(response.text)}


async def test_it_can_be_turned_off(tmp_path: Path) -> None:
    async with serving(tmp_path, metrics={"enabled": False}) as served:
        response = await served.client.get("/metrics")
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("open_metrics", [False, True])
async def test_with_keys_it_wants_one_unless_it_is_opened(tmp_path: Path, open_metrics: bool) -> None:
    keys = [
        {"name": name, "sha256": hashlib.sha256(name.encode()).hexdigest(), "scopes": [scope]}
        for name, scope in (("grafana", "admin"), ("obs", "synthesise"))
    ]
    async with serving(tmp_path, auth={"keys": keys, "open_metrics": open_metrics}) as served:
        asked = {name: {"authorization": f"Bearer {name}"} for name in ("grafana", "obs")}
        statuses = [(await served.client.get("/metrics", headers=asked.get(n, {}))).status_code for n in ("", *asked)]
        for method, path in (("POST", "/tts"), ("GET", "/voices/ann"), ("GET", "/nowhere")):
            assert (await served.client.request(method, path)).status_code == 401
        counted = samples(await served.client.get("/metrics", headers=asked["grafana"]))
    for endpoint in ("/tts", "/voices/{id}", "other"):
        assert value(counted, "tts_requests_total", endpoint=endpoint, code="401") == 1
    assert statuses == ([200, 200, 200] if open_metrics else [401, 200, 403])


async def test_two_apps_in_one_process_count_apart(tmp_path: Path) -> None:
    async with serving(tmp_path) as one, serving(tmp_path) as other:
        await one.client.get("/voices")
        assert value(await scrape(one), "tts_requests_total", endpoint="/voices", code="200") == 1
        assert value(await scrape(other), "tts_requests_total", endpoint="/voices", code="200") == 0


async def test_a_full_queue_and_a_lost_worker_are_drops_with_their_reasons(tmp_path: Path) -> None:
    gate = SPAWN.Semaphore(0)
    async with serving(tmp_path, FakeFactory(gate=gate), queue={"max_jobs": 1, "retries": 0}) as served:
        first = asyncio.create_task(served.client.post("/tts", json={"text": f"Boom {CRASH}.", "nfe_step": 4}))
        await until(lambda: served.worker.status().running)
        found = await scrape(served)
        assert value(found, "tts_jobs_running") == 1
        assert value(found, "tts_requests_in_flight") == 2
        assert (await served.client.post("/tts", json={"text": "Hello."})).status_code == 429
        for _ in range(4):
            gate.release()
        assert (await first).status_code == 503
        found = await scrape(served)
        assert value(found, "tts_dropped_total", reason="queue_full") == 1
        assert value(found, "tts_dropped_total", reason="worker_lost") == 1
        await until(lambda: served.worker.status().restarts)
        assert value(await scrape(served), "tts_worker_restarts_total") == 1


async def test_a_listener_who_leaves_is_a_cancellation_and_its_steps_are_counted(tmp_path: Path) -> None:
    gate = SPAWN.Semaphore(0)
    async with listening(tmp_path, FakeFactory(gate=gate)) as served:
        request = asyncio.create_task(served.client.post("/tts", json={"text": "Hello.", "nfe_step": 30}))
        await until(lambda: served.worker.status().running)
        for _ in range(3):
            gate.release()
        await until(lambda: gate.get_value() == 0)
        request.cancel()
        await asyncio.gather(request, return_exceptions=True)
        await asyncio.sleep(0.1)
        for _ in range(5):
            gate.release()
        await served.idle()
        found = await scrape(served)
    assert value(found, "tts_cancelled_total", stage="synthesis") == 1
    assert 2 <= value(found, "tts_cancelled_steps_total") <= 5
    assert value(found, "tts_requests_total", endpoint="/tts", code="499") == 1


async def test_open_event_streams_are_seen_and_a_gap_is_an_underrun(tmp_path: Path) -> None:
    gate = SPAWN.Semaphore(0)
    # The first segment is a second of sound at most: after that the player has nothing.
    shorter = {"first_segment_seconds": 0.6, "max_segment_seconds": 1.0}
    async with listening(tmp_path, FakeFactory(gate=gate, max_batch=1), synthesis=shorter) as served:
        wish = {"text": "One and two. Three and four. Five and six.", "stream": "sse", "nfe_step": 2}
        gate.release()
        gate.release()
        async with served.client.stream("POST", "/tts", json=wish) as answer:
            lines = answer.aiter_lines()
            while not (await anext(lines)).startswith("event: audio"):
                pass
            assert value(await scrape(served), "tts_sse_clients") == 1
            await asyncio.sleep(1.5)
            for _ in range(20):
                gate.release()
            async for _ in lines:
                pass
        await until(lambda: served.worker.status().queued + served.worker.status().running == 0)
        found = await scrape(served)
    assert value(found, "tts_sse_clients") == 0
    assert value(found, "tts_underrun_seconds_count") == 1
    assert value(found, "tts_underrun_seconds_sum") > 0.1
    assert value(found, "tts_continuity_ok_total") == 0
