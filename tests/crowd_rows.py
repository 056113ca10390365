"""Rows by the hundred thousand, given column by column, past the unit of work."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice, repeat
from typing import Any, cast

from sqlalchemy import Connection, Table
from sqlalchemy.orm import Session

from hub.db import Base

LOT = 50_000


def insert_columns(
    session: Session, table_of: type[Base], count: int, columns: Mapping[str, Iterable[object]], **same: object
) -> None:  # fmt: skip
    """Insert so many rows, given column by column; `same` is one for all, others have their defaults."""
    table, connection = cast("Table", table_of.__table__), session.connection()
    same = _defaults(table, {*columns, *same}) | same
    streams = [_bound(table, name, values, connection) for name, values in columns.items()]
    streams += [repeat(next(iter(_bound(table, name, [value], connection)))) for name, value in same.items()]
    names = [*columns, *same]
    marks = ", ".join("?" if connection.dialect.name == "sqlite" else f"${i + 1}" for i in range(len(names)))
    sql = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - our own names
    rows = islice(zip(*streams, strict=False), count)
    while lot := list(islice(rows, LOT)):
        connection.exec_driver_sql(sql, lot)


def _defaults(table: Table, named: set[str]) -> dict[str, object]:
    """Give what a column that nobody named holds: what its table says."""
    found: dict[str, object] = {}
    for column in table.columns:
        if column.name not in named and column.default is not None:
            default = cast("Any", column.default)
            found[column.name] = default.arg(None) if default.is_callable else default.arg
    return found


def _bound(table: Table, name: str, values: Iterable[object], connection: Connection) -> Iterable[object]:
    kind = table.columns[name].type.dialect_impl(connection.dialect)
    process = cast("Callable[[object], object] | None", kind.bind_processor(connection.dialect))
    return map(process, values) if process else values
