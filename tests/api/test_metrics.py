"""Metrics as Prometheus reads them."""

from collections.abc import Iterator

from prometheus_client.parser import text_string_to_metric_families

from mooring.api.metrics import Measurement, exposition


def values(text: bytes) -> dict[str, float]:
    """Samples of ours by their name and labels."""
    return {
        sample.name + "".join(f" {key}={value}" for key, value in sample.labels.items()): (
            sample.value
        )
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
        if sample.name.startswith("mooring")
    }


def test_every_call_measures_anew() -> None:
    asked = 0

    def measure() -> Iterator[Measurement]:
        nonlocal asked
        asked += 1
        yield Measurement(
            name="queries", kind="counter", help="Questions.", samples=(((), float(asked)),)
        )
        yield Measurement(
            name="endpoints",
            kind="gauge",
            help="Endpoints.",
            labels=("network",),
            samples=((("app",), 2.0), (('we"ird\n',), 1.0)),
        )

    render = exposition(measure)
    assert values(render())["mooring_queries_total"] == 1
    assert values(render()) == {
        "mooring_queries_total": 2,
        "mooring_endpoints network=app": 2,
        'mooring_endpoints network=we"ird\n': 1,
    }


def test_the_daemon_s_own_memory_is_among_them() -> None:
    assert b"process_resident_memory_bytes" in exposition(lambda: ())()
