"""What is known of contacts that tells them from others, read for many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from functools import cache

from sqlalchemy import Executable, select
from sqlalchemy.orm import Session

from crm.contacts import Contact, Handle
from crm.likeness import Traits
from hub.asked import NUMBERS, asked, dialect_of, values


def traits_of(session: Session, ids: Collection[int]) -> dict[int, Traits]:
    """Give what is known of those contacts that stand for themselves."""
    connection, dialect, these = session.connection(), dialect_of(session), values(session, ids)
    handles: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    for contact_id, kind, value in connection.execute(_handles(dialect), these).all():
        handles[contact_id].append((kind, value))
    return {
        contact_id: Traits(contact_id, name, firm, tuple(handles[contact_id]), tuple(maybe or ()))
        for contact_id, name, firm, maybe in connection.execute(_cards(dialect), these).all()
    }


_CARD, _HANDLE = Contact.__table__.c, Handle.__table__.c


@cache
def _handles(dialect: str) -> Executable:
    """Ask for handles, in the order they came."""
    ids = asked(dialect, NUMBERS)
    wanted = select(_HANDLE.contact_id, _HANDLE.kind, _HANDLE.value).order_by(_HANDLE.id)
    return wanted.join(ids, ids.c.value == _HANDLE.contact_id)


@cache
def _cards(dialect: str) -> Executable:
    ids = asked(dialect, NUMBERS)
    wanted = select(_CARD.id, _CARD.name, _CARD.organisation_id, _CARD.maybe)
    return wanted.join(ids, ids.c.value == _CARD.id).where(_CARD.merged_into_id.is_(None))
