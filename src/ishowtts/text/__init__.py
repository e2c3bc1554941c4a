"""Text before it is spoken: cleaning, language, segments, phonemes.

Pure Python; knows nothing of audio or tensors.
"""
