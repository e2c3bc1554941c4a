"""Tests of the audio leaves: on tones, noise and silence, and on files that the readers people use must read.
No model and no clip of a person is needed."""
