"""Sound as numpy arrays: decoding, joining, loudness, WAV.

Everything here works on mono float32 samples and knows nothing of models or HTTP.
"""
