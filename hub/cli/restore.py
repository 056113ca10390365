"""`ringback restore`: an empty data folder, filled from a backup."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import click

from hub import backup
from hub.cli.options import data_option
from hub.store import blobs_of, open_store


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@data_option
def command(file: Path, data: Path) -> None:
    """Fill an empty data folder, or the empty database that RINGBACK_DATABASE names, from FILE."""
    try:
        asyncio.run(_read(data, file))
    except backup.RefusalError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{data} is as it was. Start the hub: ringback serve --data {data}")


async def _read(data: Path, file: Path) -> None:
    backup.look_into(file)  # before a folder is made for what turns out to be no backup
    async with open_store(data, alone=True, prepare=partial(backup.read, blobs_of(data), file)):
        pass
