import io
import json

from rich.console import Console
from rich.table import Table

from ishowtts.bench import report
from ishowtts.bench.gate import check
from ishowtts.bench.quality import by_voice, figures, worst
from tests.bench.clips import clip

CLIPS = [
    clip(errors=1, heard="one two tree four"),
    clip("zh-00", language="zh", voice="xiaobei", text="[你好]", errors=None, mos=None),
    clip("chat_en-00", kind="chat", whole=False, similarity=None, mos=None),
]


def shown(table: Table) -> str:
    out = io.StringIO()
    Console(file=out, width=200).print(table)
    return out.getvalue()


def test_the_table_has_a_line_for_each_row() -> None:
    lines = shown(report.quality_table(figures(CLIPS))).splitlines()
    assert len([line for line in lines if line.strip()]) == 4
    assert "WER 25.0 %" in lines[1]
    assert "0.0 %" in lines[1], "no chat line was said whole"
    assert "CER" not in lines[2], "it was not measured"


def test_voices_and_the_worst_are_named() -> None:
    assert "xiaobei" in shown(report.quality_table(by_voice(CLIPS)))
    assert "one two tree four" in shown(report.worst_table(worst(CLIPS, 5)))


def test_a_missed_floor_says_so() -> None:
    lines = shown(report.gate_table(check(figures(CLIPS)))).splitlines()
    verdicts = {line.split("  ")[0]: line.split()[-1] for line in lines[1:]}
    assert verdicts["English WER"] == "missed"
    assert verdicts["RTF"] == "reached"


def test_json_holds_rows_floors_and_clips() -> None:
    rows = figures(CLIPS)
    about = {"measured": "synthesis"}
    document = json.loads(json.dumps(report.as_json(about, rows, check(rows), CLIPS)))
    assert document["measured"] == "synthesis"
    assert [row["language"] for row in document["rows"]] == ["en", "zh", None]
    assert {floor["name"]: floor["passed"] for floor in document["floors"]}["English WER"] is False
    assert document["clips"][0]["heard"] == "one two tree four"
