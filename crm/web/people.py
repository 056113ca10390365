"""Colleagues as every page shows them: who it is, and whether he is here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.calendars import Absence, away
from crm.web.names import initials
from hub.clock import now
from hub.languages import _
from hub.users import User
from hub.web import moments


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A colleague. `words` say where he is, `note` why."""

    id: int
    name: str
    initials: str
    presence: str
    words: str
    note: str = ""


def people_of(session: Session, ids: Iterable[int | None], zone: ZoneInfo) -> Mapping[int, Person]:
    """Give colleagues by id."""
    wanted = {each for each in ids if each is not None}
    users = session.scalars(select(User).where(User.id.in_(wanted))).all() if wanted else []
    return {person.id: person for person in persons(session, users, zone)}


def persons(session: Session, users: Iterable[User], zone: ZoneInfo) -> list[Person]:
    """Show colleagues, in their order."""
    listed = list(users)
    gone = away(session, [user.id for user in listed], now())
    return [_person(user, gone.get(user.id), zone) for user in listed]


def _person(user: User, absence: Absence | None, zone: ZoneInfo) -> Person:
    here = user.disabled_at is None and absence is None and user.password_hash is not None
    words, note = _("here"), ""
    if user.disabled_at is not None:
        words = _("no longer here")
    elif user.password_hash is None:
        words = _("not here yet")
    elif absence is not None:
        words, note = _("away until %(when)s", when=moments.when(absence.until, zone)), absence.why
    return Person(
        id=user.id, name=user.name, initials=initials(user.name), presence="free" if here else "off",
        words=words, note=note,
    )  # fmt: skip
