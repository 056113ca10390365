"""`ringback channel`: the ways in, their addresses, and whether they work."""

from __future__ import annotations

import asyncio
import tomllib
import urllib.error
import urllib.request
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import cast

import click
import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import audit
from hub.audit import COMMAND_LINE
from hub.channel_changes import HIDDEN, secrets_of
from hub.channels import Channel, add_channel, connector_kinds, find_channel, renew_secret, set_settings
from hub.cli.options import address_of, data_option, read, write
from hub.cli.output import show_table
from hub.cli.toml import assignments, value_of
from hub.connector import AuthFailed, Refused, Settings, Unavailable
from hub.errors import describe
from hub.examination import Examiner, examines
from hub.exchange import Surveyor, surveys
from hub.settings import explain
from hub.shapes import convert
from hub.users import User, active_users

SECONDS = 10
SIGNS = {"good": "+", "bad": "!", "unknown": "?"}


@click.group("channel")
def command() -> None:
    """Look after the ways in: forms and what comes later."""


@command.command("list")
@data_option
def list_channels(data: Path) -> None:
    """List all channels."""
    headings = ("Name", "Kind", "Title", "Intake")
    show_table(
        headings,
        read(data, _all),
        empty="There are no channels. Add one: ringback channel add NAME --kind form",
    )


@command.command()
@click.argument("name")
@click.option("--kind", default="form", show_default=True, help="The connector.")
@click.option("--title", help="What colleagues call it; otherwise its name.")
@click.option(
    "--settings",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A TOML file with the connector's settings.",
)
@data_option
def add(name: str, kind: str, title: str | None, settings: Path | None, data: Path) -> None:
    """Add a channel and print its intake path. A hub that runs takes it up within seconds."""
    given = _settings(settings, kind) if settings else {}

    def make(session: Session) -> str:
        channel = add_channel(session, name, title or name, kind, given)
        session.flush()
        changes = {"name": (None, channel.name), "kind": (None, kind)}
        audit.record(session, COMMAND_LINE, audit.MADE, "channel", channel.id, changes=changes)
        return _path(channel)

    click.echo(write(data, make))


@command.command()
@click.argument("name")
@data_option
def url(name: str, data: Path) -> None:
    """Print a channel's intake path, alone: what forms and services send to, after the hub's address."""
    click.echo(read(data, lambda session: _path(find_channel(session, name))))


@command.command("set")
@click.argument("name")
@click.argument("changes", nargs=-1, metavar="[KEY=VALUE …]")
@data_option
def set_(name: str, changes: tuple[str, ...], data: Path) -> None:
    """Print a channel's settings, or change some. A hub that runs takes them up within seconds.

    A VALUE is written as in TOML: 3, true, '["https://klarruta.example"]'; anything else is text.
    """
    if not changes:
        click.echo("\n".join(assignments(read(data, lambda session: _shown(find_channel(session, name))))))
        return
    wanted = dict(_change(each) for each in changes)

    def change(session: Session) -> dict[str, object]:
        before = _shown(find_channel(session, name))
        channel = set_settings(session, name, wanted)
        after = _shown(channel)
        changes = {key: (before.get(key), after[key]) for key in wanted}
        audit.record(session, COMMAND_LINE, audit.CHANGED, "channel", channel.id, changes=changes)
        return after

    settings = write(data, change)
    click.echo("\n".join(assignments({key: settings[key] for key in wanted})))


@command.command()
@click.argument("name")
@click.option("--url", help="Where the hub is reached; otherwise where it last started.")
@click.option("--ring", metavar="EXTENSION", help="Have this telephone ring, of a telephone exchange.")
@click.option(
    "--send", is_flag=True, help="Send a letter from a mailbox to itself, or tell Viber our address."
)
@data_option
def test(name: str, url: str | None, ring: str | None, data: Path, *, send: bool) -> None:
    """Say whether a channel works: a form's address takes what is sent to it, an exchange or mailbox lets us in.

    Of an exchange it lists the telephones and who sits there, of a mailbox what is published about it. Nothing is
    sent to a form.
    """
    channel = read(data, lambda session: find_channel(session, name))
    kind = connector_kinds().get(channel.kind)
    if kind is None or not (surveys(kind) or examines(kind)):
        return _ask_the_hub(name, _path(channel), (url or address_of(data)).rstrip("/"))
    try:
        connector = kind(name, channel.token, convert(channel.settings, kind.settings_type))
        if surveys(kind):
            return _look(cast("Surveyor", connector), connector.settings, data, ring)
        connector.renew = partial(_renew, data, channel.id)
        connector.address = f"{(url or address_of(data)).rstrip('/')}{_path(channel)}"
        good = asyncio.run(_examine(cast("Examiner", connector), send=send))
    except (Unavailable, AuthFailed, Refused, msgspec.ValidationError) as error:
        raise click.ClickException(describe(error)) from None
    if not good:
        raise click.exceptions.Exit(1)
    return None


