"""`ringback index`: the index of words, made anew."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from hub.app import search_feed
from hub.cli.options import data_option, require_store
from hub.store import open_store

LOT = 2_000


@click.command("index")
@data_option
def command(data: Path) -> None:
    """Make the index of words anew, also while the hub runs. Until it is done, not everything is found."""
    require_store(data)
    done = asyncio.run(_rebuild(data))
    click.echo(f"{done:,} records can be found.")


async def _rebuild(data: Path) -> int:
    done = 0
    async with open_store(data) as db:
        await db.write(search_feed.rebuild)
        while lot := await db.read(search_feed.gather, LOT):
            await db.write(search_feed.index, lot)
            done += sum(map(len, lot.kinds.values()))
    return done
