"""`ringback journal`: what came in, as it came, and having it read again."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple, cast

import click
from sqlalchemy import select, true
from sqlalchemy.orm import Session, defer

from hub import audit, journal, unproven
from hub.audit import COMMAND_LINE
from hub.channels import Channel, connector_kinds, find_channel
from hub.cli.options import data_option, read, visit, write
from hub.cli.output import show_table, when
from hub.connector import WebIntake, takes_posts
from hub.db import Database
from hub.journal import Inbound
from hub.said import said
from hub.shapes import convert
from hub.store import blobs_of

LOT = 500  # items that are reopened in one transaction: the hub's own writes come in between
STATES = {
    "failed": Inbound.failed_at.is_not(None),
    "waiting": Inbound.due_at.is_not(None),
    "set-aside": Inbound.set_aside_at.is_not(None) & Inbound.unproven_at.is_(None),
    "unproven": unproven.APART,
    "everything": true(),
}


class Item(NamedTuple):
    """One item with its channel's name."""

    inbound: Inbound
    channel: str

    @property
    def state(self) -> str:
        """Say in words how far it is."""
        row = self.inbound
        if row.due_at is not None:
            return f"waiting after {row.attempts} tries: {row.error}" if row.attempts else "waiting"
        if row.failed_at is not None:
            return f"failed: {row.error}"
        if row.set_aside_at is not None:
            return f"set aside: {row.set_aside_why}"
        return row.became or "done"


@click.group("journal")
def command() -> None:
    """Look through everything that came in, and have it read again."""


@command.command("list")
@click.option("--filter", "wanted", type=click.Choice(tuple(STATES)), default="everything", show_default=True)
@click.option("--channel", metavar="NAME", help="Only what came in by this channel.")
@click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, help="How many, the newest first."
)
@data_option
def list_items(wanted: str, channel: str | None, limit: int, data: Path) -> None:
    """List items, the newest first."""
    items = read(data, _list, wanted, channel, limit)
    rows = [
        (str(item.inbound.id), when(item.inbound.received_at), item.channel, item.state) for item in items
    ]
    show_table(
        ("Item", "Received", "Channel", "Became"), rows, empty="There is nothing like this in the journal."
    )


@command.command()
@click.argument("item", type=int)
@click.option("--raw", is_flag=True, help="Only the bytes, exactly as they came.")
@data_option
def show(item: int, raw: bool, data: Path) -> None:  # noqa: FBT001 - click hands a flag over like this
    """Show one item with its raw bytes."""
    found = read(data, _find, item)
    if not raw:
        for line in _about(found):
            click.echo(line)
    content = found.inbound.body or b""
    if found.inbound.blob:
        content = blobs_of(data).path(found.inbound.blob).read_bytes()
    if sys.stdout.isatty() and not raw:
        # What a stranger sent must not talk to the terminal.
        click.echo(
            "".join(
                c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}"
                for c in content.decode("utf-8", "replace")
            )
        )
    else:
        click.echo(content, nl=False)


@command.command()
@click.argument("items", type=int, nargs=-1, required=True)
@data_option
def retry(items: tuple[int, ...], data: Path) -> None:
    """Have failed or waiting items read once more, now."""
    write(data, _retry, items)
    click.echo(f"{len(items)} to be read again; the hub takes them within seconds.")


@command.command()
@click.argument("items", type=int, nargs=-1, required=True)
@data_option
def release(items: tuple[int, ...], data: Path) -> None:
    """Let go on what was set aside as suspicious: it was real."""
    write(data, _release, items)
    click.echo(f"{len(items)} on the way.")


@command.command()
@click.option("--channel", metavar="NAME", required=True, help="What came in by this channel.")
@click.option(
    "--since", type=click.DateTime(), required=True, help="… from this moment on, by this machine's clock."
)
@data_option
def replay(channel: str, since: datetime, data: Path) -> None:
    """Read again what was done or failed, such as after a reader was mended. No card is made twice.

    What came so long ago that its raw bytes are no longer kept is left out.
    """
    start, count, last = since.astimezone(), 0, 0
    while lot := write(data, _replay, channel, start, last):
        count, last = count + len(lot), lot[-1]
    click.echo(f"{count} to be read again; the hub takes them within seconds.")


