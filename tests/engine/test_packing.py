from __future__ import annotations

import torch

from ishowtts.engine.packing import GAP, Packing

CPU = torch.device("cpu")


def test_jobs_lie_end_to_end_with_their_unguided_rows_behind_their_guided_ones() -> None:
    packing = Packing.of([(3, 2), (2, 1), (4, 2)], CPU)
    assert packing.tokens == 16
    assert [(span.start, span.stop, span.frames) for span in packing.spans] == [(0, 6, 3), (6, 8, 2), (8, 16, 4)]
    assert packing.position.tolist() == [0, 1, 2, 0, 1, 2, 0, 1, 0, 1, 2, 3, 0, 1, 2, 3]
    assert packing.frame.tolist() == [0, 1, 2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 5, 6, 7, 8]
    assert packing.guided.tolist() == [0, 1, 2, 6, 7, 8, 9, 10, 11]
    assert packing.unguided.tolist() == [3, 4, 5, 6, 7, 12, 13, 14, 15]
    assert packing.job.tolist() == [0, 0, 0, 1, 1, 2, 2, 2, 2]
    assert packing.token_job.tolist() == [0] * 6 + [1] * 2 + [2] * 8


def test_sequences_are_padded_apart_by_at_least_a_gap() -> None:
    packing = Packing.of([(3, 2), (2, 1)], CPU)
    laid = torch.zeros(packing.padded_length, dtype=torch.long)
    laid[packing.padded] = 1
    runs = "".join(map(str, laid.tolist())).split("1")
    assert {len(run) for run in runs if run} == {GAP}
    assert runs[0] == runs[-1] == "0" * GAP
    assert int(laid.sum()) == packing.tokens
