"""The count at the end of run_test_suite.sh."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SUMMARY = Path(__file__).parents[2] / "scripts" / "lib" / "test_summary.py"
REPORT = """<testsuites><testsuite name="pytest">
<testcase classname="tests.a" name="good" />
<testcase classname="tests.a" name="bad"><failure message="no">long</failure></testcase>
<testcase classname="tests.a" name="broken"><error message="fixture">long</error></testcase>
<testcase classname="tests.a" name="twice"><failure message="no" /></testcase>
<testcase classname="tests.a" name="twice"><error message="clean-up" /></testcase>
<testcase classname="tests.b" name="gpu"><skipped type="pytest.skip" message="no CUDA device" /></testcase>
<testcase classname="" name="tests.c">
<skipped message="collection skipped">('/x/c.py', 3, 'Skipped: needs opencc')</skipped></testcase>
</testsuite></testsuites>"""


def summary(report: Path) -> tuple[int, list[str]]:
    result = subprocess.run([sys.executable, SUMMARY, report], capture_output=True, text=True, check=False)
    return result.returncode, result.stdout.splitlines()


def test_counts_are_the_last_line_and_every_failure_and_skip_is_named(tmp_path: Path) -> None:
    report = tmp_path / "tests.xml"
    report.write_text(REPORT)
    status, lines = summary(report)
    assert status == 0
    assert lines[-1] == "1 passed, 3 failed, 2 skipped"
    assert {"skipped: 1 × no CUDA device", "skipped: 1 × needs opencc"} <= set(lines)
    assert lines.count("failed: tests.a::twice") == 1


def test_a_run_that_never_ended_is_a_failure(tmp_path: Path) -> None:
    status, lines = summary(tmp_path / "missing.xml")
    assert status == 1
    assert lines[-1] == "0 passed, 1 failed, 0 skipped"
