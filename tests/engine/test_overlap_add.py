from __future__ import annotations

import torch

from ishowtts.engine.overlap_add import N_FFT, overlap_add


def test_with_windows_it_is_the_inverse_stft_of_torch() -> None:
    torch.manual_seed(0)
    window = torch.hann_window(N_FFT)
    spectrum = torch.stft(torch.randn(3, 256 * 20), N_FFT, 256, window=window, return_complex=True)
    spectrum = spectrum * torch.rand(spectrum.shape)  # of no sound any more: frames disagree where they overlap
    frames = torch.fft.irfft(spectrum.mT, N_FFT) * window
    sound = overlap_add(frames) / overlap_add(window.square().expand(21, -1))
    assert sound.shape == (3, 20, 256)
    torch.testing.assert_close(sound.flatten(1), torch.istft(spectrum, N_FFT, 256, window=window), rtol=1e-4, atol=1e-5)
