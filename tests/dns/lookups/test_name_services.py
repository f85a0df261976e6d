"""The hosts line of nsswitch.conf."""

import pytest

from mooring.dns.lookups.name_services import host_services, position


@pytest.mark.parametrize(
    ("text", "services"),
    [
        ("hosts: files dns", "files dns"),
        ("passwd: x\n hosts:\tfiles   dns # not mdns", "files dns"),
        ("hosts: files mdns4_minimal [NOTFOUND=return] dns", "files mdns4_minimal! dns"),
        ("hosts: files mdns4_minimal[ notfound = RETURN ]dns", "files mdns4_minimal! dns"),
        ("hosts: resolve [!UNAVAIL=return] files dns", "resolve files dns"),
        ("hosts: dns\nhosts: files", "files"),
        ("", "dns files"),
        ("hosts: [NOTFOUND=return", ""),
    ],
)
def test_services_are_read_in_order(text: str, services: str) -> None:
    found = host_services(text)
    assert " ".join(s.name + "!" * s.ends for s in found) == services


def test_the_position_of_a_service_is_found() -> None:
    services = host_services("hosts: files dns")
    assert [position(services, name) for name in ("files", "dns", "mdns")] == [0, 1, -1]
