"""Who an unknown caller may be called: as the PBX names him, or as letters and forms do in which his number stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import numbers, search
from crm.calls import Call
from crm.contacts import Contact
from crm.conversations import Interaction
from crm.search import Question
from crm.search_index import INTERACTION
from crm.setup import setup
from hub.users import Viewer

MOST = 5  # places where the number stands
ABOVE = 4  # lines of a signature between the name and the number
LONGEST = 60
NO_NAMES = frozenset({"anonymous", "unknown", "private", "withheld", "unavailable"})

_NAME = re.compile(r"[^\W\d_][\w'\u2019.-]*(?: [^\W\d_][\w'\u2019.-]*){1,3}")
_PARTICLES = frozenset({"af", "av", "da", "de", "del", "den", "der", "di", "la", "le", "van", "von", "zu"})


class Guess(msgspec.Struct, frozen=True):
    """A name, and where it stands: in what kind of touch (`form`, `mail` …), of whom and when; "" from the PBX."""

    name: str
    kind: str = ""
    of: str = ""
    at: datetime | None = None


def guesses(session: Session, viewer: Viewer, call: Call) -> list[Guess]:
    """Give the names that an unknown caller may have, the likeliest first, each once."""
    found: dict[str, Guess] = {}
    for guess in (*_told(call), *_written(session, viewer, call)):
        found.setdefault(guess.name.casefold(), guess)
    return list(found.values())


def signature(text: str, number: str, country: str) -> str:
    """Give the name that stands above a number at the end of a letter, "" where none does."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for place, line in enumerate(lines):
        if number in {numbers.handle(each) for each in numbers.read_all(line, country)}:
            above = lines[max(0, place - ABOVE) : place]
            return next((each for each in reversed(above) if _is_name(each)), "")
    return ""


def _told(call: Call) -> Iterator[Guess]:
    name = " ".join(call.name.split())
    if any(letter.isalpha() for letter in name) and name.casefold() not in NO_NAMES:
        yield Guess(name)


def _written(session: Session, viewer: Viewer, call: Call) -> Iterator[Guess]:
    if not call.customer:
        return
    found = search.find(session, viewer, Question(text=call.customer), (INTERACTION,))[INTERACTION]
    if not found.ids:
        return
    wanted = select(Interaction, Contact.name).join(Contact, Contact.id == Interaction.contact_id)
    rows = session.execute(wanted.where(Interaction.id.in_(found.ids[:MOST])).order_by(Interaction.at.desc()))
    country = setup(session).company.country
    for touch, name in rows:
        signed = signature(touch.text, call.customer, country) or name
        if signed:
            yield Guess(signed, touch.kind, name, touch.at)


def _is_name(line: str) -> bool:
    if len(line) > LONGEST or not _NAME.fullmatch(line):
        return False
    return all(word[0].isupper() or word in _PARTICLES for word in line.split())
