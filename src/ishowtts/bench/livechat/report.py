"""A run on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from ishowtts.bench.livechat.checks import Check
from ishowtts.bench.tables import plain_table

OUTCOME_HEADS = ("read", "stopped", "merged", "dropped", "failed", "unknown")


def checks_table(checks: Sequence[Check]) -> Table:
    table = plain_table("must be so", "of", "wrong", "", "such as")
    for check in checks:
        verdict = "[bold red]no[/]" if check.wrong else "[green]yes[/]"
        table.add_row(check.name, str(check.looked_at), str(check.wrong), verdict, "; ".join(check.examples))
    return table


def labels_table(figures: Mapping[str, Any]) -> Table:
    """What became of each kind of message."""
    heads = [head for head in OUTCOME_HEADS if figures["ends"].get(head)]
    table = plain_table("sent", "messages", *heads)
    for label, counts in figures["labels"].items():
        table.add_row(label, str(sum(counts.values())), *(str(counts.get(head, "")) for head in heads))
    table.add_row("all", str(figures["sent"]), *(str(figures["ends"][head]) for head in heads), style="bold")
    return table


def waits_table(figures: Mapping[str, Any]) -> Table:
    table = plain_table("rank", "spoken", "wait s p50", "p95", "max")
    for rank, waits in figures["waits"].items():
        table.add_row(rank, str(waits["n"]), *(f"{waits[key]:.1f}" for key in ("p50", "p95", "max")))
    return table


def lines(figures: Mapping[str, Any]) -> list[str]:
    """What is not in a table."""
    paid, deleted, gaps, cut = figures["paid"], figures["deleted"], figures["gaps"], figures["deleted"]["stopped_after"]
    reasons = ", ".join(f"{count} {reason}" for reason, count in figures["reasons"].items()) or "none"
    ladder = ", ".join(f"step {step} for {count} s" for step, count in figures["ladder"].items())
    return [
        f"not read, why: {reasons}",
        f"paid: {paid['sent']} messages, {paid['taken_away_by_moderators']} of them taken away by moderators",
        f"deleted or muted: {deleted['messages']}, {deleted['before_any_sound']} of them before any sound, "
        f"{deleted['while_heard']} while they were heard"
        + (f", silent after {1000 * cut['p50']:.0f} ms (median; worst {1000 * cut['max']:.0f} ms)" if cut else ""),
        f"speech: {figures['spoken_seconds']:.0f} s in {figures['over']:.0f} s, "
        f"{100 * figures['speaking_share']:.0f} % of the time"
        + (f"; gaps between messages {gaps['p50']:.2f} / {gaps['p95']:.2f} s (p50/p95)" if gaps else ""),
        f"queue: {figures['most_waiting']} at most; backlog {ladder or 'not seen'} (looked at once a second)",
        f"chat was over after {figures['chat_over']:.0f} s, everything after {figures['over']:.0f} s"
        + ("" if figures["drained"] else "; NOT done when patience ran out"),
        *([f"could not be spoken: {_counts(figures['failed'])}"] if figures["failed"] else []),
        *([f"a page lost events {figures['pages_fell_behind']} times and was told the state anew, as it should be"]
          if figures["pages_fell_behind"] else []),
    ]  # fmt: skip


def heading(about: Mapping[str, Any]) -> list[str]:
    machine, plan, engine = about["machine"], about["plan"], about["engine"]
    speed, versions = plan["speed"], {**about["versions"], **(engine.get("versions") or {})}
    return [
        f"machine: {machine['cpu']}, {machine['cores']} cores, {machine['system']}, load {machine['load']:.2f}",
        "versions: " + ", ".join(f"{name} {version}" for name, version in versions.items()),
        f"server: {about['server']}, model {engine.get('model', '?')} on {engine.get('device', '?')}",
        f"chat: {plan['minutes']:g} minutes of a stream at {speed:g}×, seed {plan['seed']}, {plan['rate']:g} ordinary "
        "messages a minute of the stream",
        "Messages, gifts and deletions come at that speed; speech takes the time it takes, and so do waits and limits"
        + (
            f": the voice hears a chat of {speed * plan['rate']:.0f} messages a minute, and most of it cannot be read."
            if speed > 1
            else "."
        ),
    ]


def verdict(checks: Sequence[Check], drained: bool) -> str:
    wrong = [check.name for check in checks if check.wrong]
    if not drained:
        wrong.append("the queue is empty in the end")
    return "VERDICT: all as it should be" if not wrong else "VERDICT: not so: " + "; ".join(wrong)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())
