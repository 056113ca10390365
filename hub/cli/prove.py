"""`ringback prove`: what mailboxes hold, against what the journal holds."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path

import click

from hub.channels import Channels, LiveChannel
from hub.cli.options import data_option, require_store
from hub.cli.output import show_table
from hub.clock import now
from hub.comparable import Day, compares
from hub.comparing import compare
from hub.connector import AuthFailed, Refused, Unavailable
from hub.errors import describe
from hub.store import blobs_of, open_store

LATELY = timedelta(days=30)

Found = tuple[LiveChannel, Sequence[Day], str]


@click.command("prove")
@click.argument("names", nargs=-1, metavar="[CHANNEL …]")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD",
              help="The first day to compare; otherwise the last 30 days.")  # fmt: skip
@data_option
def command(names: tuple[str, ...], since: datetime | None, data: Path) -> None:
    """Compare mailboxes with the journal, day by day, and fetch what is missing.

    Without CHANNEL, all of them. Exit code 1 if something was missing or could not be compared.
    """
    require_store(data)
    first = since.date() if since else (now() - LATELY).date()
    found = asyncio.run(_prove(data, names, first))
    rows = [
        (channel.name, day.day.isoformat(), str(day.held), str(day.missing))
        for channel, days, _trouble in found
        for day in days
    ]
    show_table(
        ("Channel", "Day", "There", "Missing here, fetched"), rows, empty=f"Nothing came since {first}."
    )
    troubles = [f"{channel.name}: {trouble}" for channel, _days, trouble in found if trouble]
    for words in troubles:
        click.echo(words, err=True)
    if troubles or any(day.missing for _channel, days, _trouble in found for day in days):
        raise click.exceptions.Exit(1)


async def _prove(data: Path, names: Sequence[str], since: date) -> list[Found]:
    async with open_store(data) as db:
        channels = Channels(db)
        await channels.load()
        found: list[Found] = []
        for channel in _wanted(channels, names):
            try:
                found.append((channel, await compare(db, blobs_of(data), channel, since), ""))
            except (Unavailable, AuthFailed, Refused) as error:
                found.append((channel, (), describe(error)))
        return found


def _wanted(channels: Channels, names: Sequence[str]) -> list[LiveChannel]:
    """Give the channels of these names, or all that can be compared."""
    known = {channel.name: channel for channel in channels if compares(channel.connector)}
    for name in names:
        if name not in known:
            there = ", ".join(sorted(known)) or "none"
            raise click.ClickException(f"“{name}” is no channel that can be compared; there are: {there}")
    return [known[name] for name in names] if names else [known[name] for name in sorted(known)]
