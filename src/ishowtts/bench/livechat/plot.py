"""A run as a picture: what came, what waited, how long, and what was heard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ishowtts.bench.livechat.ledger import Ledger
from ishowtts.bench.livechat.run import Run
from ishowtts.danmaku.queue import RANKS
from ishowtts.errors import ConfigError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {"system": "#7b5ea7", "paid": "#e0a100", "member": "#2f7fc1", "mention": "#2a9d74", "chat": "#7f8c96"}
ENDS = {
    "read": ("read", "#2a9d74"),
    "merged": ("merged", "#a8d5c2"),
    "filtered": ("filtered (bots, commands, repeats, …)", "#cfd6db"),
    "late": ("no time for it", "#8796a1"),
    "moderated": ("taken away by moderators", "#d1495b"),
    "failed": ("failed", "#000000"),
}
LATE = frozenset({"stale", "evicted", "backlog", "full"})
MODERATED = frozenset({"retracted", "user_muted", "skipped", "cleared"})
LADDER = ("", "names once", "no names, faster", "newest only")
BINS = 60


class NoPlot(ConfigError):
    """matplotlib is not installed."""

    code = "missing_package"


def check() -> None:
    """Raises `NoPlot` where nothing can be drawn."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise NoPlot("--plot needs matplotlib: pip install 'ishowtts[bench]', or pip install matplotlib") from None


def draw(run: Run, title: str, path: Path) -> None:
    """Write a PNG. Raises `OSError`, and `NoPlot`."""
    check()
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(
        4, 1, figsize=(10, 9), sharex=True, height_ratios=(3, 2, 3, 1.4), constrained_layout=True
    )
    _came(axes[0], run)
    _waited(axes[1], run)
    _waits(axes[2], run)
    _heard(axes[3], run)
    for each in axes:
        each.grid(axis="x", alpha=0.25)
        each.spines[["top", "right"]].set_visible(False)
        each.axvline(run.chat_over, color="#333", linestyle=":", linewidth=1.2)
    axes[-1].text(run.chat_over, -1.2, " chat is over", va="bottom", fontsize=7, color="#333")
    axes[-1].set_xlabel("seconds")
    axes[-1].set_xlim(0, max(run.over, 1.0))
    figure.suptitle(title, fontsize=10)
    try:
        figure.savefig(path, dpi=90)
    finally:
        plt.close(figure)


def _fate(ledger: Ledger, index: int) -> str:
    said = ledger.said[index]
    end = ledger.of(said)
    if end.outcome == "stopped" or end.reason in MODERATED:
        return "moderated"
    if end.outcome == "dropped":
        return "late" if end.reason in LATE else "filtered"
    return end.outcome if end.outcome in ENDS else "failed"


def _came(axes: Axes, run: Run) -> None:
    ledger, width = run.ledger, max(run.over, 1.0) / BINS
    counts = {fate: Counter[int]() for fate in ENDS}
    for index, said in enumerate(ledger.said):
        counts[_fate(ledger, index)][int(said.sent / width)] += 1
    bottom = [0.0] * (BINS + 1)
    for fate, (label, colour) in ENDS.items():
        heights = [60 * counts[fate][i] / width for i in range(BINS + 1)]
        if not any(heights):
            continue
        axes.bar([i * width for i in range(BINS + 1)], heights, width, bottom, align="edge", color=colour, label=label)
        bottom = [a + b for a, b in zip(bottom, heights, strict=True)]
    axes.set_ylabel("messages a minute\nthat came, and their end")
    if run.ledger.said:
        axes.legend(fontsize=7, loc="lower right", bbox_to_anchor=(1, 1), ncols=3, frameon=False)


def _waited(axes: Axes, run: Run) -> None:
    looks = run.ledger.looks
    at = [look.at for look in looks]
    axes.step(at, [look.waiting for look in looks], where="post", color="#333", linewidth=1.2)
    for step, shade in ((1, 0.08), (2, 0.16), (3, 0.28)):
        _spans(axes, at, [look.backlog == step for look in looks], "#e07b39", shade, LADDER[step])
    _spans(axes, at, [look.paused for look in looks], "#d1495b", 0.35, "paused")
    axes.set_ylabel("messages\nthat wait")
    if axes.get_legend_handles_labels()[1]:
        axes.legend(fontsize=7, loc="lower right", bbox_to_anchor=(1, 1), ncols=4, frameon=False)


def _spans(axes: Axes, at: Sequence[float], on: Sequence[bool], colour: str, alpha: float, label: str) -> None:
    for index, yes in enumerate(on):
        if yes:
            end = at[index + 1] if index + 1 < len(at) else at[index] + 1
            axes.axvspan(at[index], end, color=colour, alpha=alpha, linewidth=0, label=label)
            label = ""


def _waits(axes: Axes, run: Run) -> None:
    spoken = list(run.ledger.spoken())
    for rank in RANKS:
        mine = [(said, sound) for said, sound in spoken if sound.rank == rank]
        if mine:
            at = [sound.starts for _, sound in mine]
            axes.scatter(at, [sound.starts - said.sent for said, sound in mine], 14, COLOURS[rank], label=rank)
    axes.set_ylabel("seconds from arrival\nto first sound")
    axes.set_ylim(bottom=0)
    if spoken:
        axes.legend(fontsize=7, loc="lower right", bbox_to_anchor=(1, 1), ncols=5, frameon=False)


def _heard(axes: Axes, run: Run) -> None:
    for sound in run.ledger.sounds.values():
        ends = sound.ends if sound.ends is not None else run.over
        bar = [(sound.starts, max(ends - sound.starts, 0.05))]
        row = (len(RANKS) - 1 - RANKS.index(sound.rank) - 0.4, 0.8)
        axes.broken_barh(bar, row, color=COLOURS[sound.rank], hatch="////" if sound.stopped else None)
    for at, _ in run.ledger.retractions:
        axes.plot(at, -0.9, marker="|", color="#d1495b", markersize=6)
    axes.set_yticks([-0.9, *range(len(RANKS))], ["deleted", *reversed(RANKS)], fontsize=7)
    axes.set_ylim(-1.3, len(RANKS) - 0.5)
    axes.set_ylabel("heard\n(hatched: cut off)")
