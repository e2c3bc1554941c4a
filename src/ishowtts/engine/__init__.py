"""F5-TTS on tensors: checkpoints, front ends, reference cache, sampler and vocoder.

With `training/`, the only floor that imports torch.
"""
