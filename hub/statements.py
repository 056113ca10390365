"""Statements that are put together once, and told to SQLite's driver without a round through the library.

What a statement says, which of its values are written otherwise and how a row is read is found out the first time.
From then on it costs a third: on a path of two hundred statements the library's round took longer than all of SQLite's
work. PostgreSQL is asked by the library as before: there the way over the network counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import JSON, Column, CompoundSelect, Connection, Dialect, Integer, Select
from sqlalchemy.exc import DBAPIError, NoResultFound
from sqlalchemy.sql.dml import Insert

if TYPE_CHECKING:
    import sqlite3

    from sqlalchemy import ColumnElement, Delete, Update
    from sqlalchemy.orm import Session
    from sqlalchemy.types import TypeEngine

    Wording = Insert | Update | Delete | Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]

Turn = Callable[[Any], Any]


class Statement:
    """One statement, whose values are given each time; `names` are those of them that stand in its columns."""

    def __init__(self, statement: Wording, names: Sequence[str] = ()) -> None:
        """Keep it; it is put together when it is told first."""
        self._statement, self._names = statement, names
        self._text: _Text | None = None

    def put(self, session: Session, values: Mapping[str, object]) -> int:
        """Insert one row, and give its id."""
        connection = connection_of(session)
        text = self._text_for(connection)
        if text is None or not text.counts_ids:
            result = connection.execute(self._statement, values)
            return cast("tuple[int]", result.inserted_primary_key)[0]
        cursor = tell(connection, text.words, text.written(values))
        row_id = cast("int", cursor.lastrowid)
        cursor.close()
        return row_id

    def put_all(self, session: Session, many: Sequence[Mapping[str, object]]) -> int:
        """Insert rows in their order, and give the id of the last."""
        connection = connection_of(session)
        text = self._text_for(connection)
        *before, last = many
        if text is None or not text.counts_ids or not before:
            if before:
                self.carry_out_all(session, before)
            return self.put(session, last)
        _insert, _values, row = text.words.partition(" VALUES ")
        words = ", ".join((text.words, *(row for _each in before)))
        cursor = tell(connection, words, [value for values in many for value in text.written(values)])
        row_id = cast("int", cursor.lastrowid)
        cursor.close()
        return row_id

    def put_unless_there(self, session: Session, values: Mapping[str, object]) -> int | None:
        """Insert one row, and give its id; None where it is there already, on whose conflict nothing is done."""
        connection = connection_of(session)
        text = self._text_for(connection)
        if text is None or not text.counts_ids:
            insert = cast("Insert", self._statement)
            return cast("int | None", connection.scalar(insert.returning(*insert.table.primary_key), values))
        cursor = tell(connection, text.words, text.written(values))
        row_id = cursor.lastrowid if cursor.rowcount else None
        cursor.close()
        return row_id

    def carry_out(self, session: Session, values: Mapping[str, object]) -> int:
        """Change or delete rows, and tell how many there were."""
        connection = connection_of(session)
        text = self._text_for(connection)
        if text is None:
            return connection.execute(self._statement, values).rowcount
        cursor = tell(connection, text.words, text.written(values))
        count = cursor.rowcount
        cursor.close()
        return count

    def carry_out_all(self, session: Session, many: Sequence[Mapping[str, object]]) -> None:
        """Insert, change or delete once for each of these."""
        if len(many) == 1:
            self.carry_out(session, many[0])
            return
        connection = connection_of(session)
        text = self._text_for(connection)
        if text is None:
            connection.execute(self._statement, many)
            return
        tell(connection, text.words, [text.written(values) for values in many], many=True).close()

    def rows(self, session: Session, values: Mapping[str, object]) -> Sequence[Sequence[Any]]:
        """Give the rows that are found."""
        connection = connection_of(session)
        text = self._text_for(connection)
        if text is None:
            return connection.execute(self._statement, values).all()
        cursor = tell(connection, text.words, text.written(values))
        found = cursor.fetchall()
        cursor.close()
        return [text.read(row) for row in found]

    def first(self, session: Session, values: Mapping[str, object]) -> Sequence[Any] | None:
        """Give the first row that is found."""
        return next(iter(self.rows(session, values)), None)

    def one(self, session: Session, values: Mapping[str, object]) -> Sequence[Any]:
        """Give the only row that is found; NoResultFound where there is none."""
        found = self.first(session, values)
        if found is None:
            raise NoResultFound(str(self._statement))
        return found

    def _text_for(self, connection: Connection) -> _Text | None:
        """Give what is told to the driver, None where the library does that."""
        if connection.dialect.name != "sqlite":
            return None
        if self._text is None:
            self._text = _text(self._statement, self._names, connection.dialect)
        return self._text if self._text.is_whole else None


@dataclass(frozen=True, slots=True)
class _Text:
    """What is told to the driver: the words, the values in their order, and how each is written and read.

    `is_whole`: nothing is left that the library would find out for each row, as a default that is a function.
    """

    words: str
    values: Sequence[tuple[str, Turn | None]]
    fixed: Mapping[str, object]
    turned: Sequence[tuple[int, Turn]]
    counts_ids: bool
    is_whole: bool

    def written(self, given: Mapping[str, object]) -> Sequence[object]:
        """Give the values as the driver wants them."""
        known = {**self.fixed, **given} if self.fixed else given
        return [known[name] if turn is None else turn(known[name]) for name, turn in self.values]

    def read(self, row: Sequence[Any]) -> Sequence[Any]:
        """Give a row as the library reads it."""
        if not self.turned:
            return row
        read = list(row)
        for place, turn in self.turned:
            read[place] = turn(read[place])
        return read


def connection_of(session: Session) -> Connection:
    """Give the session's connection; that of the writer is known, unless a savepoint may have to be set first."""
    bind = session.bind
    # As `in_transaction` and `in_nested_transaction` look, which are two calls of the library for each statement.
    begun, inner = session._transaction, session._nested_transaction  # noqa: SLF001
    if begun is not None and inner is None and isinstance(bind, Connection):
        return bind
    return session.connection()


