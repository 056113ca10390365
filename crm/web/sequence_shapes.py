"""What the page of a sequence shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A step as it is shown: `href` is where a letter is written, `lacks` what it needs, `here` how many wait.

    `stopped` is the letter that stopped, and can go on, 0 for none; `stands` says why. Of `undecided`
    copies nobody knows whether they left, and `decide` is where a person decides on them.
    By `key` the page knows it again where it was moved, so that the focus goes along.
    """

    kind: str
    words: str
    href: str = ""
    lacks: Sequence[str] = ()
    stands: str = ""
    stopped: int = 0
    here: int = 0
    undecided: int = 0
    decide: str = ""
    key: str = ""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in it. `contact_id` and `name` are there for who may see the card; `run_id` leads to his way."""

    id: int
    address: str
    name: str
    contact_id: int | None
    run_id: int | None
    joined_at: datetime
    words: str
    is_going: bool


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _sequence.html."""

    id: int
    name: str
    list_id: int
    list: str
    on_at: datetime | None
    places: Sequence[Place]
    earlier: int
    people: Sequence[Person]
    next: str
    here: str
    box: int
    since: str
    until: str
    boxes: Sequence[tuple[int, str]]
    conditions: Sequence[tuple[str, str]]
    segments: Sequence[tuple[int, str]]
    process: int
    ready: bool
