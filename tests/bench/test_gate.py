from ishowtts.bench.gate import FLOORS, check
from ishowtts.bench.quality import figures
from tests.bench.clips import clip


def test_every_floor_is_checked_when_all_was_measured() -> None:
    clips = [clip(language=lang, kind=kind) for lang in ("en", "zh") for kind in ("sentence", "chat")]
    checks = check(figures(clips))
    assert [c.floor for c in checks] == list(FLOORS)
    assert all(c.passed for c in checks)


def test_each_floor_can_be_missed() -> None:
    bad = {"errors": 2, "whole": False, "similarity": 0.5, "mos": 2.0, "wall_seconds": 4.0}
    clips = [clip(language=lang, kind=kind, **bad) for lang in ("en", "zh") for kind in ("sentence", "chat")]
    checks = check(figures(clips))
    assert len(checks) == len(FLOORS)
    assert not any(c.passed for c in checks)


def test_one_bad_language_is_not_hidden_by_the_other() -> None:
    checks = check(figures([clip(mos=4.9), clip(language="zh", mos=3.0)]))
    assert [c.floor.name for c in checks if not c.passed] == ["DistillMOS, Mandarin"]


def test_the_floor_itself_is_enough() -> None:
    checks = check(figures([clip(errors=3, length=20, similarity=0.7, mos=3.3, audio_seconds=5.0, wall_seconds=3.0)]))
    assert len(checks) == 4
    assert all(c.passed for c in checks)


def test_nfe_7_is_gated_wherever_it_stands_and_else_the_first() -> None:
    rows = figures([clip(nfe=32), clip(nfe=7, mos=1.0), clip(nfe=16)])
    assert {c.nfe for c in check(rows)} == {7}
    assert {c.nfe for c in check(figures([clip(nfe=16), clip(nfe=32)]))} == {16}


def test_one_language_alone_gives_the_floors_over_all() -> None:
    names = {c.floor.name for c in check(figures([clip(), clip(kind="chat")]))}
    assert {"RTF", "chat lines said whole", "English WER"} <= names
    assert check([]) == []
