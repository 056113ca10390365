"""`ringback recount`: the numbers of campaigns, made of their copies anew where they are wrong."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from hub.app import copy_counts
from hub.cli.options import data_option, require_store
from hub.store import open_store


@click.command("recount")
@data_option
def command(data: Path) -> None:
    """Count the copies of campaigns anew where `ringback check` says that their numbers are wrong."""
    require_store(data)
    done = asyncio.run(_recount(data))
    click.echo(f"{done:,} campaigns were counted anew.")


async def _recount(data: Path) -> int:
    async with open_store(data) as db:
        wrong = await db.read(copy_counts.wrong)
        for campaign_id in wrong:
            await db.write(copy_counts.count_anew, campaign_id)
    return len(wrong)
