import pytest

from ishowtts.bench.scrape import Scrape, Span


def scrape(at: float, **values: float) -> Scrape:
    return Scrape(at, {name: [({}, value)] for name, value in values.items()})


def histogram(at: float, *counts: float) -> Scrape:
    """Buckets up to 1, 2, 4 and beyond, counted as Prometheus does: each with all below."""
    edges = ("1.0", "2.0", "4.0", "+Inf")
    return Scrape(at, {"t_bucket": [({"le": edge}, count) for edge, count in zip(edges, counts, strict=True)]})


def test_series_are_added_up_over_the_labels_that_are_not_asked_for() -> None:
    text = """\
# TYPE tts_dropped counter
tts_dropped_total{reason="queue_full"} 3.0
tts_dropped_total{reason="rate_limited"} 1.0
# TYPE tts_engine gauge
tts_engine_info{model="f5-mini",device="cpu"} 1.0
"""
    found = Scrape.parse(text, 0.0)
    assert found.value("tts_dropped_total") == 4
    assert found.value("tts_dropped_total", reason="queue_full") == 3
    assert found.value("tts_dropped_total", reason="else") is None
    assert found.value("else") is None
    assert found.label("tts_engine_info", "model") == "f5-mini"


def test_what_is_no_metrics_page_is_a_value_error() -> None:
    with pytest.raises(ValueError, match=r".*"):
        Scrape.parse("<html>a proxy's own page</html>", 0.0)


def test_counters_are_rates_over_the_span() -> None:
    span = Span(scrape(10.0, n=4.0), scrape(15.0, n=14.0))
    assert span.gained("n") == 10
    assert span.rate("n") == 2
    assert span.gained("else") is span.rate("else") is None


def test_a_server_that_began_anew_counts_from_nothing() -> None:
    assert Span(scrape(0.0, n=100.0), scrape(1.0, n=3.0)).gained("n") == 3
    assert Span(histogram(0.0, 5, 5, 5, 5), histogram(1.0, 0, 2, 2, 2)).quantile("t", 0.5) == 1.5


def test_a_mean_is_of_the_span_alone() -> None:
    span = Span(scrape(0.0, t_sum=100.0, t_count=10.0), scrape(1.0, t_sum=106.0, t_count=12.0))
    assert span.mean("t") == 3
    assert Span(span.now, span.now).mean("t") is None
    assert Span(span.now, span.now).rate("t_count") is None


@pytest.mark.parametrize(
    ("counts", "q", "expected"),
    [
        ((0, 4, 4, 4), 0.5, 1.5),
        ((0, 4, 4, 4), 1.0, 2.0),
        ((2, 2, 4, 4), 0.75, 3.0),
        ((0, 0, 0, 3), 0.5, 4.0),  # beyond the last edge: no more is known
        ((0, 0, 0, 0), 0.5, None),
    ],
)
def test_quantiles_are_linear_in_a_bucket(counts: tuple[float, ...], q: float, expected: float | None) -> None:
    before = histogram(0.0, 7, 7, 7, 7)
    now = histogram(1.0, *(7 + count for count in counts))
    assert Span(before, now).quantile("t", q) == expected
    assert Span(before, scrape(1.0)).quantile("t", q) is None
