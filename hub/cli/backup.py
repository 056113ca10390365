"""`ringback backup`: everything in one file, while the hub runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from hub import backup
from hub.cli.options import data_option, require_store
from hub.store import blobs_of, open_store


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path))
@data_option
def command(file: Path, data: Path) -> None:
    """Write everything to FILE (.tar.gz), as of one moment. It holds customers' data: keep it safe."""
    require_store(data)
    if file.exists():
        raise click.ClickException(f"{file}: this file is there already; choose another name")
    asyncio.run(_write(data, file))
    click.echo(f"{file}, {file.stat().st_size:,} bytes")


async def _write(data: Path, file: Path) -> None:
    async with open_store(data) as db:
        await backup.write(db, blobs_of(data), file)
