"""What is ours on a PBX: which channels are staff's phones and trunks, and how a trunk writes numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

import msgspec
import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from connectors.asterisk.words import ID, WRITTEN, clean

Kind = Literal["staff", "trunk", "nobody"]
WITHHELD = frozenset(
    {"", "<unknown>", "unknown", "anonymous", "restricted", "private", "withheld", "unavailable"}
)

LISTS = "ringback-lists"
"""The context by which the hub writes its lists: what goes there is no call."""

# What Asterisk makes for itself: no person speaks there.
_NOBODY = (
    "Local/",
    "Message/",
    "Surrogate/",
    "AsyncGoto/",
    "CBAnn/",
    "CBRec/",
    "Bridge",
    "Announcer/",
    "Recorder/",
)
_SERIAL = re.compile(r"(?:-[0-9a-f]{6,10})?(?:;[12])?(?:<\w+>)?$")


class Who(NamedTuple):
    """Whose channel it is: staff's has the extension as its `name`, a trunk's the name of its device."""

    kind: Kind
    name: str


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    r"""How to tell staff from the world.

    `staff` is a pattern of devices ("PJSIP/(\d+)") whose last group is the extension. `trunks` gives a country
    (ISO 3166) by the trunk's name, "PJSIP/trunk" or "trunk"; others are read by `country`. Calls over a trunk with
    one of the `inside` numbers, written as dialled or as E.164, are between colleagues.
    """

    staff: str
    country: str
    trunks: Mapping[str, str] = {}
    inside: frozenset[str] = frozenset()

    def who(self, channel: str) -> Who:
        """Say whose a channel ("PJSIP/101-0000002a") is; whatever is not known is a trunk."""
        return _who(self.staff, channel[:ID])

    def read(self, number: str, trunk: str) -> str | None:
        """Read a trunk's number into E.164; None where the numbering plan does not know it."""
        country = self.trunks.get(trunk) or self.trunks.get(trunk.rpartition("/")[2]) or self.country
        return e164(number, country.upper())

    def is_inside(self, *numbers: str | None) -> bool:
        """Say whether one of these is a number of our own."""
        return not self.inside.isdisjoint(numbers)


def is_withheld(number: str) -> bool:
    """Say whether the PBX has no number, or a word in its place."""
    return number.casefold() in WITHHELD


def device(channel: str) -> str:
    """Give the device of a channel: "PJSIP/101" of "PJSIP/101-0000002a"."""
    return _SERIAL.sub("", channel[:ID], count=1)


@lru_cache(maxsize=10_000)
def e164(number: str, country: str) -> str | None:
    """Read a number as carriers write it: +46…, 0046…, 46… and 0… are the same; at most one reading is sure."""
    if len(number) > WRITTEN:
        return None
    spelled = dict.fromkeys((number, f"+{number.lstrip('+')}"))  # most trunks write it one way, as +46…
    readings = [_parsed(text, country) for text in spelled]
    sure = [reading for reading in readings if reading and phonenumbers.is_valid_number(reading)]
    abroad = number.startswith(("+", "00"))
    likely = [
        reading for reading in readings if abroad and reading and phonenumbers.is_possible_number(reading)
    ]
    found = next(iter([*sure, *likely]), None)
    return phonenumbers.format_number(found, PhoneNumberFormat.E164) if found else None


def country_of(number: str) -> str:
    """Give the country (ISO 3166) of an E.164 number, "" where it has none."""
    parsed = _parsed(number, "")
    return (phonenumbers.region_code_for_number(parsed) or "") if parsed else ""


def _parsed(number: str, country: str) -> phonenumbers.PhoneNumber | None:
    try:
        return phonenumbers.parse(number, country)
    except NumberParseException:
        return None


@lru_cache(maxsize=10_000)
def _who(staff: str, channel: str) -> Who:
    name = device(channel)
    found = re.fullmatch(staff, name)
    if found:
        return Who("staff", clean(found[found.re.groups] or name, WRITTEN))
    return Who("nobody" if name.startswith(_NOBODY) else "trunk", name)
