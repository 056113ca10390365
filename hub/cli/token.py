"""`ringback token`: how programs get in."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import audit, tokens
from hub.audit import COMMAND_LINE
from hub.cli.options import data_option, read, write
from hub.cli.output import show_table, when
from hub.tokens import ApiToken


@click.group("token")
def command() -> None:
    """Look after API tokens for programs."""


@command.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    help="all, or what it may: contacts:read, tasks:write … Several times.",
)
@data_option
def create(name: str, scopes: tuple[str, ...], data: Path) -> None:
    """Make a token and print it, alone; it cannot be read a second time."""

    def make(session: Session) -> str:
        token = tokens.create(session, name, scopes)
        _record(session, audit.MADE, name, scopes=(None, list(scopes)))
        return token

    click.echo(write(data, make))


@command.command("list")
@data_option
def list_tokens(data: Path) -> None:
    """List all tokens and when they were last used."""
    show_table(("Name", "Scopes", "Made", "Used", "Revoked"), read(data, _all), empty="There are no tokens.")


@command.command()
@click.argument("name")
@data_option
def revoke(name: str, data: Path) -> None:
    """End a token at once."""

    def end(session: Session) -> None:
        _record(session, audit.REMOVED, name)
        tokens.revoke(session, name)

    write(data, end)
    click.echo(f"{name} is revoked.")


def _record(session: Session, verb: str, name: str, **changes: tuple[object, object]) -> None:
    session.flush()
    row = session.scalar(select(ApiToken).where(ApiToken.name == name.strip(), ApiToken.revoked_at.is_(None)))
    audit.record(session, COMMAND_LINE, verb, "token", row.id if row else 0, changes=changes)


def _all(session: Session) -> list[tuple[str, ...]]:
    rows = session.scalars(select(ApiToken).order_by(ApiToken.revoked_at.is_not(None), ApiToken.name))
    return [
        (row.name, " ".join(row.scopes), when(row.made_at), when(row.used_at), when(row.revoked_at))
        for row in rows
    ]
