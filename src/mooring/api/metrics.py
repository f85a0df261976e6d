"""Metrics as Prometheus reads them, from values that the daemon measures when it is asked."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, Literal

import msgspec
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

NAMESPACE: Final = "mooring"


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """One metric at one moment.

    ``name`` has neither the prefix ``mooring_`` nor, for a counter, the suffix ``_total``: both are
    added. ``samples`` are values by the values of ``labels``, in their order.
    """

    name: str
    kind: Literal["counter", "gauge"]
    help: str
    labels: tuple[str, ...] = ()
    samples: tuple[tuple[tuple[str, ...], float], ...]


class _Measurements(Collector):
    def __init__(self, measure: Callable[[], Iterable[Measurement]]) -> None:
        self._measure = measure

    def collect(self) -> Iterator[Metric]:
        for measurement in self._measure():
            yield _family(measurement)


def _family(measurement: Measurement) -> Metric:
    name = f"{NAMESPACE}_{measurement.name}"
    family: CounterMetricFamily | GaugeMetricFamily
    match measurement.kind:
        case "counter":
            family = CounterMetricFamily(name, measurement.help, labels=measurement.labels)
        case "gauge":
            family = GaugeMetricFamily(name, measurement.help, labels=measurement.labels)
    for labels, value in measurement.samples:
        family.add_metric(labels, value)
    return family


def exposition(measure: Callable[[], Iterable[Measurement]]) -> Callable[[], bytes]:
    """What renders Prometheus text (format 0.0.4): every call measures anew.

    Beside ours there are the daemon's own memory, CPU and files (``process_…``).
    """
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    registry.register(_Measurements(measure))
    return lambda: generate_latest(registry)
