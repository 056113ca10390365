"""Lanes of the outbox: no command waits for those of another lane, such as a call for a slow mail server."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from hub.events import Command, FileLetter, SendLetter, SendMessage, ShowTyping


class Lane(NamedTuple):
    """How commands of some kinds leave.

    `at_once` are tried at the same time, of one channel no more than its `share`: the other side may be slow, or dead.
    An attempt takes at most so many `seconds`; what was claimed is given up after twice as long. A `patient` command
    is tried again where it surely was not carried out, also one that may happen only once; pauses between two attempts
    grow up to the `longest`. Of one that is `fleeting` nothing is kept once it ended.
    """

    name: str
    seconds: float
    at_once: int
    share: int | None = None
    patient: bool = False
    longest: timedelta = timedelta(minutes=10)
    fleeting: bool = False

    @property
    def timer(self) -> str:
        """The name of its timer."""
        return f"outbox {self.name}"

    @property
    def claim(self) -> timedelta:
        """For how long nobody else takes what was taken."""
        return timedelta(seconds=2 * self.seconds)


CALLS = Lane("calls", seconds=60, at_once=32)
"""And whatever else is asked of telephone exchanges."""
LETTERS = Lane("letters", seconds=2400, at_once=4, share=2, patient=True)
"""A letter goes with its files over a slow line, and its server may take ten minutes to answer (RFC 5321, 4.5.3.2).

As many as are tried at once are in doubt when the hub is killed.
"""
MESSAGES = Lane("messages", seconds=120, at_once=64, share=4, patient=True, longest=timedelta(minutes=1))
"""Its share is in doubt when the hub is killed; at a tenth of a second each it is forty messages a second."""
HINTS = Lane("hints", seconds=5, at_once=16, share=4, fleeting=True)
"""That somebody is writing: too late it is worth nothing."""

LANES = {lane.name: lane for lane in (CALLS, LETTERS, MESSAGES, HINTS)}


def lane_of(command: Command) -> Lane:
    """Give the lane in which a command leaves."""
    if isinstance(command, SendLetter | FileLetter):
        return LETTERS
    if isinstance(command, SendMessage):
        return MESSAGES
    return HINTS if isinstance(command, ShowTyping) else CALLS
