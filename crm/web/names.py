"""How contacts are called and reached on screens.

A card without a name is called by its number or address, and one without either says so: there is always
something to press on.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import quote

import msgspec

from crm import numbers
from crm.contacts import MAIL, PHONE, Handle
from hub.languages import N_, _

NOBODY = N_("No contact data")
ICONS = {PHONE: "phone", MAIL: "mail"}
LONGEST = 200


class Way(msgspec.Struct, frozen=True):
    """One way to reach somebody: as people write it, and the address that a press on it opens.

    `dial` is the E.164 number that can be called, "" where it is none; `blocked_at` is since when he lets us write no
    more in this way.
    """

    kind: str
    icon: str
    value: str
    href: str
    label: str = ""
    dial: str = ""
    blocked_at: datetime | None = None


def called(name: str, handles: Iterable[Handle], country: str) -> str:
    """Give what a contact is called: by name, else by the first way to reach him."""
    name = " ".join(name.split())[:LONGEST]
    return name or next((way.value for way in ways(handles, country)), _(NOBODY))


def initials(name: str) -> str:
    """Give two letters for the round mark; a card without a name has a question mark."""
    words = [word for word in name.split() if word[0].isalpha()]
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


def ways(handles: Iterable[Handle], country: str) -> list[Way]:
    """Give every way to reach somebody, as people in `country` write it."""
    return [_way(handle.kind, handle.value, country) for handle in handles]


def reach(handles: Iterable[Handle], country: str) -> str:
    """Say how somebody is reached: "070-174 06 12, karin@ekdahl.example"."""
    return ", ".join(way.value for way in ways(handles, country))


def first_number(handles: Iterable[Handle]) -> str:
    """Give the first number by which somebody is called, as E.164; "" where there is none."""
    return next((handle.value.partition(";")[0] for handle in handles if handle.kind == PHONE), "")


def _way(kind: str, value: str, country: str) -> Way:
    icon = ICONS.get(kind, "link")
    if kind == PHONE:
        return Way(kind, icon, numbers.display(value, country), f"tel:{value}", dial=value.partition(";")[0])
    return Way(kind, icon, value, f"mailto:{quote(value, safe='@')}" if kind == MAIL else "")
