"""Names of others: time and CPU for each question that the forwarder remembers or has to ask.

The server is a process on loopback that answers every name at once, so the figures are the
forwarder's own. CPU is this process's, its system calls included.
"""

import argparse
import asyncio
import itertools
import json
import multiprocessing
import socket
import time
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection
from pathlib import Path

from mooring.dns.forwarding.forwarder import Forwarder
from mooring.linux.netns import open_socket
from mooring.model.view import View
from mooring.testing.question import make_question
from mooring.wire.question import Question
from mooring.wire.reply import Reply

QUESTIONS = 5_000
AT_ONCE = 50
HITS = 200_000
VIEW = View(sandbox="bench")
ANSWER = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x0e\x10\x00\x04\xc0\x00\x02\x01"
OPT = b"\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00"

Row = dict[str, float | str]


def serve(ready: Connection) -> None:
    """Answer every question with one address, until killed."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        ready.send(sock.getsockname()[1])
        while True:
            query, client = sock.recvfrom(512)
            question = query[12 : -len(OPT)]
            header = query[:2] + b"\x81\x80\x00\x01\x00\x01\x00\x00\x00\x01"
            sock.sendto(header + question + ANSWER + OPT, client)


def fresh(prefix: str, count: int) -> list[Question]:
    return [make_question(f"{prefix}-{number}.example.com") for number in range(count)]


async def one_by_one(forwarder: Forwarder, questions: list[Question]) -> None:
    for question in questions:
        check(await forwarder.ask(VIEW, question))


async def at_once(forwarder: Forwarder, questions: list[Question]) -> None:
    left = iter(questions)

    async def client() -> None:
        for question in left:
            check(await forwarder.ask(VIEW, question))

    await asyncio.gather(*(client() for _ in range(AT_ONCE)))


async def remembered(forwarder: Forwarder, questions: list[Question]) -> None:
    for question in itertools.islice(itertools.cycle(questions), HITS):
        check(forwarder.find(VIEW, question))


def check(reply: Reply | None) -> None:
    if reply is None or reply.answers != 1:
        raise SystemExit(f"not an answer: {reply}")


async def measure(
    title: str,
    work: Callable[[Forwarder, list[Question]], Awaitable[None]],
    forwarder: Forwarder,
    questions: list[Question],
    count: int,
) -> Row:
    began, cpu = time.perf_counter(), time.process_time()
    await work(forwarder, questions)
    taken, used = time.perf_counter() - began, time.process_time() - cpu
    return {
        "what": title,
        "questions": count,
        "rate": round(count / taken),
        "cpu": round(used / count * 1e6, 1),
    }


async def run(port: int) -> list[Row]:
    forwarder = Forwarder(open_socket)
    forwarder.set_host_servers((f"127.0.0.1#{port}",))
    serial, parallel = fresh("serial", QUESTIONS), fresh("parallel", QUESTIONS)
    rows = [
        await measure("asked, one by one", one_by_one, forwarder, serial, QUESTIONS),
        await measure(f"asked, {AT_ONCE} at once", at_once, forwarder, parallel, QUESTIONS),
        await measure("remembered", remembered, forwarder, serial[:1000], HITS),
    ]
    await forwarder.aclose()
    return rows


COLUMNS = {
    "what": "a question that is",
    "questions": "questions",
    "rate": "per second",
    "cpu": "µs CPU each",
}


def print_table(rows: list[Row]) -> None:
    print("| " + " | ".join(COLUMNS.values()) + " |")
    print("|" + "---|" * len(COLUMNS))
    for row in rows:
        print("| " + " | ".join(f"{row[column]}" for column in COLUMNS) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file, too")
    arguments = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=serve, args=(there,), daemon=True)
    server.start()
    try:
        rows = asyncio.run(run(here.recv()))
    finally:
        server.kill()
        server.join()
    print_table(rows)
    if arguments.json:
        arguments.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
