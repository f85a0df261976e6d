"""Bodies, queries and paths from somebody who means no good, or was careless."""

import asyncio
import io
import json
import logging
import socket
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mooring.api.call import BODY_LIMIT, decode
from mooring.api.shape.container import RunCreateJson
from mooring.api.shape.network import NetworkCreateJson
from mooring.model.error import InvalidArgumentError
from mooring.testing.api import Api
from mooring.testing.backend import FakeBackend


async def post(api: Api, body: bytes, content_type: str = "application/json") -> tuple[int, str]:
    """The status and the message of the answer."""
    headers = {"Content-Type": content_type}
    url = api.url("/networks/create")
    async with api.session.post(url, data=io.BytesIO(body), headers=headers) as response:
        return response.status, (await response.json()).get("message", "")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "the request has no body"),
        (b"{", "the request body is not JSON: Input data was truncated"),
        (b'{"Name": "\xff"}', "the request body is not JSON"),
        (b"[]", "the request body: Expected object, got array"),
        (b"{}", "Name"),
        (b'{"Name": 5}', "Name: Expected str, got int"),
        (b'{"Name": "a", "Labels": {"x": 1}}', "Labels[...]: Expected str, got int"),
        (b'{"Name": "a", "IPAM": {"Config": [{"Subnet": {}}]}}', "IPAM.Config[0].Subnet: Expected"),
        (b'{"Name": "a", "X": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
    ],
)
async def test_a_body_of_the_wrong_form_gets_400_with_the_field_s_path(
    api: Api, body: bytes, message: str
) -> None:
    status, text = await post(api, body)
    assert status == 400
    assert message in text


async def test_a_body_has_to_say_that_it_is_json(api: Api) -> None:
    status, text = await post(api, b'{"Name": "app"}', "text/plain")
    assert (status, text) == (400, "the request body is 'text/plain'")


async def test_fields_that_nobody_knows_are_ignored_as_docker_does(api: Api) -> None:
    assert (await post(api, b'{"Name": "app", "Colour": "blue"}'))[0] == 201


async def test_a_body_may_be_large_and_not_larger(api: Api) -> None:
    padding = "x" * (BODY_LIMIT - 100)
    assert (await post(api, json.dumps({"Name": "app", "Pad": padding}).encode()))[0] == 201
    status, text = await post(api, b" " * (BODY_LIMIT + 1))
    assert status == 413
    assert text == "POST /networks/create: request entity too large"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("GET", "/vx/networks", 404, "not-found"),
        ("PUT", "/networks", 405, "method-not-allowed"),
        ("GET", "/networks/", 404, "not-found"),
    ],
)
async def test_a_path_that_is_none_gets_json_too(
    api: Api, method: str, path: str, status: int, code: str
) -> None:
    answer = await api(method, path)
    assert (api.status, answer["code"]) == (status, code)


async def test_what_a_path_would_take_is_said(api: Api) -> None:
    await api("PUT", "/networks")
    assert api.headers["Allow"] == "GET"


@pytest.mark.parametrize(
    "filters",
    [
        "{",
        "[]",
        '{"name": "app"}',
        '{"name": [1]}',
        '{"colour": ["blue"]}',
        '{"name": ["(a+)+$"]}',
        '{"type": ["odd"]}',
        json.dumps({"label": [str(number) for number in range(65)]}),
        "[" * 1500,
    ],
)
async def test_filters_of_the_wrong_form_get_400(api: Api, filters: str) -> None:
    answer = await api("GET", "/networks", filters=filters)
    assert (api.status, answer["code"]) == (400, "invalid-argument")


@pytest.mark.parametrize("query", ["limit=x", "limit=1e9", "limit=nan", "limit=99999999999"])
async def test_numbers_of_the_wrong_form_get_400(api: Api, query: str) -> None:
    answer = await api("GET", f"/containers/json?{query}")
    assert (api.status, answer["code"]) == (400, "invalid-argument")


@pytest.mark.parametrize(
    "filters", ['{"exited": ["x"]}', '{"status": ["dead"]}', '{"exited": ["\\u0663"]}']
)
async def test_values_that_can_never_match_get_400(api: Api, filters: str) -> None:
    await api("GET", "/containers/json", filters=filters)
    assert api.status == 400


async def test_a_mistake_of_ours_is_logged_and_not_shown(
    backend: FakeBackend,
    api: Api,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken() -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(backend, "networks", broken)
    answer = await api("GET", "/networks")
    assert (api.status, answer["code"]) == (500, "internal")
    assert "secret" not in json.dumps(answer)
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.getMessage() == "unexpected error in GET /networks"
    assert "secret detail" in caplog.text


@pytest.mark.parametrize(
    "data",
    [
        b"\x00\x01\x02\x03\r\n\r\n",
        b"GET /networks HTTP/9.9\r\n\r\n",
        b"POST /networks/create HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
        b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"POST /networks/create HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{",
    ],
)
async def test_bytes_that_are_no_request_harm_nobody(
    address: str, api: Api, caplog: pytest.LogCaptureFixture, data: bytes
) -> None:
    caplog.set_level(logging.ERROR)
    reader, writer = await asyncio.open_unix_connection(address.removeprefix("unix://"))
    writer.write(data)
    writer.get_extra_info("socket").shutdown(socket.SHUT_WR)
    async with asyncio.timeout(5):
        while await reader.read(65536):
            pass
    writer.close()
    assert await api("GET", "/_ping") == "OK"
    assert not [record for record in caplog.records if record.name.startswith("mooring")]


@given(st.binary(max_size=200))
def test_any_bytes_decode_or_are_refused(raw: bytes) -> None:
    for shape in (NetworkCreateJson, RunCreateJson):
        with suppress(InvalidArgumentError):
            assert isinstance(decode(raw, shape), shape)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {"Name": st.text() | JSON},
        optional={"IPAM": JSON, "Labels": JSON, "EnableIPv6": JSON, "ConfigFrom": JSON},
    )
)
def test_any_json_decodes_or_is_refused(body: object) -> None:
    raw = json.dumps(body, ensure_ascii=False).encode(errors="surrogatepass")
    with suppress(InvalidArgumentError):
        assert isinstance(decode(raw, NetworkCreateJson), NetworkCreateJson)
