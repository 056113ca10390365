"""Tags: words that we put on contacts, made while typing.

A tag that is taken away or joined into another keeps its contacts, so that it can come back as it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ForeignKey, Select, UniqueConstraint, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.fields import fold
from hub.clock import now
from hub.db import Base
from hub.rows_unless_there import insert_many_unless_there, insert_unless_there

LONGEST = 60
MOST = 50  # tags of one contact
OFFERED = 8
CHOOSABLE = 500


class Tag(Base):
    """One word. `folded` keeps two spellings of it from being two tags; `joined_into_id` says where it went."""

    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    folded: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[datetime] = mapped_column(default=now)
    retired_at: Mapped[datetime | None]
    joined_into_id: Mapped[int | None] = mapped_column(ForeignKey("tags.id"))


class ContactTag(Base):
    """A tag on a contact; `joined_from_id` is the tag that brought it along when the two were joined."""

    __tablename__ = "contact_tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contacts.id"))
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(default=now)
    joined_from_id: Mapped[int | None] = mapped_column(ForeignKey("tags.id"))

    __table_args__ = (UniqueConstraint("contact_id", "tag_id"),)


def named(session: Session, name: str) -> Tag | None:
    """Give the tag of this name, however it is spelled; one that was joined leads to where it went."""
    found = session.scalar(select(Tag).where(Tag.folded == _folded(name)))
    while found is not None and found.joined_into_id is not None:
        found = session.get(Tag, found.joined_into_id)
    return found


def make(session: Session, name: str) -> Tag:
    """Give the tag of this name, made where it is new and brought back where it was taken away."""
    name = " ".join(name.split())[:LONGEST].rstrip()
    if not name:
        raise ValueError(name)
    tag = named(session, name)
    if tag is None:
        insert_unless_there(session, Tag, name=name, folded=_folded(name))
        tag = session.scalars(select(Tag).where(Tag.folded == _folded(name))).one()
    tag.retired_at = None
    return tag


def add(session: Session, contact_ids: Sequence[int], name: str) -> Tag:
    """Put a tag on contacts; those that have it already keep it."""
    tag = make(session, name)
    rows = [{"contact_id": contact_id, "tag_id": tag.id, "made_at": now()} for contact_id in contact_ids]
    if rows:
        insert_many_unless_there(session, ContactTag, rows)
    return tag


def remove(session: Session, contact_ids: Sequence[int], tag_id: int) -> None:
    """Take a tag off contacts."""
    gone = delete(ContactTag).where(ContactTag.tag_id == tag_id, ContactTag.contact_id.in_(contact_ids))
    session.execute(gone)


def ids_with(tag_id: int) -> Select[int]:
    """Give the query for the ids of the contacts that have a tag: `Contact.id.in_(ids_with(3))`."""
    return select(ContactTag.contact_id).where(ContactTag.tag_id == tag_id)


def tags_of(session: Session, contact_ids: Sequence[int]) -> dict[int, list[Tag]]:
    """Give the tags of several contacts, in the order of their names."""
    found: dict[int, list[Tag]] = {contact_id: [] for contact_id in contact_ids}
    rows = session.execute(
        select(ContactTag.contact_id, Tag).join(Tag, Tag.id == ContactTag.tag_id)
        .where(ContactTag.contact_id.in_(contact_ids), Tag.retired_at.is_(None))
        .order_by(Tag.folded)
    )  # fmt: skip
    for contact_id, tag in rows:
        found[contact_id].append(tag)
    return found


def beginning_with(session: Session, text: str) -> Sequence[Tag]:
    """Give the tags that somebody who types this may mean."""
    like = Tag.folded.startswith(_folded(text), autoescape=True)
    return session.scalars(
        select(Tag).where(like, Tag.retired_at.is_(None)).order_by(Tag.folded).limit(OFFERED)
    ).all()


_CHOOSABLE = select(Tag).where(Tag.retired_at.is_(None)).order_by(Tag.folded).limit(CHOOSABLE)


def choosable(session: Session) -> Sequence[Tag]:
    """Give the tags that can be chosen from a list, by name."""
    return session.scalars(_CHOOSABLE).all()


def every(session: Session) -> Sequence[tuple[Tag, int]]:
    """Give all tags, each with the number of its contacts."""
    counts = select(func.count()).where(ContactTag.tag_id == Tag.id).correlate(Tag).scalar_subquery()
    rows = session.execute(select(Tag, counts).where(Tag.retired_at.is_(None)).order_by(Tag.folded))
    return [(tag, count) for tag, count in rows]


def rename(session: Session, tag: Tag, name: str) -> None:
    """Call a tag otherwise. ValueError where another one is called so: those two are to be joined."""
    name = " ".join(name.split())[:LONGEST].rstrip()
    other = session.scalar(select(Tag).where(Tag.folded == _folded(name)))
    if not name or (other is not None and other.id != tag.id):
        raise ValueError(name)
    tag.name, tag.folded = name, _folded(name)


def join(session: Session, tag: Tag, into: Tag) -> None:
    """Make two tags one: the contacts of the first get the other."""
    has = select(ContactTag.contact_id).where(ContactTag.tag_id == into.id)
    wanted = select(ContactTag.contact_id).where(
        ContactTag.tag_id == tag.id, ContactTag.contact_id.not_in(has)
    )
    rows = [
        {"contact_id": contact_id, "tag_id": into.id, "made_at": now(), "joined_from_id": tag.id}
        for contact_id in session.scalars(wanted)
    ]
    if rows:
        insert_many_unless_there(session, ContactTag, rows)
    tag.retired_at, tag.joined_into_id = now(), into.id


def part(session: Session, tag: Tag) -> None:
    """Take back that a tag was joined into another, or taken away."""
    if tag.joined_into_id is not None:
        session.execute(
            delete(ContactTag)
            .where(ContactTag.tag_id == tag.joined_into_id, ContactTag.joined_from_id == tag.id)
        )  # fmt: skip
    tag.retired_at = tag.joined_into_id = None


def retire(tag: Tag) -> None:
    """Take a tag away; its contacts keep it out of sight."""
    tag.retired_at = now()


def _folded(name: str) -> str:
    return fold(name) or name.casefold().strip()