@command.command()
@click.option("--channel", metavar="NAME", required=True, help="What came in by this channel.")
@data_option
def prove(channel: str, data: Path) -> None:
    """Prove again what was not proven genuine, such as after its secret was corrected; what is goes on its way."""
    proven, left = visit(data, partial(_prove, channel=channel))
    click.echo(f"{proven} proven and on the way, {left} not proven.")


def _list(session: Session, wanted: str, channel: str | None, limit: int) -> list[Item]:
    query = (
        select(Inbound, Channel.name)
        .join(Channel, Channel.id == Inbound.channel_id).options(defer(Inbound.body))
        .where(STATES[wanted]).order_by(Inbound.id.desc()).limit(limit)
    )  # fmt: skip
    if channel is not None:
        query = query.where(Inbound.channel_id == find_channel(session, channel).id)
    return [Item(inbound, name) for inbound, name in session.execute(query)]


def _find(session: Session, item: int) -> Item:
    inbound = session.get(Inbound, item)
    if inbound is None:
        raise LookupError(
            f"there is no item {item} in the journal; ringback journal list shows what there is"
        )
    return Item(inbound, session.get_one(Channel, inbound.channel_id).name)


def _about(item: Item) -> Iterator[str]:
    row = item.inbound
    stream = f", stream {row.stream}" if row.stream else ""
    yield f"Item      {row.id} in {item.channel}, key {row.key}{stream}"
    yield f"Received  {row.received_at.astimezone().isoformat(timespec='milliseconds')}, {row.size} bytes"
    yield f"Became    {item.state}{f' ({row.became_path})' if row.became_path else ''}"
    if row.forgotten_at is not None:
        yield f"Bytes     no longer kept since {when(row.forgotten_at)}"
    if row.duplicate_of is not None:
        yield f"Same as   {row.duplicate_of}"
    yield ""
    for name, value in row.headers.items():
        if not name.startswith(":"):
            yield f"{name}: {value}"
    yield ""


def _retry(session: Session, items: Sequence[int]) -> None:
    for number in items:
        item = _find(session, number).inbound
        if item.done_at is not None:
            raise ValueError(f"item {number} is done; to read it again all the same: ringback journal replay")
        if item.set_aside_at is not None:
            raise ValueError(
                f"item {number} was set aside; to let it go on: ringback journal release {number}"
            )
        journal.reopen(session, item)
        audit.record(session, COMMAND_LINE, audit.CHANGED, "journal", number, words=said("tried again"))


def _release(session: Session, items: Sequence[int]) -> None:
    for number in items:
        item = _find(session, number).inbound
        if item.set_aside_at is None:
            raise ValueError(f"item {number} was not set aside")
        journal.release(session, item)
        audit.record(session, COMMAND_LINE, audit.CHANGED, "journal", number, words=said("let go on"))


async def _prove(db: Database, channel: str) -> tuple[int, int]:
    row = await db.read(find_channel, channel)
    kind = connector_kinds()[row.kind]
    if not takes_posts(kind):
        raise ValueError(f"nobody posts to {channel}, so that nothing there needs proof")
    reader = cast("WebIntake", kind(row.name, row.token, convert(row.settings, kind.settings_type)))
    found = await unproven.proven_by_now(db, row.id, reader)
    return await db.write(_let_go, row.id, found)


def _let_go(session: Session, channel_id: int, found: Mapping[int, str]) -> tuple[int, int]:
    proven = unproven.let_go(session, found)
    for number in proven:
        audit.record(session, COMMAND_LINE, audit.CHANGED, "journal", number, words=said("proven genuine"))
    left = unproven.apart(session).get(channel_id)
    return len(proven), left.count if left else 0


def _replay(session: Session, channel: str, since: datetime, after: int) -> list[int]:
    closed = Inbound.done_at.is_not(None) | Inbound.failed_at.is_not(None)
    kept = Inbound.forgotten_at.is_(None)
    items = session.scalars(
        select(Inbound).options(defer(Inbound.body)).order_by(Inbound.id).limit(LOT)
        .where(Inbound.channel_id == find_channel(session, channel).id, Inbound.received_at >= since,
               Inbound.id > after, closed, kept)
    ).all()  # fmt: skip
    for item in items:
        journal.reopen(session, item)
        audit.record(session, COMMAND_LINE, audit.CHANGED, "journal", item.id, words=said("read again"))
    return [item.id for item in items]
