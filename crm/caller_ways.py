"""Who should get a caller, as the dial plan asks before a telephone rings: whom he knows, if here and free."""

from __future__ import annotations

import msgspec
from sqlalchemy.orm import Session

from crm import call_intake, calls, numbers
from crm.calendars import away
from crm.caller_lists import BLOCKED, VIP, listed
from crm.contacts import Contact
from crm.setup import setup
from hub.clock import now
from hub.said import Said, said
from hub.users import User


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """Who should get a caller. `extension` is "" where nobody in particular should: the queue as always."""

    treat: str = "normal"
    priority: int = 0
    contact_id: int | None = None
    name: str = ""
    extension: str = ""
    why: str = ""


def way_for(session: Session, written: str) -> Way:
    """Say who should get a caller: the one who is responsible, else who talked with him last, if here and free."""
    number = numbers.read(written, setup(session).company.country)
    if number is None:
        return Way(why=said("No number is shown"))
    entry = listed(session, number.e164)
    if entry is not None and entry.list == BLOCKED:
        return Way(treat=BLOCKED, why=entry.why or said("On the black list"))
    treat, priority = (VIP, entry.priority) if entry is not None else ("normal", 0)
    likely = call_intake.owners_of(session, number.e164)
    if len(likely) != 1:
        return Way(treat=treat, priority=priority, why=said("Nobody we know, or several"))
    contact = session.get_one(Contact, likely[0])
    extension, why = _person_for(session, contact)
    return Way(
        treat=treat, priority=priority, contact_id=contact.id, name=contact.name, extension=extension, why=why
    )


def _person_for(session: Session, contact: Contact) -> tuple[str, Said]:
    """Give the extension of whom a contact should reach, and why him, or why nobody."""
    responsible = session.get(User, contact.responsible_id) if contact.responsible_id else None
    last = calls.last_talk(session, contact.id)
    busy = calls.busy_extensions(session)
    for person, why in (
        (responsible, said("%(name)s is responsible", name=responsible.name if responsible else "")),
        (last, said("%(name)s talked with him last", name=last.name if last else "")),
    ):
        if person is not None and person.extension not in busy and _is_here(session, person):
            return person.extension, why
    if responsible is None and last is None:
        return "", said("Nobody has talked with him yet")
    return "", said("Whom he knows is away or in a call")


def _is_here(session: Session, person: User) -> bool:
    """Tell whether somebody has a telephone and is not away."""
    return bool(person.extension) and person.disabled_at is None and not away(session, [person.id], now())
