"""Tests of the use case: the real worker process, with `tests.fakes.FakeEngine` in it.
What is said is a tone, so every sample of the joined stream is known."""
