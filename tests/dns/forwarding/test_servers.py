"""What is known of a server: how long to wait for it, and whether it is dead."""

import pytest

from mooring.dns.forwarding.servers import Server, ServerSet, read_servers
from mooring.dns.forwarding.settings import Timing
from mooring.model.name_server import NameServer

TIMING = Timing()


def server(address: str = "192.0.2.1") -> Server:
    return Server(NameServer(address), TIMING)


# Hedging


def test_a_server_never_measured_gets_the_usual_delay() -> None:
    assert server().hedge_delay == TIMING.hedge_first


@pytest.mark.parametrize(
    ("seconds", "least", "most"),
    [(0.0005, 0.03, 0.03), (0.02, 0.04, 0.05), (0.04, 0.08, 0.1), (0.5, 0.3, 0.3)],
)
def test_the_delay_follows_the_servers_own_latency(
    seconds: float, least: float, most: float
) -> None:
    found = server()
    for now in range(20):
        found.answered(now, seconds)
    assert least <= found.hedge_delay <= most


def test_a_server_that_let_its_delay_pass_is_not_waited_for_until_it_answers() -> None:
    found = server()
    found.slow = True
    assert found.hedge_delay == 0
    found.answered(1, 0.1)
    assert found.hedge_delay > 0


# Death


def test_a_silent_server_is_down_for_a_while_that_doubles() -> None:
    found = server()
    now = 0.0
    for pause in (2, 4, 8, 10, 10):
        found.failed(now, asked=now - 1)
        assert found.is_down(now + pause - 0.1)
        assert not found.is_down(now + pause)
        now += pause


def test_many_questions_at_once_in_vain_count_once() -> None:
    found = server()
    for asked in range(100):
        found.failed(100, asked)
    assert found.unanswered == 1


def test_a_question_in_vain_does_not_count_if_another_was_answered_since() -> None:
    found = server()
    found.answered(5, 0.1)
    found.failed(7, asked=4)
    assert not found.is_down(7)
    found.failed(9, asked=6)
    assert found.is_down(9)


def test_an_answer_makes_it_alive_at_once() -> None:
    found = server()
    found.failed(1, asked=0)
    assert found.patience == TIMING.revival
    found.answered(1.5, 0.1)
    assert not found.is_down(1.5)
    assert found.patience == TIMING.question


def test_servers_that_are_down_come_last_and_the_order_stays_else() -> None:
    first, second, third = (server(f"192.0.2.{last}") for last in (1, 2, 3))
    servers = ServerSet(1, "", (first, second, third), ())
    assert servers.order(0) == [first, second, third]
    first.failed(10, asked=9)
    assert servers.order(11) == [second, third, first]
    assert servers.order(12) == [first, second, third]


# Reading


def test_servers_are_read_in_order_without_doubles_up_to_the_limit() -> None:
    texts = ("192.0.2.1", "192.0.2.1#53", "bad", "127.0.0.11", "127.0.0.11#54", "::1", "192.0.2.9")
    servers, useless = read_servers(texts, own=frozenset({"127.0.0.11"}), limit=3, timing=TIMING)
    assert [each.text for each in servers] == ["192.0.2.1", "127.0.0.11#54", "::1"]
    assert useless == (
        "'bad' is not the address of a name server",
        "127.0.0.11 is this resolver itself",
    )
