"""Conditions and scripts of a process: our own small expressions (ADR 0026), never Python.

A condition is one expression, such as `agreed == "yes" and value > 10000`. A script has a line for each value that it
sets, `name = expression`. Nothing here calls, reaches, repeats or grows anything; what counts records is refused, since
a run must not depend on what comes in meanwhile.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from functools import lru_cache

from crm.expressions import Expression, Facts, Result, parse
from crm.reckoning import evaluate
from hub.said import said

GIVEN = (
    "today",
    "value",
    "currency",
    "probability",
    "stage",
    "pipeline",
    "source",
    "expected_on",
    "paid",
    "outstanding",
    "title",
    "contact",
    "letter_opened",
    "letter_clicked",
)
"""Names that are there in every run: those of its deal, its contact, and the letter of a sequence that went last."""
SEGMENT = re.compile(r"segment_([1-9][0-9]{0,17})")
"""A name that tells whether the contact is in a segment."""

CONSTANTS: Mapping[str, Result] = {"true": True, "false": False, "null": None}
MOST_LINES = 50
_LINE = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,59})\s*=(?!=)\s*(\S.*)")


def check(text: str, names: Collection[str]) -> None:
    """Raise ValueError with words where a condition cannot be read, or reads a name that nothing gives a value."""
    known = {*names, *GIVEN, *CONSTANTS}
    for name in sorted(each for each in _read(text).names - known if not SEGMENT.fullmatch(each)):
        raise ValueError(said("nothing gives “%(name)s” a value", name=name[:60]))


def check_script(text: str, names: Collection[str]) -> None:
    """Raise ValueError with words where a script cannot be read."""
    lines = list(_lines(text))
    if not lines:
        raise ValueError(said("it sets nothing: write a line such as total = windows * 1200"))
    for name, what in lines:
        if name in GIVEN or name in CONSTANTS:
            raise ValueError(said("“%(name)s” is given and cannot be set", name=name))
        check(what, names)


def value(text: str, values: Mapping[str, Result], today: date) -> Result:
    """Evaluate an expression, or raise ValueError with words."""
    known = {**dict.fromkeys(segments(text)), **values, **CONSTANTS}
    return evaluate(_read(text), Facts(today=today, values=known, counted={}))


def names(text: str) -> Collection[str]:
    """Give the names that an expression reads."""
    return _read(text).names


def segments(text: str) -> Mapping[str, int]:
    """Give the segments that an expression asks for, by their names in it."""
    found = ((name, SEGMENT.fullmatch(name)) for name in sorted(_read(text).names))
    return {name: int(told[1]) for name, told in found if told is not None}


def run(script: str, values: Mapping[str, Result], today: date) -> Mapping[str, Result]:
    """Give what a script sets, each line knowing those before it."""
    found: dict[str, Result] = {}
    for name, what in _lines(script):
        found[name] = value(what, {**values, **found}, today)
    return found


@lru_cache(maxsize=2048)
def _read(text: str) -> Expression:
    found = parse(text)
    if found.asks:
        raise ValueError(said("a process cannot count interactions or tasks"))
    return found


def _lines(script: str) -> Iterator[tuple[str, str]]:
    lines = [line.strip() for line in script.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if len(lines) > MOST_LINES:
        raise ValueError(said("a script has at most %(most)s lines", most=MOST_LINES))
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is None:
            raise ValueError(said("“%(line)s” is no line of a script: write name = value", line=line[:60]))
        yield found[1], found[2]
