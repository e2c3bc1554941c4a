"""Tests of the worker and its queue: with the real process where it matters, with a thread where order matters.
The engine is `tests.fakes.FakeEngine`."""
