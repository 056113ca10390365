"""What an Asterisk of tests wrote down of its calls, and the calls that it makes."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

from connectors.asterisk.chronicle import Chronicle
from connectors.asterisk.entries import set_right
from connectors.asterisk.plan import Plan
from connectors.asterisk.retelling import derive, stories
from hub.events import CallState
from tests.eventually import eventually
from tests.servers.asterisk import Asterisk

PLAN = Plan(staff=r"PJSIP/(\d+)", country="SE")


def chronicles(asterisk: Asterisk) -> Sequence[Chronicle]:
    """Give where it writes: a file and a database."""
    return Chronicle(str(asterisk.cel_file)), Chronicle(database=f"sqlite:///{asterisk.cel_database}")


def sums(asterisk: Asterisk) -> Chronicle:
    """Give where it sums up its calls."""
    return Chronicle(str(asterisk.cdr_file), form="cdr")


async def calls_in(
    chronicle: Chronicle, since: float, number: int, keys: Collection[str] = ()
) -> list[CallState]:
    """Give the calls that began since a moment, or those of these keys, in their order, once so many are over."""

    async def all_of_them() -> list[CallState]:
        read = await chronicle.read(since)
        if number and read.unreadable:
            return []  # its last line is being written
        assert (read.unreadable, read.is_whole) == (0, True)
        told = [
            call for story in stories(set_right(read.entries)) for call in derive(story, PLAN, time.time())
        ]
        found = [
            call for call in told if call.key in keys or (not keys and call.started_at.timestamp() >= since)
        ]
        over = all(call.outcome != "unknown" for call in found)
        return sorted(found, key=lambda call: call.started_at) if over and len(found) >= number else []

    return await eventually(all_of_them) if number else await all_of_them()
