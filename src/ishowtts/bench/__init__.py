"""Measures of speech: how it is heard by a recogniser, whose voice it is, how natural, how fast.
A side wing: nothing of the server imports it, and its models come with packages of their own (`bench.extras`)."""
