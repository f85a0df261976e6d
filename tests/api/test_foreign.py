"""What Docker Engine's API has and Mooring has not is refused with a sentence, not as unknown."""

import pytest

from mooring.testing.api import Api


@pytest.mark.parametrize(
    ("method", "path", "word"),
    [
        ("GET", "/images/json", "images"),
        ("POST", "/v1.43/images/create", "images"),
        ("POST", "/build", "images"),
        ("POST", "/auth", "images"),
        ("GET", "/v1.43/volumes", "volumes"),
        ("GET", "/system/df", "volumes"),
        ("GET", "/v1.24/services", "swarm"),
        ("POST", "/swarm/init", "swarm"),
        ("GET", "/plugins", "driver"),
        ("POST", "/v1.43/containers/db/exec", "moor exec"),
        ("POST", "/exec/1234/start", "moor exec"),
        ("GET", "/containers/db/logs", "moor logs"),
        ("POST", "/containers/db/attach", "terminal"),
        ("PUT", "/containers/db/archive", "files"),
        ("GET", "/containers/db/top", "ps"),
        ("POST", "/containers/db/rename", "removed"),
        ("POST", "/containers/prune", "moor system prune"),
    ],
)
async def test_what_is_docker_s_alone_is_refused_with_a_sentence(
    api: Api, method: str, path: str, word: str
) -> None:
    answer = await api(method, path)
    assert (api.status, answer["code"]) == (501, "not-supported")
    assert word in answer["message"]


@pytest.mark.parametrize("path", ["/imagesque", "/v1.43/nowhere", "/containers/db/nothing", "/v"])
async def test_a_path_that_docker_has_not_either_is_not_found(api: Api, path: str) -> None:
    assert (await api("GET", path))["code"] == "not-found"
    assert api.status == 404
