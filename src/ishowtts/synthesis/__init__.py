"""The use case: a text becomes segments, jobs, and one joined stream of sound.

Knows neither HTTP above it nor tensors below it.
"""
