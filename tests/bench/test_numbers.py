import pytest

from ishowtts.bench.numbers import quantile, speedup


def test_quantiles_of_known_numbers() -> None:
    values = [float(i) for i in range(100, -1, -1)]
    assert quantile(values, 0.5) == 50.0
    assert quantile(values, 0.95) == 95.0
    assert (quantile(values, 0.0), quantile(values, 1.0)) == (0.0, 100.0)
    assert quantile([1.0, 2.0], 0.25) == 1.25
    assert quantile([7.0], 0.95) == 7.0


def test_no_values_have_no_quantile() -> None:
    with pytest.raises(ValueError, match="no values"):
        quantile([], 0.5)


def test_a_ratio_is_taken_pair_by_pair() -> None:
    """The second text was said while the machine was ten times slower: that is not the system's doing."""
    base = {"a": 2.0, "b": 20.0, "c": 2.0, "only upstream": 1.0}
    own = {"a": 1.0, "b": 10.0, "c": 0.5, "only ours": 1.0}
    assert speedup(base, own) == 2.0
    assert speedup({}, own) is None
