"""Rows written at once, past the unit of work.

For rows whose id others will name, for many of a kind, and where a unique key decides who was first. On the hot path
this costs a third of what the unit of work does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import Column, Insert, Table, bindparam, event, inspect, select, update
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Mapper, Session, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_state, set_committed_value

from hub.db import Base
from hub.statements import Statement, connection_of

R = TypeVar("R", bound=Base)
IdentityKey = tuple[type[Base], tuple[int, ...], object]

CHANGED = "rows_changed"  # in a session: the records that were changed past its unit of work


def insert(session: Session, table: type[Base], **values: object) -> int:
    """Insert one row at once and give its id, for a row that others will name; leaves the unit of work aside."""
    session.flush()  # what it refers to may still wait
    return put(session, table, **values)


def put(session: Session, table: type[Base], **values: object) -> int:
    """Insert one row as `insert` does, one that refers to nothing that still waits to be written."""
    return _plain(table, tuple(values)).put(session, values)


def put_all(session: Session, table: type[Base], rows: Sequence[Mapping[str, object]]) -> int:
    """Insert rows at once in their order, and give the id of the last, which others will name."""
    session.flush()
    return _plain(table, tuple(rows[0])).put_all(session, rows)


def made(session: Session, table: type[R], **values: object) -> R:
    """Insert one row as `put` does, and give its record; columns that are not named are empty."""
    columns = [name for name in _names(table) if name != "id"]
    whole = {**dict.fromkeys(columns), **values}
    row_id = put(session, table, **whole)
    record = taken_in(session, table, [row_id if name == "id" else whole[name] for name in _names(table)])
    session.info.setdefault(CHANGED, set()).add(record)
    return record


def add(session: Session, record: Base) -> None:
    """Insert a new record at once, which the session then knows as one that it read; its id is `id`."""
    session.flush()
    table, told = type(record), inspect(record).dict
    values = {name: value for name, value in told.items() if not name.startswith("_")}
    result = session.connection().execute(_insert(table), _nothing(table) | values)
    kept = cast("Mapping[str, object]", result.last_inserted_params())
    told.update(kept, id=cast("tuple[int]", result.inserted_primary_key)[0])
    make_transient_to_detached(record)
    session.add(record)
    session.info.setdefault(CHANGED, set()).add(record)


@cache
def _nothing(table: type[Base]) -> dict[str, object]:
    """Give what stands where nothing was told and nothing is taken for it."""
    columns = cast("Table", table.__table__).c
    return {each.key: None for each in columns if each.default is None and not each.primary_key}


def insert_many(session: Session, table: type[Base], rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows at once that nobody will name, in one statement."""
    if rows:
        session.flush()
        _plain(table, tuple(rows[0])).carry_out_all(session, rows)


def hold(session: Session, table: type[Base], row_id: int) -> None:
    """Hold a row until the transaction ends, so that whoever waits for it begins anew and sees what was done.

    A lock alone would not do: on snapshots, who waited for a row that was locked and not changed goes on with what he
    saw before. So the row is written as it is. SQLite has one writer, who waits for nobody.
    """
    session.flush()
    if not is_shared(session):
        return
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
    if is_shared(session):
        return session.get(table, row_id, with_for_update=True, populate_existing=True)
    return get(session, table, row_id)


def is_shared(session: Session) -> bool:
    """Tell whether others may write meanwhile, so that what nobody else is to change must be locked."""
    return connection_of(session).dialect.name != "sqlite"


def get(session: Session, table: type[R], row_id: int) -> R | None:
    """Give a row as `session.get` does, by a statement that is put together once: that takes longer than to ask."""
    known = session.identity_map.get(_key(table, row_id))
    if known is not None and not instance_state(known).expired:
        return cast("R", known)
    if known is not None:
        return session.scalars(select(table).where(_its_id(table) == row_id)).first()
    if session.autoflush:
        session.flush()
    found = _by_id(table).first(session, {"_id": row_id})
    return None if found is None else taken_in(session, table, found)


def known(session: Session, table: type[R], row_id: int) -> R | None:
    """Give a row that the session knows already."""
    return cast("R | None", session.identity_map.get(_key(table, row_id)))


def get_one(session: Session, table: type[R], row_id: int) -> R:
    """Give a row as `get` does, which must be there."""
    found = get(session, table, row_id)
    if found is None:
        raise NoResultFound(f"no {table.__name__} {row_id}")
    return found


def record(session: Session, wanted: Statement, values: Mapping[str, object], table: type[R]) -> R | None:
    """Give the record of the first row that is found, which holds all columns of a table."""
    return next((cast("R", each) for (each,) in records(session, wanted, values, table)), None)


