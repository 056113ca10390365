"""Backup and restore: one archive that either database writes and either reads.

A gzipped tar: backup.json says which Ringback and which schema wrote it and describes the tables; then a file
of JSON lines for each table, a table after those it refers to, all from one consistent view; then the blobs.
The tables are described by the database itself, not by this version's code, so an older backup is read into
the schema of its time and brought up to date from there. The index of words is left out and made anew. Rows and
files pass a few at a time.
"""

from __future__ import annotations

import io
import os
import tarfile
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date, datetime
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import IO, TypeVar, cast

import msgspec
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from hub import migrations
from hub.blobs import Blobs, digest
from hub.clock import now
from hub.db import Database, Document, Moment
from hub.shapes import convert, decode

T = TypeVar("T")
Row = dict[str, object]

LEVEL = 6
LOT = 500  # rows that are read or inserted at a time
DESCRIPTION = "backup.json"
BLOBS = "blobs/"
NAME_LENGTH = 64  # a blob's name; what is still being written has a shorter one
OWN_TABLE = "alembic_version"
# Tables whose names begin so hold nothing that others do not. The index is made of the rest; the copies of
# campaigns, what people did with them and who is on a list are counted by the database itself as it takes their rows.
MADE_ANEW = ("search_", "copy_counts", "copy_event_counts", "consent_standings", "consent_counts")

# Kinds of columns: how the database shows one, and the type by which its values are read and written.
KINDS: Mapping[str, tuple[type[object], object]] = {
    "document": (JSON, Document),
    "moment": (DateTime, Moment()),
    "day": (Date, Date()),
    "yesno": (Boolean, Boolean()),
    "bytes": (LargeBinary, LargeBinary()),
    "integer": (Integer, BigInteger()),
    "number": (Float, Float()),
    "text": (String, String()),
}


class RefusalError(Exception):
    """It cannot be restored; the words are for the one who tried."""


class Described(msgspec.Struct, frozen=True):
    """One table: the kind of each column, and the columns that refer to rows of the same table."""

    name: str
    columns: dict[str, str]
    links: tuple[str, ...] = ()

    @property
    def member(self) -> str:
        """Name its file in the archive."""
        return f"tables/{self.name}.jsonl"

    def table(self) -> Table:
        """Give it as a table to select from and insert into."""
        types = {name: cast("TypeEngine[object]", KINDS[kind][1]) for name, kind in self.columns.items()}
        return Table(self.name, MetaData(), *(Column(name, kind) for name, kind in types.items()))


class Description(msgspec.Struct, frozen=True):
    """What backup.json says."""

    ringback: str
    revision: str
    made_at: datetime
    tables: tuple[Described, ...]


