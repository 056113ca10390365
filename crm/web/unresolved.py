"""Calls in which somebody talked and which need a result, as Today lists them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy.orm import Session

from crm import call_sheets, numbers
from crm.calls import Call
from crm.contacts import Contact, root
from crm.rights import contact_for
from crm.setup import setup
from crm.web.popup_talk import Result, results
from hub.languages import _
from hub.users import Viewer

MOST = 10


class ItsTalk(msgspec.Struct, frozen=True):
    """What _call_results.html asks of a talk."""

    results: Sequence[Result]
    must: bool = True


class Unresolved(msgspec.Struct, frozen=True, kw_only=True):
    """One such call. `href` is "" for who may not open the card."""

    id: int
    name: str
    href: str
    at: datetime
    talk: ItsTalk


class Open(msgspec.Struct, frozen=True):
    """Those that are listed, and how many there are."""

    calls: Sequence[Unresolved] = ()
    count: int = 0


def unresolved(session: Session, viewer: Viewer) -> Open:
    """Give the calls of this viewer that need a result, the newest first."""
    user_id = viewer.user_id
    if user_id is None:
        return Open()
    found = call_sheets.unresolved(session, user_id)
    return Open([_line(session, viewer, each, user_id) for each in found[:MOST]], len(found))


def _line(session: Session, viewer: Viewer, call: Call, user_id: int) -> Unresolved:
    contact = session.get(Contact, root(session, call.contact_id)) if call.contact_id else None
    number = numbers.display(call.customer, setup(session).company.country) if call.customer else call.written
    seen = contact_for(session, viewer, contact.id) if contact else None
    return Unresolved(
        id=call.id, name=(contact.name if contact else "") or number or _("Number withheld"),
        href=f"/contacts/{seen.id}" if seen else "", at=call.started_at,
        talk=ItsTalk(results(session, call, call_sheets.department_of(session, call, user_id))),
    )  # fmt: skip
