"""SIPp: hundreds of customers who call at once, and a telephone that answers any number of calls."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.servers.asterisk import PBX, TRUNK_HOST, Asterisk, free_udp_port
from tests.servers.debian import need

ANSWERED, ABANDONED = "+46846500407", "+46846500408"
SECONDS = 30


class Crowd:
    """Customers of one Asterisk."""

    def __init__(self, server: Asterisk, folder: Path) -> None:
        """Keep what SIPp says in this folder."""
        self._server = server
        self._folder = folder
        self._program = need("sip-tester", "/usr/bin/sipp")
        self._running: list[subprocess.Popen[bytes]] = []

    def answers(self) -> None:
        """Have telephone 150 answer whatever rings there."""
        host, port = self._server.crowd
        self._start("-sn", "uas", "-i", host, "-p", port)

    def calls(self, dialled: str, numbers: Sequence[str], *, rate: float, seconds: float) -> None:
        """Have a customer call from each of these numbers, so many in a second, and stay for so long."""
        known = self._folder / f"customers-{len(self._running)}.csv"
        known.write_text("\n".join(["SEQUENTIAL", *(f"{number};" for number in numbers), ""]))
        host, port = self._server.sip
        self._start(
            f"{host}:{port}", "-sf", PBX / "customer.xml", "-inf", known, "-s", dialled,
            "-i", TRUNK_HOST, "-p", free_udp_port(TRUNK_HOST), "-r", rate, "-m", len(numbers), "-l", len(numbers),
            "-d", round(seconds * 1000),
        )  # fmt: skip

    def over(self) -> bool:
        """Tell whether all customers have called and gone."""
        return all(process.poll() is not None for process in self._running[1:])

    def close(self) -> None:
        """End what still runs."""
        for process in self._running:
            process.kill()
            process.wait(SECONDS)

    def _start(self, *words: object) -> None:
        with (self._folder / "sipp.log").open("ab") as log:
            self._running.append(subprocess.Popen(
                [self._program, *map(str, words), "-nostdin"], cwd=self._folder, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env={"TERM": "vt100"},
            ))  # fmt: skip


@contextlib.contextmanager
def crowd(server: Asterisk, folder: Path) -> Iterator[Crowd]:
    """Give customers of a server; whoever still calls at the end is cut off."""
    made = Crowd(server, folder)
    try:
        made.answers()
        yield made
    finally:
        made.close()