def tell(
    connection: Connection, words: str, given: Sequence[Any] = (), *, many: bool = False
) -> sqlite3.Cursor:
    """Tell the driver, and those who listen to what is asked of the store; errors are the library's."""
    if connection._has_events or connection.engine._has_events:  # noqa: SLF001 - as the library looks itself
        for heard in connection.dispatch.before_cursor_execute:
            heard(connection, None, words, given, None, many)
    store = cast("sqlite3.Connection", connection.connection.dbapi_connection)
    try:
        return (store.executemany if many else store.execute)(words, given)
    except Exception as error:
        driver = connection.dialect.loaded_dbapi
        if not isinstance(error, driver.Error):
            raise
        raise DBAPIError.instance(
            words, given, error, driver.Error, hide_parameters=True, dialect=connection.dialect, ismulti=many
        ) from error  # fmt: skip


def _text(statement: Wording, names: Sequence[str], dialect: Dialect) -> _Text:
    compiled = statement.compile(dialect=dialect, column_keys=list(names) or None)
    places = compiled.positiontup or ()
    kinds = [compiled.binds[place].type.dialect_impl(dialect) for place in places]
    fixed = {bind.key: bind.value for bind in compiled.binds.values() if not bind.required}
    plain = {
        each.key: each.default.arg for each in compiled.prefetch if each.default and each.default.is_scalar
    }
    found_out = len(plain) < len(compiled.prefetch) or compiled.post_compile_params
    return _Text(
        words=str(compiled),
        values=[
            (compiled.binds[place].key, _writer(kind, dialect))
            for place, kind in zip(places, kinds, strict=True)
        ],
        fixed=fixed | plain,
        turned=_turned(statement, dialect),
        counts_ids=_counts_ids(statement, dialect),
        is_whole=not (found_out or compiled.effective_returning),
    )


def _turned(statement: object, dialect: Dialect) -> Sequence[tuple[int, Turn]]:
    if not isinstance(statement, Select | CompoundSelect):
        return ()
    turns = [(place, _reader(column, dialect)) for place, column in enumerate(statement.selected_columns)]
    return [(place, turn) for place, turn in turns if turn is not None]


def _reader(column: ColumnElement[Any], dialect: Dialect) -> Turn | None:
    """Give how a column is read. The library asks three functions of each document, of which the last reads it."""
    kind, read = column.type.dialect_impl(dialect), dialect._json_deserializer  # noqa: SLF001
    if read is not None and isinstance(kind, JSON) and isinstance(column, Column):
        return partial(_unless_none, read)
    return kind.result_processor(dialect, None)


def _writer(kind: TypeEngine[Any], dialect: Dialect) -> Turn | None:
    """Give how a value is written; so, too, with documents that are NULL where there is none."""
    write = dialect._json_serializer  # noqa: SLF001
    if write is not None and isinstance(kind, JSON) and kind.none_as_null:
        return partial(_unless_none, write)
    return kind.bind_processor(dialect)


def _unless_none(turn: Turn, value: object) -> object:
    return None if value is None else turn(value)


def _counts_ids(statement: object, dialect: Dialect) -> bool:
    """Tell whether an insert's row is known by a number, which the driver tells."""
    if not isinstance(statement, Insert):
        return False
    key = list(statement.table.primary_key)
    return len(key) == 1 and isinstance(key[0].type.dialect_impl(dialect), Integer)
