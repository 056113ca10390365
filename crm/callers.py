"""Who is on the telephone, said by whoever takes the call: one of several with the number, or somebody new.

It is said of this call and of nothing else. Of two who say it at once the first is right; the other hears who it is.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import contacts
from crm.call_intake import candidates, recognise, tell
from crm.call_sheets import sheet_of
from crm.calls import Call
from crm.contacts import PHONE, Contact
from crm.desk import Refusal, contact_changed
from hub import audit
from hub.languages import _
from hub.said import said
from hub.users import User, Viewer

NAME = 200  # letters


def call_of(session: Session, viewer: Viewer, call_id: int) -> Call | None:
    """Give a call to whoever has to do with it now: it rings at his place, he is in it, or his sheet lies open.

    It is held until the deed is done, so that of two who press at once one comes after the other.
    """
    call = session.scalar(select(Call).where(Call.id == call_id).with_for_update())
    me = session.get(User, viewer.user_id) if viewer.user_id else None
    if call is None or me is None or call.direction == "internal":
        return None
    hears = bool(me.extension) and me.extension in (*call.ringing, *call.talking)
    return call if hears or sheet_of(session, call.id, me.id) is not None else None


def choose(session: Session, viewer: Viewer, call: Call, contact_id: int) -> Contact:
    """Say which of those who have the number it is."""
    if call.contact_id is not None:
        known = session.get_one(Contact, contacts.root(session, call.contact_id))
        if known.id == contact_id:
            return known
        raise Refusal(_("It is known already who this is: %(name)s", name=_name(call, known)))
    if contact_id not in candidates(session, call):
        raise Refusal(_("Choose one of those who have the number"))
    call.contact_id = contact_id
    contact = session.get_one(Contact, contact_id)
    words = said("it is %(name)s", name=_name(call, contact))
    audit.record(session, viewer, audit.CHANGED, "call", call.id, words=words,
                 changes={"contact_id": (None, contact_id)})  # fmt: skip
    tell(session, call)
    return contact


def take_back(session: Session, viewer: Viewer, call: Call) -> None:
    """Take back who it is, as long as the call goes on and it might be another."""
    if call.contact_id is None:
        return
    if call.ended_at is not None or len(candidates(session, call)) < 2:  # noqa: PLR2004 - a choice is between two
        raise Refusal(_("The call is on this card already; cards of one person can be merged"))
    changes = {"contact_id": (call.contact_id, None)}
    call.contact_id = None
    audit.record(session, viewer, audit.CHANGED, "call", call.id, changes=changes)
    tell(session, call)


def make_card(session: Session, viewer: Viewer, call: Call, name: str) -> Contact:
    """Make a card for somebody nobody knows; where there is one by now, that is the one."""
    if call.contact_id is None and call.customer:
        recognise(session, call)
    if call.contact_id is not None:
        tell(session, call)
        return session.get_one(Contact, contacts.root(session, call.contact_id))
    if candidates(session, call):
        raise Refusal(_("Choose one of those who have the number"))
    name = " ".join(name.split())[:NAME]
    if not name and not call.customer:
        raise Refusal(_("The number is withheld: write a name"))
    department_id = call.department_id or viewer.department_id
    call.contact_id = contacts.add_contact(
        session, name, contacts.free(session, [(PHONE, call.customer)] if call.customer else []),
        department_id=department_id, responsible_id=None if department_id else viewer.user_id,
    )  # fmt: skip
    contact = session.get_one(Contact, call.contact_id)
    audit.record(session, viewer, audit.MADE, "contact", contact.id)
    contact_changed(session, contact)
    tell(session, call)
    return contact


def _name(call: Call, contact: Contact) -> str:
    return contact.name or call.customer or call.written
