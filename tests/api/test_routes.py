"""The table of routes and its documentation."""

from pathlib import Path

import pytest

from mooring.api.routes import ROUTES, Route

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_every_route_is_documented(route: Route) -> None:
    assert f"`{route.method} {route.path}`" in PAGE
    assert route.handler.__doc__


def test_no_route_is_there_twice() -> None:
    pairs = [(route.method, route.path) for route in ROUTES]
    assert len(pairs) == len(set(pairs))
