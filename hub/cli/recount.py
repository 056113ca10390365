"""`ringback recount`: the numbers of campaigns and of lists, made anew where they are wrong."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from hub.app import consent_standings, copy_counts, copy_event_counts
from hub.cli.options import data_option, require_store
from hub.store import open_store


@click.command("recount")
@data_option
def command(data: Path) -> None:
    """Count the copies of campaigns, and who is on a list, anew where `ringback check` says that it is wrong."""
    require_store(data)
    campaigns, lists = asyncio.run(_recount(data))
    click.echo(f"{campaigns:,} campaigns and {lists:,} lists were counted anew.")


async def _recount(data: Path) -> tuple[int, int]:
    async with open_store(data) as db:
        campaigns, lists = await db.read(copy_counts.wrong), await db.read(consent_standings.wrong)
        looked_at = await db.read(copy_event_counts.wrong)
        for campaign_id in campaigns:
            await db.write(copy_counts.count_anew, campaign_id)
        for campaign_id in looked_at:
            await db.write(copy_event_counts.count_anew, campaign_id)
        for list_id in lists:
            await db.write(consent_standings.count_anew, list_id)
    return len({*campaigns, *looked_at}), len(lists)