def records(
    session: Session, wanted: Statement, values: Mapping[str, object], *tables: type[Base]
) -> list[list[Base | None]]:  # fmt: skip
    """Give the records of rows that hold all columns of these tables, in turn; None where one has no row."""
    session.flush()
    return [_in_turn(session, row, tables)[0] for row in wanted.rows(session, values)]


def first(
    session: Session, wanted: Statement, values: Mapping[str, object], *tables: type[Base]
) -> tuple[list[Base | None], Sequence[Any]] | None:  # fmt: skip
    """Give the records of the first row that is found, as `records` does, and what stands behind them in it."""
    session.flush()
    row = wanted.first(session, values)
    return None if row is None else _in_turn(session, row, tables)


def _in_turn(
    session: Session, row: Sequence[Any], tables: Sequence[type[Base]]
) -> tuple[list[Base | None], Sequence[Any]]:  # fmt: skip
    found, begin = list[Base | None](), 0
    for table in tables:
        shape = _shape(table)
        end = begin + len(shape.names)
        is_there = row[begin + shape.place] is not None
        found.append(taken_in(session, table, row[begin:end]) if is_there else None)
        begin = end
    return found, row[begin:]


def taken_in(session: Session, table: type[R], row: Sequence[object]) -> R:
    """Give the record of a row that was just read, all of its columns, as the row says."""
    shape = _shape(table)
    key = shape.kind, (cast("int", row[shape.place]),), None
    known = session.identity_map.get(key)
    if known is not None:
        for name, value in zip(shape.names, row, strict=True):
            set_committed_value(known, name, value)
        return cast("R", known)
    record = shape.mapper.class_manager.new_instance()
    # As the library does with what it reads itself: `session.add` looks for what might hang on it, and nothing does.
    record.__dict__.update(zip(shape.names, row, strict=True))
    told = instance_state(record)
    told.key, told.session_id = key, session.hash_key
    session.identity_map.add(told)
    return cast("R", record)


def _key(table: type[Base], row_id: int) -> IdentityKey:
    """Give by what a session knows a record."""
    return _shape(table).kind, (row_id,), None


class _Shape(NamedTuple):
    """How rows of a table become records: by the names of their columns, and the place of the id among these."""

    mapper: Mapper[Any]
    kind: type[Base]
    names: Sequence[str]
    place: int


@cache
def _shape(table: type[Base]) -> _Shape:
    mapper = inspect(table)
    plain = cast("Table", table.__table__)
    names = [mapper.get_property_by_column(column).key for column in plain.c]
    return _Shape(
        mapper, mapper.identity_key_from_primary_key((0,))[0], names, list(plain.c).index(plain.c.id)
    )


def _names(table: type[Base]) -> Sequence[str]:
    return _shape(table).names


def _its_id(table: type[Base]) -> Column[int]:
    return cast("Table", table.__table__).c.id


@cache
def _by_id(table: type[Base]) -> Statement:
    plain = cast("Table", table.__table__)
    return Statement(select(*plain.c).where(plain.c.id == bindparam("_id", type_=plain.c.id.type)))


def change(session: Session, record: Base, **values: object) -> None:
    """Change columns of a record that is in the store; its id is `id`. What else of it was changed still waits."""
    if not values:
        return
    table, row_id = type(record), cast("int", record.id)  # type: ignore[attr-defined]
    _change(table, tuple(values)).carry_out(session, {"_id": row_id, **values})
    told, dict_ = instance_state(record), record.__dict__
    dict_.update(values)
    told._commit(dict_, values)  # noqa: SLF001 - as the library does for each of them
    session.info.setdefault(CHANGED, set()).add(record)


def _forget(session: Session, _rolled_back: object) -> None:
    """Have what was changed in a part that is taken back be read anew."""
    for record in session.info.pop(CHANGED, ()):
        if (told := inspect(record)).persistent and told.session is session:
            session.expire(record)


event.listen(Session, "after_soft_rollback", _forget)


@cache
def _change(table: type[Base], names: tuple[str, ...]) -> Statement:
    plain = cast("Table", table.__table__)
    new = {plain.c[name]: bindparam(name, type_=plain.c[name].type) for name in names}
    return Statement(update(plain).where(plain.c.id == bindparam("_id", type_=plain.c.id.type)).values(new))


@cache
def _plain(table: type[Base], names: tuple[str, ...]) -> Statement:
    # Made once, as those below: putting a statement together costs more than carrying it out.
    return Statement(_insert(table), names)


@cache
def _insert(table: type[Base]) -> Insert:
    return cast("Table", table.__table__).insert()
