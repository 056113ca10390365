"""A table in which Asterisk writes down what happens: cel_pgsql, cel_odbc, cdr_adaptive_odbc and their like.

Any database will do that SQLAlchemy reaches by a driver that is installed here: PostgreSQL and SQLite always.
"""

from __future__ import annotations

import asyncio
import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Engine, MetaData, Table, create_engine, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, NoSuchTableError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from connectors.asterisk.messages import text
from connectors.asterisk.reading import MOST_ENTRIES, Form, Read, T, collect
from hub.connector import Unavailable
from hub.said import said

CONNECT_SECONDS = 10
AT_ONCE = 1_000


def address_of(written: str) -> URL:
    """Read an address such as "postgresql://user:word@host/asterisk"; ValueError, without the word, for others."""
    try:
        url = make_url(written)
    except (ArgumentError, ValueError):
        raise ValueError(written.partition(":")[0]) from None
    return url.set(drivername="postgresql+asyncpg") if url.drivername == "postgresql" else url


async def read_table(url: URL, table: str, form: Form[T], since: float) -> Read[T]:
    """Read a table back to a moment; Unavailable in words where that cannot be."""
    try:
        if url.get_dialect().is_async:
            return await _read_aside(url, table, form, since)
        return await asyncio.to_thread(_read, url, table, form, since)
    except NoSuchTableError as error:
        raise Unavailable(said("The database has no table “%(table)s”.", table=table)) from error
    except (ImportError, NoSuchModuleError) as error:
        raise Unavailable(
            said("No driver for “%(kind)s” is installed beside the hub.", kind=url.drivername)
        ) from error
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        why = str(getattr(error, "orig", None) or error).partition("\n")[0]
        raise Unavailable(said("The database with the PBX's records: %(why)s", why=why[:300])) from error


async def _read_aside(url: URL, table: str, form: Form[T], since: float) -> Read[T]:
    engine = create_async_engine(
        url, poolclass=NullPool, hide_parameters=True, connect_args={"timeout": CONNECT_SECONDS}
    )
    async with engine.connect() as connection:
        return await connection.run_sync(_read_by, table, form, since)


def _read(url: URL, table: str, form: Form[T], since: float) -> Read[T]:
    with _engine(url).connect() as connection:
        return _read_by(connection, table, form, since)


def _engine(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        return create_engine(url, poolclass=NullPool, hide_parameters=True)
    place = Path(url.database or "")
    if not place.is_file():  # SQLite would make it
        raise Unavailable(said("The file %(path)s is not there.", path=str(place)))
    return create_engine(
        "sqlite://", poolclass=NullPool, hide_parameters=True, creator=partial(_open, place.absolute())
    )


def _open(place: Path) -> sqlite3.Connection:
    """Open a file that is somebody else's, and may hold names in Latin-1."""
    opened = sqlite3.connect(f"{place.as_uri()}?mode=ro", uri=True, timeout=CONNECT_SECONDS)
    opened.text_factory = text
    return opened


def _read_by(connection: Connection, name: str, form: Form[T], since: float) -> Read[T]:
    schema, _, bare = name.rpartition(".")
    table = Table(bare, MetaData(), schema=schema or None, autoload_with=connection)
    columns = {
        wanted: column for wanted in form.columns if (column := _column(table, form, wanted)) is not None
    }
    time = columns[form.time]
    order = [time.desc(), *(column.desc() for column in table.primary_key.columns if column is not time)]
    asked = [column.label(wanted) for wanted, column in columns.items()]
    rows = connection.execution_options(yield_per=AT_ONCE).execute(
        select(*asked).order_by(*order).limit(MOST_ENTRIES)
    )
    return collect((form.of_row(dict(row)) for row in rows.mappings()), since, form.wanted)


def _column(table: Table, form: Form[T], wanted: str) -> Column[Any] | None:
    found = next((table.c[name] for name in form.columns[wanted] if name in table.c), None)
    if found is None and wanted not in form.optional:
        raise Unavailable(
            said("The table “%(table)s” has no column “%(column)s”.", table=table.name, column=wanted)
        )
    return found
