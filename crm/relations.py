"""Relations: who belongs to whom. Each kind has two names, one for either end: "caretaker of", "has as caretaker".

A relation goes from a contact to another contact or to an organisation; `turned` ones are read from the
organisation's end. One that ended is kept, so that it can be taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ForeignKey, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.contacts import Contact, Organisation
from hub.clock import now
from hub.db import Base
from hub.languages import N_
from hub.said import said
from hub.sentence import Sentence

LONGEST = 60
# The kinds that every company begins with.
FIRST_KINDS = (
    (N_("works with"), N_("works with")),
    (N_("spouse of"), N_("spouse of")),
    (N_("neighbour of"), N_("neighbour of")),
    (N_("caretaker of"), N_("has as caretaker")),
    (N_("recommended by"), N_("recommended")),
    (N_("invoice to"), N_("gets the invoices of")),
)


class RelationKind(Base):
    """What one can be to another: `name` is read from the first, `other_name` from the second."""

    __tablename__ = "relation_kinds"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(Sentence)
    other_name: Mapped[str] = mapped_column(Sentence)
    made_at: Mapped[datetime] = mapped_column(default=now)
    retired_at: Mapped[datetime | None]


class Relation(Base):
    """One relation, from a contact to another or to an organisation."""

    __tablename__ = "relations"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind_id: Mapped[int] = mapped_column(ForeignKey("relation_kinds.id"))
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    other_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    turned: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("contact_id", "kind_id", "other_id"),
        UniqueConstraint("contact_id", "kind_id", "organisation_id", "turned"),
    )


class Related(NamedTuple):
    """A relation as it is read from one card: what it is called there, and whom it leads to."""

    id: int
    name: str
    contact: Contact | None
    organisation: Organisation | None


def add_first_kinds(session: Session) -> None:
    """Give a new company the kinds that every company begins with."""
    session.add_all(RelationKind(name=said(one), other_name=said(other)) for one, other in FIRST_KINDS)


def kinds(session: Session) -> Sequence[RelationKind]:
    """Give the kinds that can be chosen."""
    wanted = select(RelationKind).where(RelationKind.retired_at.is_(None)).order_by(RelationKind.id)
    return session.scalars(wanted).all()


def related(session: Session, contact_id: int) -> list[Related]:
    """Give the relations of a contact, read from its end."""
    both = or_(Relation.contact_id == contact_id, Relation.other_id == contact_id)
    rows = session.execute(
        select(Relation, RelationKind).join(RelationKind, RelationKind.id == Relation.kind_id)
        .where(both, Relation.ended_at.is_(None)).order_by(Relation.id)
    )  # fmt: skip
    return [_read(session, relation, kind, contact_id) for relation, kind in rows]


def of_organisation(session: Session, organisation_id: int) -> list[Related]:
    """Give the relations of an organisation, read from its end."""
    rows = session.execute(
        select(Relation, RelationKind)
        .join(RelationKind, RelationKind.id == Relation.kind_id)
        .where(Relation.organisation_id == organisation_id, Relation.ended_at.is_(None))
        .order_by(Relation.id)
    )
    return [
        Related(relation.id, kind.name if relation.turned else kind.other_name,
                session.get(Contact, relation.contact_id), None)
        for relation, kind in rows
    ]  # fmt: skip


def relate(
    session: Session, contact: Contact, kind: RelationKind, other: Contact | Organisation, *, turned: bool
) -> Relation:
    """Say what a contact is to another, or with `turned` what the other is to it; the same again is no news."""
    if isinstance(other, Organisation):
        ends = {"contact_id": contact.id, "organisation_id": other.id, "turned": turned}
    else:
        first, second = (other, contact) if turned else (contact, other)
        ends = {"contact_id": first.id, "other_id": second.id, "turned": False}
    found = session.scalar(select(Relation).filter_by(kind_id=kind.id, **ends))
    if found is None:
        found = Relation(kind_id=kind.id, **ends)
        session.add(found)
    found.ended_at = None
    session.flush()
    return found


def end(relation: Relation) -> None:
    """Say that it is no longer so."""
    relation.ended_at = now()


def _read(session: Session, relation: Relation, kind: RelationKind, contact_id: int) -> Related:
    if relation.organisation_id is not None:
        name = kind.other_name if relation.turned else kind.name
        return Related(relation.id, name, None, session.get(Organisation, relation.organisation_id))
    first = relation.contact_id == contact_id
    other = relation.other_id if first else relation.contact_id
    return Related(relation.id, kind.name if first else kind.other_name, session.get(Contact, other), None)