async def write(db: Database, blobs: Blobs, file: Path) -> None:
    """Write everything as of one moment to a new file; it gets its name only once it is whole."""
    unfinished = file.with_name(f".{file.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        # Customers' data, and the hashes of passwords: nobody else on this machine may read it.
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            with tarfile.open(fileobj=out, mode="w:gz", compresslevel=LEVEL) as archive:
                await db.read(_write_tables, archive, file.parent)
                _write_blobs(blobs, archive)
            out.flush()
            os.fsync(out.fileno())
        unfinished.rename(file)
    finally:
        unfinished.unlink(missing_ok=True)


def look_into(file: Path) -> Description:
    """Read what an archive says of itself, or raise RefusalError."""
    with _opened(file) as archive:
        return _description(archive)


def read(blobs: Blobs, file: Path, connection: Connection) -> None:
    """Fill an empty database, run by `Database.migrate`: all in one transaction, or RefusalError."""
    with _opened(file) as archive:
        description = _description(archive)
        _require_empty(connection, description.revision)
        migrations.upgrade(connection, description.revision)
        for member in archive:
            if member.name.startswith(BLOBS):
                _restore_blob(blobs, member.name.removeprefix(BLOBS), _content(archive, member.name).read())
        for described in description.tables:
            _restore_rows(connection, described, archive)
        migrations.upgrade(connection)


def _write_tables(session: Session, archive: tarfile.TarFile, folder: Path) -> None:
    connection = session.connection()
    tables = tuple(map(_describe, _tables(connection)))
    revision = migrations.current_revision(connection) or ""
    description = Description(version("ringback"), revision, now(), tables)
    _add(archive, DESCRIPTION, io.BytesIO(msgspec.json.format(msgspec.json.encode(description))))
    for described in tables:
        # Its length stands before it in the archive, so it waits on the disk until that is known.
        with tempfile.TemporaryFile(dir=folder) as spool:
            spool.writelines(msgspec.json.encode(row) + b"\n" for row in _rows(connection, described))
            _add(archive, described.member, spool)


def _tables(connection: Connection) -> list[Table]:
    """Give the tables that are carried, each after those it refers to."""
    found = MetaData()
    found.reflect(connection, only=lambda name, _: name != OWN_TABLE and not name.startswith(MADE_ANEW))
    return found.sorted_tables


def _describe(table: Table) -> Described:
    # Names that the database gave are of a type of their own; JSON wants plain ones.
    links = sorted(str(key.parent.name) for key in table.foreign_keys if key.column.table is table)
    columns = {str(column.name): _kind(column.type) for column in table.columns}
    return Described(str(table.name), columns, tuple(links))


def _kind(column_type: TypeEngine[object]) -> str:
    for kind, (seen, _) in KINDS.items():
        if isinstance(column_type, seen):
            return kind
    raise TypeError(
        f"a column of type {column_type} has no kind in a backup"
    )  # else tables would be left out


def _rows(connection: Connection, described: Described) -> Iterator[Row]:
    table = described.table()
    query = select(table).order_by(table.columns.values()[0])
    for row in connection.execute(query, execution_options={"yield_per": LOT}).mappings():
        yield dict(row)


def _write_blobs(blobs: Blobs, archive: tarfile.TarFile) -> None:
    """Add every blob that is there: one is on disk before a row names it, so all that the view names are.

    One that is old may be swept away meanwhile.
    """
    for path in sorted(blobs.folder.glob("??/*")):
        if len(path.name) == NAME_LENGTH:
            with suppress(FileNotFoundError), path.open("rb") as content:
                _add(archive, f"{BLOBS}{path.name}", content)


def _add(archive: tarfile.TarFile, name: str, content: IO[bytes]) -> None:
    member = tarfile.TarInfo(name)
    member.size = content.seek(0, os.SEEK_END)
    member.mtime = int(now().timestamp())
    content.seek(0)
    archive.addfile(member, content)


@contextmanager
def _opened(file: Path) -> Iterator[tarfile.TarFile]:
    """Open an archive; whatever shows that it is damaged becomes RefusalError."""
    try:
        with tarfile.open(file, "r:gz") as archive:
            yield archive
    except (tarfile.TarError, EOFError, zlib.error, msgspec.DecodeError) as error:
        raise RefusalError(f"{file}: this is no whole backup of Ringback ({error})") from None
    except OSError as error:
        if error.errno is not None:
            raise
        raise RefusalError(f"{file}: this is no whole backup of Ringback ({error})") from None


def _description(archive: tarfile.TarFile) -> Description:
    description = decode(_content(archive, DESCRIPTION).read(), Description)
    if not migrations.knows(description.revision):
        raise RefusalError(
            f"the backup is of Ringback {description.ringback}, which is newer; restore it with that version"
        )
    return description


def _content(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        content = archive.extractfile(name)
    except KeyError:
        content = None
    if content is None:
        raise tarfile.TarError(f"{name} is missing")
    return content


def _require_empty(connection: Connection, revision: str) -> None:
    for table in _tables(connection):
        if connection.execute(select(table).limit(1)).first() is not None:
            raise RefusalError(
                "there is data here already; a backup fills an empty folder or database: choose another"
            )
    if migrations.current_revision(connection) not in {None, revision}:
        raise RefusalError(
            "the database was made by another version of Ringback; give the backup a new, empty one"
        )


def _restore_blob(blobs: Blobs, name: str, content: bytes) -> None:
    if digest(content) != name:
        raise tarfile.TarError(f"the file {name} was changed")
    blobs.put_now(content)


def _restore_rows(connection: Connection, described: Described, archive: tarfile.TarFile) -> None:
    table = described.table()
    for lot in _lots(_lines(archive, described)):
        connection.execute(insert(table), [{**row, **dict.fromkeys(described.links)} for row in lot])
    # A row may refer to a later one of its table: only now are all of them there.
    for link in described.links:
        refer = update(table).where(table.c.id == bindparam("row_id")).values({link: bindparam("to")})
        for lot in _lots(row for row in _lines(archive, described) if row[link] is not None):
            connection.execute(refer, [{"row_id": row["id"], "to": row[link]} for row in lot])
    if connection.dialect.name == "postgresql" and "id" in table.c:
        _count_on(connection, table)


def _count_on(connection: Connection, table: Table) -> None:
    """Have the next row's id follow the last one's, where the database counts apart from the rows."""
    last = connection.scalar(select(func.max(table.c.id)))
    sequence = connection.scalar(select(func.pg_get_serial_sequence(table.name, "id")))
    if last is not None and sequence is not None:
        connection.execute(select(func.setval(sequence, last)))


def _lines(archive: tarfile.TarFile, described: Described) -> Iterator[Row]:
    decode = msgspec.json.Decoder(dict[str, object]).decode
    moments = [name for name, kind in described.columns.items() if kind == "moment"]
    bodies = [name for name, kind in described.columns.items() if kind == "bytes"]
    days = [name for name, kind in described.columns.items() if kind == "day"]
    for line in _content(archive, described.member):
        row = decode(line)
        row.update({name: convert(row[name], datetime | None) for name in moments})
        row.update({name: convert(row[name], bytes | None) for name in bodies})
        row.update({name: convert(row[name], date | None) for name in days})
        yield row


def _lots(rows: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(rows)
    while lot := list(islice(rest, LOT)):
        yield lot
