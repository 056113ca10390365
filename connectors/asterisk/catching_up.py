"""After a time in which nobody listened: the calls that ended in it are found in what the PBX wrote down meanwhile.

Each becomes an item of the journal with all its entries; what follows from it, and that it follows once, the business
says. What cannot be read is tried again, less and less often, as long as the PBX is heard.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from itertools import chain, repeat
from pathlib import PurePosixPath
from typing import NamedTuple

import msgspec
from msgspec import structs

from connectors.asterisk.chronicle import Chronicle
from connectors.asterisk.entries import Entry, Moment, set_right
from connectors.asterisk.plan import Plan
from connectors.asterisk.reading import Read
from connectors.asterisk.retelling import derive, stories
from hub.clock import now
from hub.connector import Line, Raw, Unavailable
from hub.errors import describe
from hub.events import CallFound, CallState
from hub.said import Said, nsaid, said

log = logging.getLogger(__name__)

PAUSES = (2.0, 10.0, 60.0, 600.0)
"""Seconds before each try: at first Asterisk needs a moment to write, later whoever mends something."""
LONGEST = 3 * 3600.0
"""Seconds that a call may have lasted before, to be found whole."""
OLDEST = 7 * 86_400.0
"""Seconds: what ended earlier is not looked for."""
MARGIN = 60.0
"""Seconds by which two clocks may differ."""


class CallWritten(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What was written down of a call that ended between `since` and `until` (seconds since 1970)."""

    entries: tuple[Entry, ...]
    since: Moment
    until: Moment


class Gap(NamedTuple):
    """A time in which nobody listened, in seconds since 1970."""

    since: float
    until: float


async def catch_up(
    line: Line, chronicle: Chronicle, plan: Plan, until: float, living: Callable[[], Collection[str]]
) -> None:
    """Give the line what it missed until the PBX listed what lives; `living` are the keys of the calls that do."""
    missed = await line.missed_since()
    if missed is None:
        return
    gap = Gap(max(missed.timestamp(), until - OLDEST), until)
    for pause in chain(PAUSES, repeat(PAUSES[-1])):
        await asyncio.sleep(pause)
        try:
            read = await chronicle.read(gap.since - LONGEST)
            found = await asyncio.to_thread(of_the_gap, read.entries, plan, gap, frozenset(living()))
            for each in found:
                await line.accept(*_item(each))
        except Unavailable as error:
            await line.unfilled(describe(error))
        except Exception as error:  # what lies there is no reason to hear less
            log.exception("what a PBX wrote down could not be taken in")
            await line.unfilled(said("It broke off: %(error)s", error=describe(error)))
        else:
            ended = [each for each in found if gap.since <= each.entries[-1].at <= gap.until]
            await line.filled(_words(read, len(ended)))
            return


def of_the_gap(entries: Iterable[Entry], plan: Plan, gap: Gap, living: Collection[str]) -> list[CallWritten]:
    """Give the calls that ended in a gap, each with its entries."""
    found = []
    for story in stories(set_right(list(entries))):
        if story[0].at > gap.until + MARGIN or any(entry.call in living for entry in story):
            continue
        ends = [state.ended_at.timestamp() for state in derive(story, plan, gap.until) if state.ended_at]
        if any(gap.since - MARGIN <= end <= gap.until + MARGIN for end in ends):
            found.append(CallWritten(entries=tuple(story), since=gap.since, until=gap.until))
    return found


def found_in(written: CallWritten, plan: Plan, folder: str) -> list[CallFound]:
    """Give the calls that were written down; `folder` is where the PBX puts recordings that it names without one."""
    if not written.entries:
        return []
    return [
        CallFound(structs.replace(state, gap=_unheard(state, written), recording=_placed(state.recording, folder)))
        for state in derive(written.entries, plan, written.until)
    ]  # fmt: skip


def _unheard(state: CallState, written: CallWritten) -> float:
    """Give the seconds of a call for which nobody listened; some, for it was found."""
    end = state.ended_at or state.started_at
    since, until = max(written.since, state.started_at.timestamp()), min(written.until, end.timestamp())
    return max(until - since, 0.001)


def _placed(recording: str, folder: str) -> str:
    return str(PurePosixPath(folder) / recording) if recording else ""


def _item(written: CallWritten) -> tuple[str, Raw, str]:
    first, last = written.entries[0], written.entries[-1]
    raw = Raw(
        body=msgspec.json.encode(written), headers={"content-type": "application/json"}, received_at=now()
    )
    return f"{first.call} written {int(last.at * 1000)}", raw, first.call


def _words(read: Read[Entry], calls: int) -> Said:
    words = nsaid("The PBX's records of that time were read: %(num)s call.",
                  "The PBX's records of that time were read: %(num)s calls.", calls)  # fmt: skip
    if read.unreadable:
        more = nsaid(
            "%(num)s entry could not be read.", "%(num)s entries could not be read.", read.unreadable
        )
        words = said("%(one)s %(more)s", one=words, more=more)
    if not read.is_whole and read.entries:
        first = datetime.fromtimestamp(read.entries[0].at, UTC)
        more = said(
            "There was too much to go back further than %(when)s.", when=f"{first:%Y-%m-%d %H:%M} UTC"
        )
        words = said("%(one)s %(more)s", one=words, more=more)
    return words
