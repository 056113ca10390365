"""`ringback channel`: the ways in, their addresses, and whether they work."""

from __future__ import annotations

import tomllib
import urllib.error
import urllib.request
from http import HTTPStatus
from pathlib import Path

import click
import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import audit
from hub.audit import COMMAND_LINE
from hub.channels import Channel, add_channel, connector_kinds, find_channel, set_settings
from hub.cli.options import address_of, data_option, read, write
from hub.cli.output import show_table
from hub.cli.toml import assignments, value_of
from hub.settings import explain

SECONDS = 10


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
        settings = read(data, lambda session: find_channel(session, name).settings)
        click.echo("\n".join(assignments(settings)))
        return
    wanted = dict(_change(each) for each in changes)

    def change(session: Session) -> dict[str, object]:
        before = dict(find_channel(session, name).settings)
        channel = set_settings(session, name, wanted)
        changes = {key: (before.get(key), channel.settings[key]) for key in wanted}
        audit.record(session, COMMAND_LINE, audit.CHANGED, "channel", channel.id, changes=changes)
        return channel.settings

    settings = write(data, change)
    click.echo("\n".join(assignments({key: settings[key] for key in wanted})))


@command.command()
@click.argument("name")
@click.option("--url", help="Where the hub is reached; otherwise where it last started.")
@data_option
def test(name: str, url: str | None, data: Path) -> None:
    """Ask the running hub whether it takes what is sent to a channel. Nothing is sent to it."""
    path = read(data, lambda session: _path(find_channel(session, name)))
    address = (url or address_of(data)).rstrip("/")
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
            msgspec.convert(given, connector.settings_type)
        except msgspec.ValidationError as error:
            raise click.ClickException(f"{file}: {explain(str(error), connector.settings_type)}") from None
    return given
