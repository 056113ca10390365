"""What speaks against calling somebody now: it is asked about first, and who calls all the same is not stopped.

Who knows of another doubt adds it: `add_doubt(fn)`, `fn(session, dialled) -> Said | None`.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from sqlalchemy.orm import Session

from crm import caller_lists
from crm.calling_hours import is_quiet
from crm.do_not_call import wish_of
from crm.setup import setup
from hub.clock import now
from hub.said import Said, said
from hub.users import User


class Dialled(msgspec.Struct, frozen=True):
    """Whom somebody is about to call: the number as E.164, and whose it is."""

    number: str
    contact_id: int | None


Doubt = Callable[[Session, Dialled], Said | None]
DOUBTS: list[Doubt] = []


def add_doubt(doubt: Doubt) -> Doubt:
    """Ask about this, too, before somebody is called."""
    DOUBTS.append(doubt)
    return doubt


def doubts(session: Session, dialled: Dialled) -> list[Said]:
    """Give all that speaks against it."""
    return [words for doubt in DOUBTS if (words := doubt(session, dialled)) is not None]


@add_doubt
def unwilling(session: Session, dialled: Dialled) -> Said | None:
    """Know who does not want to be called."""
    wish = wish_of(session, dialled.contact_id) if dialled.contact_id else None
    if wish is None:
        return None
    who = session.get(User, wish.by) if wish.by else None
    return said("Does not want to be called, wrote %(name)s on %(day)s.",
                name=who.name if who else "Ringback", day=wish.at.date())  # fmt: skip


@add_doubt
def asleep(session: Session, dialled: Dialled) -> Said | None:
    """Know who is at night."""
    there = is_quiet(setup(session).company, dialled.number, now())
    return said("It is %(time)s where this number is.", time=f"{there:%H:%M}") if there else None


@add_doubt
def blocked(session: Session, dialled: Dialled) -> Said | None:
    """Know whose calls we refuse ourselves."""
    if not caller_lists.is_blocked(session, dialled.number):
        return None
    return said("This number is on our black list.")
