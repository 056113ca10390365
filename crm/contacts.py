"""Contacts, organisations and the handles by which they are reached.

A handle `(kind, value)` belongs to one contact. Whoever writes or calls is recognised by his handles, also
where the same number was written differently. One candidate is the same person; several are never guessed
between: the request gets a card of its own that says who it may be, and a person chooses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import NamedTuple

import msgspec
from sqlalchemy import (
    ForeignKey,
    Index,
    UniqueConstraint,
    bindparam,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm import addresses, numbers
from hub.asked import placed, places
from hub.clock import now
from hub.db import Base, Document, some
from hub.many_rows import put_many
from hub.rows import insert, insert_many
from hub.said import Said, nsaid
from hub.sorting import SortKey, follow_name, sort_default, sort_keys
from hub.statements import Statement

PHONE = "phone"
MAIL = "mail"
FIRM = 200  # letters of a company's name: an index cannot hold a whole text


class Organisation(Base):
    """A company, as people call it. One that was joined with another keeps its name and says where it went."""

    __tablename__ = "organisations"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    sort_en: Mapped[str] = mapped_column(SortKey, default=sort_default("en"))
    sort_sv: Mapped[str] = mapped_column(SortKey, default=sort_default("sv"))
    phone: Mapped[str] = mapped_column(default="")
    web: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))

    __table_args__ = (
        Index("ix_organisations_changed", "changed_at", "id"),
        Index("ix_organisations_made", "made_at", "id"),
        Index("ix_organisations_sort_en", "sort_en", "id"),
        Index("ix_organisations_sort_sv", "sort_sv", "id"),
    )  # fmt: skip


class Contact(Base):
    """A person. `fields` are custom fields and whatever a form said that we have no place for, typed.

    `maybe` holds the contacts this may be, until somebody chooses; `merged_into_id` says where a card went.
    `last_at` is when the last interaction was, kept by the database itself; `sort_en` and `sort_sv` are what
    the name is sorted by in a language.
    """

    __tablename__ = "contacts"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    sort_en: Mapped[str] = mapped_column(SortKey, default=sort_default("en"))
    sort_sv: Mapped[str] = mapped_column(SortKey, default=sort_default("sv"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    responsible_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    fields: Mapped[dict[str, object]] = mapped_column(Document)
    maybe: Mapped[list[int] | None] = mapped_column(Document)
    made_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    last_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id"))

    __table_args__ = (
        Index("ix_contacts_changed", "changed_at", "id"),
        Index("ix_contacts_made", "made_at", "id"),
        Index("ix_contacts_last", "last_at", "id"),
        Index("ix_contacts_sort_en", "sort_en", "id"),
        Index("ix_contacts_sort_sv", "sort_sv", "id"),
        some("ix_contacts_merged", "merged_into_id", where="merged_into_id IS NOT NULL"),
    )  # fmt: skip


follow_name(Organisation.name)
follow_name(Contact.name)


class Handle(Base):
    """One way to reach a contact: a phone number in E.164, a mail address in small letters."""

    __tablename__ = "handles"

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"), index=True)
    kind: Mapped[str]
    value: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(default=now)

    __table_args__ = (UniqueConstraint("value", "kind"),)


class Identity(NamedTuple):
    """Who somebody says he is: handles to keep, and other spellings that may be the same."""

    handles: tuple[tuple[str, str], ...]
    spellings: tuple[tuple[str, str], ...]


class Likeness(msgspec.Struct, frozen=True):
    """A contact that somebody may be, and what speaks for it."""

    contact_id: int
    because: str


@lru_cache(maxsize=2_000)  # at a ring it is asked by the call, and again by whoever looks at its popup
def identity(phone: str, email: str, country: str) -> Identity:
    """Read the handles out of what somebody wrote as his phone and mail; odd ones give none."""
    handles: list[tuple[str, str]] = []
    spellings: list[tuple[str, str]] = []
    for number in numbers.read_all(phone, country) if phone else ():
        handles.append((PHONE, numbers.handle(number)))
        spellings += [(PHONE, other) for other in numbers.candidates(number, country)]
    if email and (address := addresses.read(email)):
        handles.append((MAIL, address.handle))
    return Identity(tuple(dict.fromkeys(handles)), tuple(spellings))


def owners(session: Session, who: Identity) -> Sequence[Likeness]:
    """Find the contacts that have one of these handles, each once; exact handles before other spellings."""
    wanted = [*who.handles, *who.spellings]
    if not wanted:
        return []
    rows = _owners(len(wanted)).rows(session, placed(value for _kind, value in wanted))
    by_handle = {(kind, value): contact_id for value, kind, contact_id in rows}
    found: dict[int, Likeness] = {}
    for key in wanted:
        contact_id = by_handle.get(key)
        if contact_id is not None:
            found.setdefault(contact_id, Likeness(contact_id, key[1]))
    return list(found.values())


_ROW = Handle.__table__.c


@cache
def _owners(count: int) -> Statement:
    """Give the statement for so many values, put together once: every ring and every request asks it."""
    wanted = select(_ROW.value, _ROW.kind, _ROW.contact_id)
    return Statement(wanted.where(_ROW.value.in_(places(_ROW.value, count))))


_FIND = select(_ROW.contact_id).where(_ROW.value == bindparam("value"), _ROW.kind == bindparam("kind"))


def find(session: Session, kind: str, value: str) -> int | None:
    """Give the id of the contact with exactly this handle."""
    return session.connection().execute(_FIND, {"kind": kind, "value": value}).scalar()


def settled(session: Session, likely: Sequence[Likeness]) -> Sequence[Likeness]:
    """Give the card alone that asks already which of all the others somebody is: it is the same question."""
    ids = {each.contact_id for each in likely}
    asking = select(Contact.id, Contact.maybe).where(Contact.id.in_(ids), Contact.maybe.is_not(None))
    for contact_id, maybe in session.execute(asking):
        if ids <= {contact_id, *(root(session, each) for each in maybe or ())}:
            return [each for each in likely if each.contact_id == contact_id]
    return likely


def several(number: int) -> Said:
    """Say that so many cards may be meant."""
    return nsaid(
        "%(num)s contact has this number or address: choose who it is.",
        "%(num)s contacts have this number or address: choose who it is.", number,
    )  # fmt: skip


def root(session: Session, contact_id: int) -> int:
    """Give the card that a contact's leads to, since it was merged into that one; its own otherwise."""
    while (into := session.scalar(_INTO, {"id": contact_id})) is not None:
        contact_id = into
    return contact_id


