"""What makes a clip good to clone from, as figures, and what is said of them. docs/voices.md has the table behind it.

Each figure is cheap and explainable, and none is a judge of taste: what is refused here cannot make a good voice, what
is warned of may.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ishowtts.audio.activity import frame_rms, speech_frames
from ishowtts.audio.loudness import speech_rms

MIN_SECONDS, LONG_SECONDS, MAX_SECONDS = 2.0, 12.0, 30.0

_FLAT_RUN = 3
"""Samples at the limit one after the other: a peak of a sound wave has one, at times two."""
_FFT = 1024
_FLOOR = 1e-12


@dataclass(frozen=True, slots=True)
class Quality:
    """Figures of a clip at 24 kHz; `clipping` is of the file as it came."""

    seconds: float
    speech_seconds: float
    silence: float
    """Share without speech of what lies between the first and the last of it, 0 to 1: the edges are cut anyway."""
    clipping: float
    """Share of samples that stand at the limit in runs, 0 to 1."""
    snr_db: float
    """All of the clip against its quietest twentieth. Noise-free speech is at 40 and above; 100 is the most told."""
    bandwidth_hz: float
    """The highest frequency within 60 dB of the strongest."""
    timbre: float
    """How much the spectrum's centre of gravity moves: a standard deviation in nepers. Speech, with its vowels and
    fricatives, is around 1; a tone, a hum or plain noise is under 0.1, and held chords and melodies under 0.4."""
    level_db: float
    """RMS of the speech in dBFS, as it came."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a clip: `refused` means that no voice is made of it."""

    code: str
    message: str
    refused: bool


def clipped_share(samples: np.ndarray) -> float:
    """(samples, channels) as recorded → share of samples in flat runs at the clip's own limit, of the worst channel."""
    worst = 0.0
    for channel in np.abs(samples).T:
        peak = float(np.max(channel, initial=0.0))
        if peak <= 0:
            continue
        near = np.concatenate([[False], channel >= 0.995 * peak, [False]])
        edges = np.flatnonzero(np.diff(near.astype(np.int8)))
        runs = edges[1::2] - edges[::2]
        worst = max(worst, float(runs[runs >= _FLAT_RUN].sum()) / channel.size)
    return worst


def measure(pcm: np.ndarray, sample_rate: int, clipping: float = 0.0) -> Quality:
    """(samples,) → its figures; `clipping` is `clipped_share` of the file. Raises `ValueError` for under 0.1 s."""
    if pcm.size < 0.1 * sample_rate:
        raise ValueError("too short to be measured")
    pcm = np.asarray(pcm, dtype=np.float64)
    spoken = speech_frames(pcm, sample_rate)
    seconds = pcm.size / sample_rate
    bandwidth, timbre = _spectrum(pcm, sample_rate)
    return Quality(
        seconds=round(seconds, 3),
        speech_seconds=round(float(spoken.mean()) * seconds, 3),
        silence=round(_pauses(spoken), 4),
        clipping=round(clipping, 6),
        snr_db=round(_snr(pcm, sample_rate), 1),
        bandwidth_hz=round(bandwidth),
        timbre=round(timbre, 3),
        level_db=round(20 * float(np.log10(max(speech_rms(pcm), _FLOOR))), 1),
    )


def judge(quality: Quality) -> list[Finding]:
    """What is to be said of a clip: refusals first, none for a good one."""
    findings = [rule(quality) for rule in _RULES]
    return sorted((f for f in findings if f is not None), key=lambda f: not f.refused)


def _pauses(spoken: np.ndarray) -> float:
    where = np.flatnonzero(spoken)
    return 1 - where.size / float(where[-1] - where[0] + 1) if where.size else 1.0


def _snr(pcm: np.ndarray, sample_rate: int) -> float:
    """What is left of the mean power without the noise's, against the noise's, in dB."""
    frames = np.square(frame_rms(pcm, round(0.02 * sample_rate)))[:-1]
    noise = max(float(np.quantile(frames, 0.05)), 1e-14)
    return min(100.0, 10 * float(np.log10(max(float(frames.mean()) - noise, 1e-3 * noise) / noise)))


def _spectrum(pcm: np.ndarray, sample_rate: int) -> tuple[float, float]:
    """Bandwidth in Hz, and how the centroid of the spectrum moves from frame to frame."""
    frames = np.lib.stride_tricks.sliding_window_view(pcm, _FFT)[:: _FFT // 2] * np.hanning(_FFT)
    power = np.square(np.abs(np.fft.rfft(frames, axis=1)))
    total = power.sum(axis=1)
    power, total = power[total > 1e-4 * total.max()], total[total > 1e-4 * total.max()]
    if not total.size:
        return 0.0, 0.0
    frequency = np.fft.rfftfreq(_FFT, 1 / sample_rate)
    mean = np.convolve(10 * np.log10(power.mean(axis=0) + _FLOOR), np.ones(5) / 5, "same")
    centroid = (power * frequency).sum(axis=1) / total
    bandwidth = float(frequency[np.flatnonzero(mean > mean.max() - 60)[-1]])
    return bandwidth, float(np.log(centroid + 50).std())


def _duration(q: Quality) -> Finding | None:
    if q.seconds < MIN_SECONDS:
        return Finding("too_short", f"The clip is {q.seconds:.1f} s long; give 3 to 12 s, at least 2.", True)
    if q.seconds > MAX_SECONDS:
        return Finding("too_long", f"The clip is {q.seconds:.1f} s long; give 3 to 12 s, at most 30.", True)
    if q.seconds > LONG_SECONDS:
        return Finding("long", f"The clip is {q.seconds:.1f} s long; 3 to 12 s speak faster, and as well.", False)
    return None


def _speech(q: Quality) -> Finding | None:
    if q.timbre < 0.45:
        return Finding("no_speech", "No speech was found: it sounds like a tone, music or noise.", True)
    text = f"Only {q.speech_seconds:.1f} s of the clip is speech; give 3 s or more."
    if q.speech_seconds < 0.6:
        return Finding("no_speech", text, True)
    return Finding("little_speech", text, False) if q.speech_seconds < 1.5 else None


def _silence(q: Quality) -> Finding | None:
    if q.silence <= 0.5:
        return None
    return Finding("silence", f"{q.silence:.0%} of the clip is pauses; cut them.", q.silence > 0.75)


def _clipping(q: Quality) -> Finding | None:
    if q.clipping < 0.0005:
        return None
    text = f"{q.clipping:.1%} of the samples are cut off at the limit; record again with less gain."
    return Finding("clipped", text, q.clipping >= 0.005)


def _noise(q: Quality) -> Finding | None:
    if q.snr_db >= 20:
        return None
    text = f"Speech is only {q.snr_db:.0f} dB above the background (noise or music); 20 is the least to aim for."
    return Finding("noisy", text, q.snr_db < 12)


def _bandwidth(q: Quality) -> Finding | None:
    if q.bandwidth_hz >= 5500:
        return None
    text = f"The sound ends at {q.bandwidth_hz / 1000:.1f} kHz, as on the telephone; the voice will be as dull."
    return Finding("narrow_band", text, q.bandwidth_hz < 2500)


def _level(q: Quality) -> Finding | None:
    if q.level_db >= -40:
        return None
    text = f"The speech is very quiet ({q.level_db:.0f} dBFS); record nearer to the microphone."
    return Finding("quiet", text, q.level_db < -50)


_RULES: tuple[Callable[[Quality], Finding | None], ...] = (
    _duration,
    _speech,
    _silence,
    _clipping,
    _noise,
    _bandwidth,
    _level,
)
