"""Count what a JUnit report says, name what failed and why tests were skipped. The last line is the count alone."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from collections import Counter


def reason_of(skipped: ET.Element) -> str:
    """Of a test; a whole module that was skipped has its reason in the text, after the place."""
    message = skipped.get("message") or "no reason given"
    if message == "collection skipped":
        message = (skipped.text or message).rpartition("Skipped: ")[2].rstrip("')\"")
    return message


def main(path: str) -> int:
    try:
        cases = list(ET.parse(path).iter("testcase"))  # noqa: S314 - our own pytest wrote it
    except (OSError, ET.ParseError):
        print("pytest did not finish")
        print("0 passed, 1 failed, 0 skipped")
        return 1
    # A test that fails and whose clean-up fails too is two entries of one name.
    outcomes: dict[str, str] = {}
    reasons: Counter[str] = Counter()
    for case in cases:
        name = f"{case.get('classname')}::{case.get('name')}"
        if case.find("failure") is not None or case.find("error") is not None:
            outcomes[name] = "failed"
        elif (skipped := case.find("skipped")) is not None:
            outcomes.setdefault(name, "skipped")
            reasons[reason_of(skipped)] += 1
        else:
            outcomes.setdefault(name, "passed")
    for name, outcome in outcomes.items():
        if outcome == "failed":
            print(f"failed: {name}")
    for reason, times in reasons.most_common():
        print(f"skipped: {times} × {reason}")
    count = Counter(outcomes.values())
    print(f"{count['passed']} passed, {count['failed']} failed, {count['skipped']} skipped")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
