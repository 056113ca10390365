"""Rows that are put into the store unless it has them already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, select
from sqlalchemy.dialects.postgresql import Insert as PostgresInsert
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import Insert as SqliteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from hub.db import Base
from hub.statements import Statement


def insert_many_unless_there(
    session: Session, table: type[Base], rows: Sequence[Mapping[str, object]]
) -> None:
    """Insert rows; those whose unique key is taken already are left out."""
    if rows:
        session.flush()  # what they refer to may still wait
        dialect = session.connection().dialect.name
        _one_unless_there(table, tuple(rows[0]), dialect).carry_out_all(session, rows)


def insert_found_unless_there(
    session: Session, table: type[Base], found: Mapping[str, ColumnElement[Any]], *where: ColumnElement[bool]
) -> None:
    """Insert what is found, by column; `where` says of what, and leaves out nothing where it need not."""
    session.flush()
    connection = session.connection()
    rows = select(*found.values()).where(*where)
    connection.execute(_unless_there(table, connection.dialect.name).from_select(list(found), rows))


def insert_unless_there(session: Session, table: type[Base], /, **values: object) -> int | None:
    """Insert a row and give its id; None where a unique key is taken already."""
    session.flush()  # what it refers to may still wait
    dialect = session.connection().dialect.name
    return _one_unless_there(table, tuple(values), dialect).put_unless_there(session, values)


@cache
def _one_unless_there(table: type[Base], names: tuple[str, ...], dialect: str) -> Statement:
    return Statement(_unless_there(table, dialect), names)


@cache
def _unless_there(table: type[Base], dialect: str) -> SqliteInsert | PostgresInsert:
    insert = sqlite_insert if dialect == "sqlite" else postgres_insert
    return insert(cast("Table", table.__table__)).on_conflict_do_nothing()
