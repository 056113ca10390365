"""`ringback demo`: a hub with a made-up company in it, where something happens all the time."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import click
from aiohttp import web

from hub import journal, signin
from hub.app import demo, fill
from hub.channels import Channels
from hub.cli.options import data_option, listen_option, settings_from
from hub.cli.serve import run
from hub.clock import now
from hub.db import Database
from hub.settings import default_file
from hub.store import blobs_of, open_store
from hub.ulid import ulid
from hub.web import keys

log = logging.getLogger(__name__)

COMPANY = "company.toml"


@click.command("demo")
@data_option
@listen_option
def command(data: Path, listen: tuple[str, int]) -> None:
    """Run a hub full of invented people and traffic.

    The first time it fills DIR with a window company, its people and months of history; a folder in which
    a real hub keeps its data is refused.
    """
    try:
        asyncio.run(_begin(data))
    except ValueError as error:
        if type(error) is not ValueError:
            raise
        raise click.ClickException(f"{data}: {error}") from None
    for line in _cast():
        click.echo(line)
    run(data, listen, settings_from(None), default_file(COMPANY), beside=_traffic)


async def _begin(data: Path) -> None:
    """Fill an empty store with people and history; a second time does nothing."""
    async with open_store(data, alone=True) as db:
        await fill(db, default_file(COMPANY))
        if not await db.read(demo.is_here):
            click.echo("The company moves in …")
            await move_in(db, data)
        else:
            await db.write(demo.add_service_form)


async def move_in(db: Database, data: Path) -> None:
    """Have everybody there, with months of history."""
    await db.write(demo.add_service_form)
    await db.write(demo.add_chats)
    channels = Channels(db)
    await channels.load()
    await _relive(db, data, channels)


async def _relive(db: Database, data: Path, channels: Channels) -> None:
    moment, blobs = now(), blobs_of(data)
    requests, chats = demo.plan(moment, await db.read(demo.zone)), list(demo.written(moment))
    ids = {channel.name: channel.id for channel in channels}
    await asyncio.gather(
        *(
            journal.accept(db, blobs, ids[each.channel], each.raw.key, each.raw)
            for each in [*requests, *chats]
        )
    )
    hashed = signin.hash_password(demo.PASSWORD)
    await db.write(demo.live_through, channels, requests, moment, hashed)
    await db.write(demo.talk_through, channels, moment)


async def _traffic(app: web.Application) -> None:
    """Make something happen every few seconds, until the hub stops."""
    db, traffic = app[keys.DB], demo.Traffic(now())
    try:
        for request in traffic.opening():
            await _arrive(app, request)
        while True:
            await asyncio.sleep(traffic.pause())
            if not await db.read(demo.crowded):
                await _arrive(app, traffic.next())
            await db.write(demo.work, traffic.roll())
    except Exception:
        log.exception("the made-up traffic ends here")


async def _arrive(app: web.Application, request: demo.Request) -> None:
    """Keep a request as intake does."""
    channel = next(channel for channel in app[keys.CHANNELS] if channel.name == request.channel)
    await journal.accept(app[keys.DB], app[keys.BLOBS], channel.id, ulid(), request.raw)


def _cast() -> list[str]:
    return [
        f"Sign in as anybody of {len(demo.STAFF)} people; the password is always {demo.PASSWORD}",
        *(
            f"  {person.email:<28} {person.name}, {', '.join(filter(None, (person.role, person.department)))}"
            for person in demo.STAFF
            if person.role != "agent" or person.department == "Front desk"
        ),
    ]
