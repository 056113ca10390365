"""What belongs to a contact: every row of every table that names him.

Found from the tables themselves, so that one which is made later is covered as soon as its column refers to
`contacts.id`. A table that keeps books on contacts says `info=STAYS` and is left alone. One whose rows are each about a
number or an address says in which column that stands: `info={ABOUT: "address"}`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, cast

from sqlalchemy import Column, ColumnElement, String, Table, delete, func, insert, select, type_coerce
from sqlalchemy.orm import Session

from crm.addresses import ABOUT
from crm.contacts import Contact
from hub.db import Base, Moment
from hub.sentence import Sentence

STAYS = {"contacts": "stay"}
CONTACT = "contacts.id"

Row = dict[str, object]


class Reference(NamedTuple):
    """A column that names contacts, in a table whose rows have numbers."""

    table: Table
    column: Column[int]

    @property
    def place(self) -> str:
        """Name it: "tasks.contact_id"."""
        return f"{self.table.name}.{self.column.name}"

    @property
    def id(self) -> Column[int]:
        """Give the column with the rows' numbers."""
        return cast("Column[int]", self.table.c.id)

    @property
    def others(self) -> Sequence[Column[int]]:
        """Give the further columns of its table that name contacts."""
        return [each for each in naming(self.table) if each is not self.column]

    @property
    def handle(self) -> Column[str] | None:
        """Give the column with the number or the address that each row is about."""
        return self.table.columns.get(self.table.info.get(ABOUT, ""))


def references() -> Sequence[Reference]:
    """Give every column that names contacts; tables that others hang on come first."""
    contacts = Contact.__table__
    tables = [each for each in Base.metadata.sorted_tables if each is not contacts and not _stays(each)]
    return [Reference(table, column) for table in tables for column in naming(table)]


def naming(table: Table) -> Sequence[Column[int]]:
    """Give the columns of a table that name contacts."""
    return [
        each for each in table.columns if any(key.target_fullname == CONTACT for key in each.foreign_keys)
    ]


def parents(table: Table) -> Sequence[tuple[Column[int], Table]]:
    """Give what a table's rows hang on that is somebody's as well: a task on the request that it came from."""
    owned = {each.table.name: each.table for each in references() if each.table is not table}
    keys = [(column, key.target_fullname) for column in table.columns for key in column.foreign_keys]
    return [(column, owned[name[:-3]]) for column, name in keys if name[-3:] == ".id" and name[:-3] in owned]


def naming_rows_of(table: Table) -> Sequence[tuple[Table, Column[int]]]:
    """Give the columns of other tables that name rows of one."""
    return [
        (other, column) for other in Base.metadata.sorted_tables if other is not table for column in other.columns
        if any(key.target_fullname == f"{table.name}.id" for key in column.foreign_keys)
    ]  # fmt: skip


def last_ids(session: Session) -> dict[str, int]:
    """Give the newest number of each table: whatever is made from now on has a higher one."""
    newest = {each.table.name: select(func.max(each.id)) for each in references()}
    return {name: session.connection().scalar(query) or 0 for name, query in newest.items()}


def take_out(session: Session, table: Table, row_id: int) -> Row:
    """Take a row out of its table and give it as JSON can hold it."""
    raw = [type_coerce(each, String) if isinstance(each.type, Sentence) else each for each in table.columns]
    row = session.connection().execute(select(*raw).where(table.c.id == row_id)).one()
    session.connection().execute(delete(table).where(table.c.id == row_id))
    return {
        column.name: value.isoformat() if isinstance(value, datetime) else value
        for column, value in zip(table.columns, row, strict=True)
    }


def put_back(session: Session, table: Table, row: Row) -> int:
    """Put a row that was taken out into its table again, and give its number."""
    values = {
        name: _value(table.columns[name], value) for name, value in row.items() if name in table.columns
    }
    done = session.connection().execute(insert(table).values(values))
    return cast("tuple[int]", done.inserted_primary_key)[0]


def _value(column: Column[object], value: object) -> object:
    if isinstance(column.type, Moment) and isinstance(value, str):
        return datetime.fromisoformat(value)
    if isinstance(column.type, Sentence):
        kept: ColumnElement[object] = type_coerce(value, String)
        return kept
    return value


def _stays(table: Table) -> bool:
    return table.info.items() >= STAYS.items()
