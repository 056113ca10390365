"""The form of a dialling list: what is typed of a new one, and of one that is changed."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from crm.dial_lists import DialList
from crm.dial_making import Wanted
from hub.languages import N_, _

UNREADABLE = 422
DIGITS = 6
WAITS = {"minutes": 1, "hours": 60, "days": 60 * 24}
UNITS = {"minutes": N_("minutes"), "hours": N_("hours"), "days": N_("days")}


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed of a list; `view` and `department` of a new one alone."""

    name: str = ""
    view: str = ""
    department: str = ""
    script: str = ""
    calls_from: str = "09:00"
    calls_until: str = "19:00"
    most_tries: str = "3"
    again: str = "2"
    unit: str = "hours"


def typed(said: Mapping[str, str]) -> Form:
    """Read what a browser sent."""
    names = msgspec.structs.fields(Form)
    return Form(**{each.name: said[each.name].strip() for each in names if each.name in said})


def filled(listed: DialList) -> Form:
    """Give what stands in the form of a list."""
    unit = next(unit for unit in ("days", "hours", "minutes") if listed.again_minutes % WAITS[unit] == 0)
    return Form(
        name=listed.name, department=str(listed.department_id), script=listed.script, calls_from=listed.calls_from,
        calls_until=listed.calls_until, most_tries=str(listed.most_tries),
        again=str(listed.again_minutes // WAITS[unit]), unit=unit,
    )  # fmt: skip


def wanted(typed: Form) -> Wanted:
    """Give the list that is meant."""
    again = _number(typed.again)
    return Wanted(
        name=" ".join(typed.name.split()), department_id=_number(typed.department), script=typed.script,
        calls_from=typed.calls_from, calls_until=typed.calls_until, most_tries=_number(typed.most_tries),
        again_minutes=again * WAITS.get(typed.unit, 0) if again > 0 else -1,
    )  # fmt: skip


def units() -> list[tuple[str, str]]:
    """Give the units of time, with their names."""
    return [(unit, _(words)) for unit, words in UNITS.items()]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else -1