async def _renew(data: Path, channel_id: int, setting: str, before: str, after: str) -> None:
    """Keep a secret that the other side gave out meanwhile."""

    def renew(session: Session) -> None:
        renew_secret(session, channel_id, setting, before, after)

    await asyncio.to_thread(write, data, renew)


async def _examine(examiner: Examiner, *, send: bool) -> bool:
    """Say what is found as soon as it is, and whether all of it is as it should be."""
    good = True
    async for finding in examiner.examine(send=send):
        click.echo(f"{SIGNS[finding.how]} {finding.what}: {finding.words}")
        good &= finding.how != "bad"
    return good


def _look(surveyor: Surveyor, settings: Settings, data: Path, ring: str | None) -> None:
    """Show the telephones of an exchange, and who sits at each; then have one ring."""
    found = asyncio.run(surveyor.survey())
    people = read(data, _extensions)
    rows = [(each.extension, people.get(each.extension, "nobody sits here"), each.words) for each in found]
    show_table(("Extension", "Who", "How it is"), rows, empty="The exchange knows no telephone of ours.")
    missing = sorted(people.keys() - {each.extension for each in found})
    for extension in filter(settings.rings, missing):  # the others sit at another exchange
        click.echo(f"{people[extension]}: the exchange knows no telephone {extension}", err=True)
    if ring:
        click.echo(f"{ring} rings: pick it up, and you hear yourself", err=True)
        asyncio.run(surveyor.ring(ring))


def _extensions(session: Session) -> dict[str, str]:
    rows = active_users(session, User.extension != "")
    return {user.extension: user.name for user in rows}


def _ask_the_hub(name: str, path: str, address: str) -> None:
    """Ask the running hub whether it takes what is sent there."""
    request = urllib.request.Request(f"{address}{path}", method="OPTIONS")  # noqa: S310 - the admin's own hub
    try:
        with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310
            click.echo(f"{name} takes what is sent to {address}{path}")
    except urllib.error.HTTPError as error:
        error.close()  # it is the answer, too, and holds its connection
        advice = (
            "a channel that was added just now is taken up within seconds; otherwise another hub answers "
            "there, or its connector is not installed: ringback channel list"
            if error.code == HTTPStatus.NOT_FOUND
            else error.reason
        )
        raise click.ClickException(f"{address}: the hub does not take it ({error.code}); {advice}") from None
    except (OSError, ValueError) as error:
        raise click.ClickException(
            f"{address}: no hub answers here; start it, or say where with --url ({error})"
        ) from None


def _all(session: Session) -> list[tuple[str, ...]]:
    known = connector_kinds()
    rows = session.scalars(select(Channel).order_by(Channel.name))
    return [
        (row.name, row.kind if row.kind in known else f"{row.kind}: not installed", row.title, _path(row))
        for row in rows
    ]


def _shown(channel: Channel) -> dict[str, object]:
    """Give the settings without what is never shown again."""
    kind = connector_kinds().get(channel.kind)
    hidden = secrets_of(kind.settings_type) if kind else set()
    return {key: HIDDEN if key in hidden and value else value for key, value in channel.settings.items()}


def _path(channel: Channel) -> str:
    return f"/in/{channel.name}/{channel.token}"


def _change(pair: str) -> tuple[str, object]:
    key, equals, value = pair.partition("=")
    if not equals or not key.strip():
        raise click.UsageError(f"“{pair}” changes nothing; write KEY=VALUE, such as min_seconds=3")
    return key.strip(), value_of(value)


def _settings(file: Path, kind: str) -> dict[str, object]:
    """Read the settings and check them by the connector's own types."""
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file}: {error}") from None
    connector = connector_kinds().get(kind)
    if connector is not None:
        try:
            convert(given, connector.settings_type)
        except msgspec.ValidationError as error:
            raise click.ClickException(f"{file}: {explain(str(error), connector.settings_type)}") from None
    return given
