"""The keys by which contacts are found, kept: who of all shares one with these, without asking everybody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import cache

from sqlalchemy import Executable, delete, func, literal, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from crm.likeness import Key
from hub.asked import NUMBERS, WORDS, asked, dialect_of, values
from hub.db import Base
from hub.rows import insert_many

CROWD = 40  # contacts that share a key: more say nothing about each other

Holders = list[tuple[int, str]]


class LikenessKey(Base):
    """What a contact is found by. No foreign key: it is looked up and made anew, never belonging.

    Whoever asks for a key reads the whole answer in one place: there is nothing beside the key.
    """

    __tablename__ = "likeness_keys"

    key: Mapped[str] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, index=True)
    said: Mapped[str] = mapped_column(primary_key=True)

    __table_args__ = {"sqlite_with_rowid": False}  # noqa: RUF012 - SQLAlchemy reads it by this name


def held(session: Session, ids: Collection[int]) -> Mapping[int, set[Key]]:
    """Give the keys that are kept for these contacts."""
    found: defaultdict[int, set[Key]] = defaultdict(set)
    rows = session.connection().execute(_held(dialect_of(session)), values(session, ids))
    for contact_id, key, said in rows.all():
        found[contact_id].add(Key(key, said))
    return found


def holders(session: Session, keys: Iterable[str]) -> dict[str, Holders]:
    """Give who has each of these keys, and what he says; what a crowd has is left out."""
    connection, dialect = session.connection(), dialect_of(session)
    counted = connection.execute(_counts(dialect), values(session, keys)).all()
    found: dict[str, Holders] = {key: [] for key, count in counted if count <= CROWD}
    some = [key for key, count in counted if 0 < count <= CROWD]
    for key, contact_id, said in connection.execute(_holders(dialect), values(session, some)).all():
        found[key].append((contact_id, said))
    return found


def renew(session: Session, keys: Mapping[int, Collection[Key]]) -> None:
    """Keep these keys, and no others, for these contacts."""
    session.execute(delete(LikenessKey).where(LikenessKey.contact_id.in_(keys)))
    rows = sorted((key.key, contact_id, key.said) for contact_id, several in keys.items() for key in several)
    names = ("key", "contact_id", "said")
    insert_many(session, LikenessKey, [dict(zip(names, row, strict=True)) for row in rows])


_KEPT = LikenessKey.__table__.c


@cache
def _held(dialect: str) -> Executable:
    ids = asked(dialect, NUMBERS)
    return select(_KEPT.contact_id, _KEPT.key, _KEPT.said).join(ids, ids.c.value == _KEPT.contact_id)


@cache
def _counts(dialect: str) -> Executable:
    """Count the holders of each key no further than to a crowd, which costs no more than a few then."""
    keys = asked(dialect, WORDS)
    some = select(literal(1)).where(_KEPT.key == keys.c.value).limit(CROWD + 1).correlate(keys).subquery()
    return select(keys.c.value, select(func.count()).select_from(some).scalar_subquery())


@cache
def _holders(dialect: str) -> Executable:
    keys = asked(dialect, WORDS)
    return select(_KEPT.key, _KEPT.contact_id, _KEPT.said).join(keys, keys.c.value == _KEPT.key)
