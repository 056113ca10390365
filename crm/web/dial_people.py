"""Who is on a dialling list, as its room and its exports show them: how each stands, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from crm import numbers
from crm.call_results import CallResult
from crm.contacts import Contact, handles_of
from crm.dial_lists import DialList, DialPerson, is_left
from crm.dial_rights import sees_dial_person
from crm.rights import sees_contact
from crm.setup import setup
from crm.web.names import called, initials
from hub.clock import now
from hub.languages import N_, _
from hub.users import User, Viewer

LEFT, REACHED, STOPPED, ALL = "left", "reached", "stopped", "all"
SHOWS = {LEFT: N_("Left"), REACHED: N_("Reached"), STOPPED: N_("Stopped"), ALL: N_("Everybody")}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One of a list. `href` is "" for who may not open the card; `words` say how it stands, `at` since or until when.

    `tone` is a state of the visual language: ok, late, soon or off.
    """

    id: int
    name: str
    initials: str
    href: str
    number: str
    words: str
    tone: str
    at: datetime | None
    tries: int
    result: str
    why: str
    stopped: bool


def lines(
    session: Session, viewer: Viewer, listed: DialList, show: str, start: int, most: int
) -> list[Line]:  # fmt: skip
    """Give those that this viewer is shown."""
    wanted = _wanted(select(DialPerson), viewer, listed, show)
    rows = session.scalars(wanted.order_by(*_order(show)).offset(start).limit(most)).all()
    return _shown(session, viewer, rows)


def count(session: Session, viewer: Viewer, listed: DialList, show: str) -> int:
    """Count them."""
    return session.scalar(_wanted(select(func.count()).select_from(DialPerson), viewer, listed, show)) or 0


def standing(show: str) -> Sequence[ColumnElement[bool]]:
    """Tell who stands so: left, reached or stopped; anything else is everybody."""
    of = {REACHED: (DialPerson.reached_at.is_not(None), DialPerson.stopped_at.is_(None)),
          STOPPED: (DialPerson.stopped_at.is_not(None),), LEFT: (is_left(),)}  # fmt: skip
    return of.get(show, ())


def _wanted(wanted: Select[Any], viewer: Viewer, listed: DialList, show: str) -> Select[Any]:
    return wanted.where(DialPerson.list_id == listed.id, sees_dial_person(viewer), *standing(show))


def _order(show: str) -> Sequence[ColumnElement[Any]]:
    if show == LEFT:
        return (DialPerson.due_at.asc(), DialPerson.id.asc())
    newest = {REACHED: DialPerson.reached_at, STOPPED: DialPerson.stopped_at}.get(show)
    return (DialPerson.id.asc(),) if newest is None else (newest.desc(), DialPerson.id.asc())


def _shown(session: Session, viewer: Viewer, rows: Sequence[DialPerson]) -> list[Line]:
    ids, country = [each.contact_id for each in rows], setup(session).company.country
    people = {each.id: each for each in session.scalars(select(Contact).where(Contact.id.in_(ids)))}
    mine = select(Contact.id).where(Contact.id.in_(ids), sees_contact(viewer))
    seen, handles = set(session.scalars(mine)), handles_of(session, ids)
    agents = _named(session, User.id, User.name, {each.held_by for each in rows})
    results = _named(session, CallResult.id, CallResult.words, {each.result_id for each in rows})
    found = []
    for row in rows:
        name = called(people[row.contact_id].name, handles[row.contact_id], country)
        words, tone, at = _stands(row, agents)
        found.append(Line(
            id=row.id, name=name, initials=initials(name), number=numbers.display(row.number, country),
            href=f"/contacts/{row.contact_id}" if row.contact_id in seen else "", words=words, tone=tone, at=at,
            tries=row.tries, result=results.get(row.result_id or 0, ""), why=row.why,
            stopped=row.stopped_at is not None,
        ))  # fmt: skip
    return found


def _stands(row: DialPerson, agents: Mapping[int, str]) -> tuple[str, str, datetime | None]:
    if row.stopped_at is not None:
        return _("Stopped"), "off", row.stopped_at
    if row.reached_at is not None:
        return _("Reached"), "ok", row.reached_at
    if row.held_by is not None and row.held_until is not None and row.held_until > now():
        name = agents.get(row.held_by, "")
        words = _("%(name)s calls him", name=name) if row.dialled_at else _("With %(name)s", name=name)
        return words, "soon", row.dialled_at
    return (_("Again from"), "off", row.due_at) if row.due_at > now() else (_("Waits"), "off", None)


def _named(session: Session, id_: Any, name: Any, ids: set[int | None]) -> Mapping[int, str]:  # noqa: ANN401 - columns
    wanted = ids - {None}
    return dict(session.execute(select(id_, name).where(id_.in_(wanted))).all()) if wanted else {}