_INTO = select(Contact.merged_into_id).where(Contact.id == bindparam("id"))


def free(session: Session, handles: Sequence[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """Give those handles that nobody has."""
    return tuple((kind, value) for kind, value in handles if find(session, kind, value) is None)


def add_contact(
    session: Session, name: str, handles: Iterable[tuple[str, str]] = (), **values: object
) -> int:
    """Make a card and give its id. A handle that another contact has is a conflict: all is run again."""
    moment = now()
    # All that the library would find out for each row, which takes it longer than the store.
    own = {"fields": {}, "made_at": moment, "changed_at": moment, **sort_keys(name), **values}
    contact_id = insert(session, Contact, name=name, **own)
    add_handles(session, contact_id, handles)
    return contact_id


def add_contacts(session: Session, kind: str, values: Sequence[str]) -> dict[str, int]:
    """Make a card for each of these handles and give its id, as `add_contact` does for one."""
    ids = put_many(session, Contact, [{"name": "", "fields": {}} for _value in values])
    made = dict(zip(values, ids, strict=True))
    insert_many(
        session, Handle, [{"contact_id": each, "kind": kind, "value": value} for value, each in made.items()]
    )
    return made


def add_handles(session: Session, contact_id: int, handles: Iterable[tuple[str, str]]) -> None:
    """Give a contact further handles."""
    moment = now()
    insert_many(session, Handle, [
        {"contact_id": contact_id, "kind": kind, "value": value, "made_at": moment} for kind, value in handles
    ])  # fmt: skip


# Put together once: every card and every list asks it.
_HANDLES_OF = (
    select(Handle).where(Handle.contact_id.in_(bindparam("contacts", expanding=True))).order_by(Handle.id)
)


def handles_of(session: Session, contact_ids: Sequence[int]) -> dict[int, list[Handle]]:
    """Give the handles of several contacts, in the order they came."""
    found: dict[int, list[Handle]] = {contact_id: [] for contact_id in contact_ids}
    for handle in session.scalars(_HANDLES_OF, {"contacts": list(found)}) if found else ():
        found[handle.contact_id].append(handle)
    return found


def organisation(session: Session, name: str) -> Organisation:
    """Give the organisation of this name, made where it is new."""
    name = " ".join(name.split())[:FIRM].rstrip()
    found = session.scalar(select(Organisation).where(Organisation.name == name))
    if found is None:
        found = Organisation(name=name)
        session.add(found)
        session.flush()
    while found.merged_into_id is not None:
        found = session.get_one(Organisation, found.merged_into_id)
    return found
