"""`ringback check`: everything that a start needs, looked at without starting anything."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NamedTuple

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import migrations
from hub.app import examine, fill
from hub.channels import Channel, connector_kinds
from hub.cli.faults import port_trouble, words_for
from hub.cli.options import (
    Listen,
    company_file,
    company_option,
    config_option,
    data_option,
    has_store,
    settings_from,
)
from hub.settings import SettingsError
from hub.sqlite import SqliteDatabase, driver
from hub.store import connect

SAFE_SQLITE = (3, 51, 3)  # earlier ones can damage a file in WAL mode when checkpoint and reset meet


class Line(NamedTuple):
    """One thing that was looked at. Without `right` it must be mended; a remark is neither."""

    words: str
    right: bool = True
    remark: bool = False


@click.command("check")
@data_option
@config_option
@company_option
@click.option("--listen", type=Listen(), help="Also look whether the hub could listen there.")
def command(data: Path, config: Path | None, company: Path | None, listen: tuple[str, int] | None) -> None:
    """Say what is wrong, without starting anything. Exit code 1 if something is."""
    lines = [*_settings(config), *_sqlite(), *_folder(data), *(_port(listen) if listen else ())]
    lines += asyncio.run(_stores(data, company))
    for line in lines:
        mark, colour = ("!", "yellow") if line.remark else ("✓", "green") if line.right else ("✗", "red")
        click.secho(f"{mark} {line.words}", fg=colour)
    if not all(line.right for line in lines):
        raise click.exceptions.Exit(1)


def _settings(config: Path | None) -> Iterator[Line]:
    try:
        settings_from(config)
    except SettingsError as error:
        yield Line(str(error), right=False)
    else:
        yield Line(f"{config or 'ringback.toml'}: every setting is known")


def _sqlite() -> Iterator[Line]:
    if os.environ.get("RINGBACK_DATABASE"):
        return
    module = driver()
    words = f"SQLite {module.sqlite_version}"
    if module.sqlite_version_info >= SAFE_SQLITE:
        yield Line(words)
    else:
        needed = ".".join(map(str, SAFE_SQLITE))
        yield Line(
            f"{words} may damage the database; {needed} or later is needed: pip install pysqlite3",
            right=False,
        )


def _folder(data: Path) -> Iterator[Line]:
    place = data
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        yield Line(f"{place}: a file is in the way; choose another folder with --data DIR", right=False)
        return
    try:
        with tempfile.TemporaryFile(dir=place):
            yield Line(f"{data}: can be written" if data.exists() else f"{data}: will be made")
    except OSError as error:
        yield Line(f"{place}: cannot be written ({error.strerror})", right=False)


def _port(listen: tuple[str, int]) -> Iterator[Line]:
    try:
        family, kind, _, _, address = socket.getaddrinfo(*listen, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        yield Line(port_trouble(listen, error) or f"--listen {listen[0]}:{listen[1]}: {error}", right=False)
    else:
        yield Line(f"{listen[0]}:{listen[1]} is free")


async def _stores(data: Path, company: Path | None) -> list[Line]:
    """Look at the store that is here; what would fill an empty one is tried on one that is thrown away."""
    lines, is_filled = await _store(data) if has_store(data) else ([], False)
    if company is not None or not is_filled:
        lines += [line async for line in _company(company_file(company), alone=not is_filled)]
    return lines


async def _store(data: Path) -> tuple[list[Line], bool]:
    db = connect(data)
    try:
        revision = await db.read(lambda session: migrations.current_revision(session.connection()))
        if revision == migrations.head_revision():
            return [Line("The database answers"), *await db.read(_look)], True
    except Exception as error:
        words = words_for(error)
        if words is None:
            raise
        return [Line(words, right=False)], True
    finally:
        await db.close()
    if revision is None:
        return [Line("The database answers, and is empty")], False
    if migrations.knows(revision):
        return [Line("The database answers; the next start brings it to this version")], True
    return [Line("The database was written by a newer Ringback: install that version", right=False)], True


async def _company(file: Path, *, alone: bool) -> AsyncIterator[Line]:
    with tempfile.TemporaryDirectory(prefix="ringback-check-") as folder:
        db = SqliteDatabase(Path(folder, "try.db"))
        try:
            await db.migrate(migrations.upgrade)
            await fill(db, file)
            yield Line(f"{file}: can fill an empty store")
            for line in await db.read(_look) if alone else ():
                yield line
        except SettingsError as error:
            yield Line(str(error), right=False)
        finally:
            await db.close()


def _look(session: Session) -> list[Line]:
    lines = [Line(words, right=not wrong, remark=not wrong) for words, wrong in examine(session)]
    rows = session.scalars(select(Channel).order_by(Channel.name))
    return lines + [_channel(row, installed=row.kind in connector_kinds()) for row in rows]


def _channel(row: Channel, *, installed: bool) -> Line:
    if not installed:
        words = f"its connector {row.kind} is not installed; what came in waits"
    elif row.paused_at is not None or row.trouble_at is None:
        return Line(f"Channel {row.name}: the connector {row.kind} is here")
    elif row.refused_at is not None:
        words = f"the other side refuses it, so mend its settings: {row.trouble}"
    else:
        words = f"was not reachable when it was last tried: {row.trouble}"
    return Line(f"Channel {row.name}: {words}", right=False)
