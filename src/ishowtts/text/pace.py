"""How long a text lasts when it is spoken at an average pace: by syllables and letters, whatever the script.

Means over recorded speech in English and Mandarin, within 10 % of a plain sentence on average; other scripts by what
their signs stand for. docs/text.md says how they were found.
"""

from __future__ import annotations

import re

from ishowtts.text.language import HAN, LATIN

ENDING = 0.25
"""Seconds that any text takes beside its sounds: the last syllable is drawn out. So short ones are not rushed."""

SENTENCE_MARKS = ".!?…。！？｡"
CLAUSE_MARKS = ",;:，、；：—–"
_MARKS = SENTENCE_MARKS + CLAUSE_MARKS
_PAUSES = {**dict.fromkeys(".!?…", 0.15), **dict.fromkeys("。！？｡", 0.3)}
_CLAUSE_PAUSE = 0.1

_LETTER, _NUCLEUS = 0.044, 0.059  # Latin: each letter, and each syllable on top
_SPELLED = 0.25
_DIGIT = 0.3
_HAN_SYLLABLE = 0.2
_SCRIPTS = (
    (re.compile(f"[{HAN}]"), _HAN_SYLLABLE),
    (re.compile(f"[{LATIN}]"), 0.07),
    (re.compile("[ァ-ヺぁ-ゖｦ-ﾟ]"), 0.13),  # a mora
    (re.compile("[가-힣]"), 0.19),  # a syllable
    (re.compile("[\u0370-\u052f\u1f00-\u1fff]"), 0.07),  # Greek, Cyrillic: about a sound
    (re.compile("[\u0590-\u08ff]"), 0.09),  # Hebrew, Arabic: vowels are not written
    (re.compile("[\u0900-\u0dff]"), 0.1),  # of India
    (re.compile("[\u0e00-\u0eff]"), 0.08),  # Thai, Lao
)
_OTHER = 0.1

_WORD = re.compile(r"[A-Za-z]+")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(r"(?<=[a-z])(?<![aeiouy])(?<![^aeiouy]l)(?:e|(?<![td])ed|(?<![scxzgh])es)$")


def predicted_seconds(text: str) -> float:
    """About how long `text` is when spoken at an average pace; 0 if there is nothing in it to say."""
    seconds = sum(weights(text))
    return seconds + ENDING if seconds else 0.0


def weights(text: str) -> list[float]:
    """Seconds for each character, all ≥ 0; a run of marks is one pause."""
    out, before = [], ""
    for c in text:
        out.append(_weight(c, before))
        before = c
    for m in _WORD.finditer(text):
        word = m[0].lower()
        if m.end() - m.start() > 1 and m[0].isupper() and (len(word) <= 3 or not _VOWELS.search(word)):
            out[m.start() : m.end()] = [_SPELLED] * len(word)
            continue
        silent = _SILENT.search(word)
        nuclei = [v.start() for v in _VOWELS.finditer(word, 0, silent.start() if silent else len(word))]
        for at in nuclei or [0]:
            out[m.start() + at] += _NUCLEUS
    return out


def _weight(c: str, before: str) -> float:
    if "a" <= c <= "z" or "A" <= c <= "Z":
        return _LETTER
    if c in _MARKS:
        return 0.0 if before and before in _MARKS else _PAUSES.get(c, _CLAUSE_PAUSE)
    if c.isdigit():
        return _DIGIT
    if not c.isalpha():
        return 0.0
    return next((seconds for script, seconds in _SCRIPTS if script.match(c)), _OTHER)
