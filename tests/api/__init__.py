"""Tests of the HTTP floor: the real app and worker process, with `tests.fakes.FakeEngine` as the model.
Without sockets where that is enough; through uvicorn where a connection breaks, streams or is slow."""
