"""What the figures of each part say, in lines, and what must not be."""

from __future__ import annotations

from typing import Any

MOST_GROWTH = 20.0
"""MiB that the second half of many comings and goings may add: what is freed is not always given back."""


def faults(part: str, found: dict[str, Any]) -> list[str]:
    """What is wrong, whatever the machine; slowness is no fault."""
    match part:
        case "flood":
            history = found["history"]
            resent = found["stats"]["reasons"].get("already_taken", 0)
            checks = {
                "flood: not every message has one receipt and one end": found["accounted"],
                "flood: requests failed": not found["failed_requests"],
                "flood: the history has another number of lines": history["written"] == found["messages"] - resent,
                "flood: the history has a message twice": not history["written_twice"],
                "flood: something is left on the disk": not history["waiting"],
                "flood: tracebacks in the log": not found["tracebacks"],
            }
        case "crash":
            checks = {
                "crash: heard twice": not found["heard_twice"],
                "crash: on the disk and never heard": not found["not_heard_and_on_disk_at_a_kill"],
                "crash: more were lost than one a kill": found["not_heard"] <= found["kills"],
                "crash: something is left on the disk": not found["left_on_disk"],
            }
        case "listeners":
            checks = {}
            for name, run in found["runs"].items():
                checks |= {
                    f"listeners ({name}): not all heard the same in order": run["all_heard_the_same_in_order"],
                    f"listeners ({name}): pieces of a sound are missing": run["sound_whole"] is not False,
                    f"listeners ({name}): one that reads was let go": not run["broke_off"],
                    f"listeners ({name}): the stalled are still there": run["stalled_let_go_after"] is not None,
                    f"listeners ({name}): tracebacks in the log": not run["tracebacks"],
                }
        case _:
            half, end = found["after_warm_up_half_and_all"][-2:]
            checks = {
                "cycles: listeners are left": not found["listeners_left"],
                "cycles: descriptors are left": end["files"] <= half["files"] + 3,
                "cycles: memory grows": end["memory_mib"] <= half["memory_mib"] + MOST_GROWTH,
                "cycles: one that stayed was let go": not found["steady_listener_broke_off"],
                "cycles: tracebacks in the log": not found["tracebacks"],
            }
    return [fault for fault, good in checks.items() if not good]


def lines(part: str, found: dict[str, Any]) -> list[str]:
    """For a person."""
    match part:
        case "flood":
            stats, memory = found["stats"], found["memory_mib"]
            ends = ", ".join(f"{stats[end]} {end}" for end in ("read", "stopped", "merged", "dropped", "failed"))
            return [
                f"flood: {found['messages']} messages in {found['seconds']} s ({found['a_second']} a second, "
                f"{found['batch']} a request), {found['cpu_seconds']} s of CPU",
                f"  a request {_ms(found['request'])}; /healthz {_ms(found['healthz'])}; "
                f"this process late {_ms(found['client_late'])}",
                f"  memory {memory['before']} MiB before, {memory['peak']} at most, {memory['after']} after",
                f"  {ends}: accounted for once: {found['accounted']}; history: {found['history']['written']} lines",
            ]
        case "crash":
            return [
                f"crash: {found['kills']} kills, {found['taken']} paid messages taken, {found['heard']} heard, "
                f"{found['heard_twice']} twice, {found['not_heard']} never",
                f"  waiting on the disk at a kill: up to {found['waiting_at_a_kill']['max']:g}; "
                f"{found['sent_again']} requests sent again",
            ]
        case "listeners":
            return [
                f"listeners ({name}): {run['listeners']}, {run['stalled']} of them stalled: those let go after "
                f"{run['stalled_let_go_after']} s; {run['events_heard_by_each']} events heard by each of the others, "
                f"the same in order: {run['all_heard_the_same_in_order']}; /healthz {_ms(run['healthz'])}; memory "
                f"{run['memory_mib']['before']} → {run['memory_mib']['after']} MiB"
                for name, run in found["runs"].items()
            ]
        case _:
            told = "; ".join(
                f"{each['memory_mib']} MiB, {each['files']} descriptors, {each['threads']} threads"
                for each in found["after_warm_up_half_and_all"]
            )
            return [f"cycles: {found['cycles']}: after the warm-up, half and all: {told}"]


def _ms(figures: dict[str, Any] | None) -> str:
    if not figures or "p50" not in figures:
        return "unknown"
    return f"p50 {figures['p50'] * 1000:.1f} ms, p99 {figures['p99'] * 1000:.1f} ms"
