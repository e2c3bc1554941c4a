import json
from pathlib import Path

import pytest
import torch

from ishowtts.bench.lines import lines
from ishowtts.bench.profiling import OUTSIDE, profile_text, readable, tables
from ishowtts.bench.system import PHASES
from ishowtts.bench.systems import Maker
from tests.bench.tiny import SETUP, weights


@pytest.mark.parametrize("name", ["upstream", "ours-eager"])
def test_where_the_time_goes(name: str, tmp_path: Path) -> None:
    system, line = Maker(weights(), SETUP).make(name), lines(SETUP, tmp_path)[0]
    trace = tmp_path / "trace.json"
    found = profile_text(system, line, 3, torch.device("cpu"), 24_000, trace)
    assert tuple(phase.name for phase in found.phases) == PHASES
    steps = found.phases[1]
    operators = {share.operator: share for share in steps.shares}
    assert OUTSIDE in operators
    matrices = sum(share.calls for name, share in operators.items() if name in ("aten::addmm", "aten::mm"))
    assert matrices >= 3 * 10, "four in each of two blocks, and the layers before and after"
    if name == "ours-eager":
        assert matrices % 3 == 0, "as many in each step, and nothing else"
    assert sum(share.seconds for share in steps.shares) == pytest.approx(steps.seconds)
    assert list(steps.shares) == sorted(steps.shares, key=lambda share: -share.seconds)
    assert {"steps", "vocode"} <= {event.get("name") for event in json.loads(trace.read_text())["traceEvents"]}

    table = tables(found, rows=2)[1]
    assert table.row_count == 3, "two, and the others"


def test_names_without_what_differs_from_run_to_run() -> None:
    assert readable("## Call CompiledFxGraph fabc123 ##") == "compiled code, fused loops"
    assert readable("Torch-Compiled Region: 0/1") == "compiled code, entry"
    assert readable("aten::bmm") == "aten::bmm"
