"""Rows written at once, past the unit of work.

For rows whose id others will name, for many of a kind, and where a unique key decides who was first. On the hot path
this costs a third of what the unit of work does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TypeVar, cast

from sqlalchemy import Executable, Insert, Select, Table, Update, bindparam, event, inspect, select, update
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from hub.db import Base

R = TypeVar("R", bound=Base)

CHANGED = "rows_changed"  # in a session: the records that were changed past its unit of work


def insert(session: Session, table: type[Base], **values: object) -> int:
    """Insert one row at once and give its id, for a row that others will name; leaves the unit of work aside."""
    session.flush()  # what it refers to may still wait
    return put(session, table, **values)


def put(session: Session, table: type[Base], **values: object) -> int:
    """Insert one row as `insert` does, one that refers to nothing that still waits to be written."""
    result = session.connection().execute(_plain(table), values)
    return cast("tuple[int]", result.inserted_primary_key)[0]


def add(session: Session, record: Base) -> None:
    """Insert a new record at once, which the session then knows as one that it read; its id is `id`."""
    session.flush()
    table, told = type(record), dict(inspect(record).dict)
    values = {name: told.pop(name, None) for name in _without_default(table)} | told
    result = session.connection().execute(_plain(table), values)
    for name, value in cast("Mapping[str, object]", result.last_inserted_params()).items():
        set_committed_value(record, name, value)
    set_committed_value(record, "id", cast("tuple[int]", result.inserted_primary_key)[0])
    make_transient_to_detached(record)
    session.add(record)
    session.info.setdefault(CHANGED, set()).add(record)


@cache
def _without_default(table: type[Base]) -> tuple[str, ...]:
    columns = cast("Table", table.__table__).c
    return tuple(each.key for each in columns if each.default is None and not each.primary_key)


def insert_many(session: Session, table: type[Base], rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows at once that nobody will name, in one statement."""
    if rows:
        session.flush()
        session.connection().execute(_plain(table), rows)


def hold(session: Session, table: type[Base], row_id: int) -> None:
    """Hold a row until the transaction ends, so that whoever waits for it begins anew and sees what was done.

    A lock alone would not do: on snapshots, who waited for a row that was locked and not changed goes on with what he
    saw before. So the row is written as it is.
    """
    session.flush()
    its_id = cast("Table", table.__table__).c.id
    session.connection().execute(update(table).where(its_id == row_id).values(id=its_id))


def held(session: Session, table: type[R], row_id: int) -> R:
    """Give a row as it is now, which nobody else changes until the transaction ends.

    SQLite has one writer: what this transaction read of it holds still, and is not read again.
    """
    found = held_if_there(session, table, row_id)
    if found is None:
        raise NoResultFound(f"no {table.__name__} {row_id}")
    return found


def held_if_there(session: Session, table: type[R], row_id: int) -> R | None:
    """Give a row as `held` does, None where there is none."""
    if session.connection().dialect.name == "sqlite":
        return get(session, table, row_id)
    return session.get(table, row_id, with_for_update=True, populate_existing=True)


def get(session: Session, table: type[R], row_id: int) -> R | None:
    """Give a row as `session.get` does, by a statement that is put together once: that takes longer than to ask."""
    known = session.identity_map.get(session.identity_key(table, row_id))
    if known is not None and not inspect(known).expired:
        return cast("R", known)
    return session.scalars(_by_id(table), {"_id": row_id}).first()


@cache
def _by_id(table: type[R]) -> Select[R]:
    return select(table).where(cast("Table", table.__table__).c.id == bindparam("_id"))


def change(session: Session, record: Base, **values: object) -> None:
    """Change columns of a record that is in the store; its id is `id`. What else of it was changed still waits."""
    if not values:
        return
    table, row_id = type(record), cast("int", record.id)  # type: ignore[attr-defined]
    session.connection().execute(_change(table, tuple(values)), {"_id": row_id, **values})
    for name, value in values.items():
        set_committed_value(record, name, value)
    session.info.setdefault(CHANGED, set()).add(record)


def _forget(session: Session, _rolled_back: object) -> None:
    """Have what was changed in a part that is taken back be read anew."""
    for record in session.info.pop(CHANGED, ()):
        if (told := inspect(record)).persistent and told.session is session:
            session.expire(record)


event.listen(Session, "after_soft_rollback", _forget)


@cache
def _change(table: type[Base], names: tuple[str, ...]) -> Update:
    its = cast("Table", table.__table__).c
    return update(cast("Table", table.__table__)).where(its.id == bindparam("_id")).values(
        {its[name]: bindparam(name) for name in names}
    )  # fmt: skip


@cache
def _plain(table: type[Base]) -> Insert:
    # Made once, as those below: putting a statement together costs more than carrying it out.
    return cast("Table", table.__table__).insert()


def insert_many_unless_there(
    session: Session, table: type[Base], rows: Sequence[Mapping[str, object]]
) -> None:
    """Insert rows; those whose unique key is taken already are left out."""
    connection = session.connection()
    connection.execute(_unless_there(table, connection.dialect.name), rows)


def insert_unless_there(session: Session, table: type[Base], /, **values: object) -> int | None:
    """Insert a row and give its id; None where a unique key is taken already."""
    session.flush()  # what it refers to may still wait
    connection = session.connection()
    return cast("int | None", connection.scalar(_giving_id(table, connection.dialect.name), values))


@cache
def _giving_id(table: type[Base], dialect: str) -> Executable:
    return _unless_there(table, dialect).returning(table.__table__.c.id)


@cache
def _unless_there(table: type[Base], dialect: str) -> SqliteInsert | PostgresInsert:
    insert = sqlite_insert if dialect == "sqlite" else postgres_insert
    return insert(cast("Table", table.__table__)).on_conflict_do_nothing()
