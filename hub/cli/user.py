"""`ringback user`: who signs in, with which role, and links that let somebody in."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import signin
from hub.cli.options import address_of, data_option, read, write
from hub.cli.output import show_table, when
from hub.clock import now
from hub.users import ROLES, Department, User, add_user, find_department, find_user


@click.group("user")
def command() -> None:
    """Look after the people who sign in: agents, heads, managers, admins."""


@command.command()
@click.argument("email")
@click.option("--name", default="", help="As colleagues say it; otherwise the first part of the address.")
@click.option("--role", type=click.Choice(ROLES), default="agent", show_default=True)
@click.option("--department", metavar="NAME", help="Where this person works.")
@data_option
def add(email: str, name: str, role: str, department: str | None, data: Path) -> None:
    """Add a person and print a link by which she signs in."""

    def invite(session: Session) -> str:
        return signin.make_link(session, add_user(session, email, name, role, department))

    _print_link(data, write(data, invite))


@command.command()
@click.argument("email")
@data_option
def link(email: str, data: Path) -> None:
    """Print a new link by which a person signs in and chooses a password."""
    _print_link(data, write(data, lambda session: signin.make_link(session, _present(session, email))))


@command.command("list")
@data_option
def list_users(data: Path) -> None:
    """List everybody."""
    headings = ("Mail", "Name", "Role", "Department", "Since", "Left")
    show_table(
        headings, read(data, _everybody), empty="Nobody is here yet. Add somebody: ringback user add MAIL"
    )


@command.command()
@click.argument("email")
@click.argument("role", type=click.Choice(ROLES))
@data_option
def role(email: str, role: str, data: Path) -> None:
    """Give a person another role."""

    def change(session: Session) -> str:
        user = _present(session, email)
        user.role = role
        return user.name

    click.echo(f"{write(data, change)} is now {role}.")


@command.command()
@click.argument("email")
@data_option
def disable(email: str, data: Path) -> None:
    """Let a person sign in no more, and end what is signed in. What she did stays."""

    def leave(session: Session) -> str:
        user = _present(session, email)
        user.disabled_at = now()
        signin.revoke_all(session, user.id)
        return user.name

    click.echo(f"{write(data, leave)} is signed out everywhere and cannot sign in any more.")


@command.command()
@click.argument("department")
@click.argument("email")
@data_option
def head(department: str, email: str, data: Path) -> None:
    """Make a person the head of a department, who is told when a promise breaks."""

    def lead(session: Session) -> str:
        user, place = _present(session, email), find_department(session, department)
        place.head_id, user.department_id = user.id, place.id
        if user.role == "agent":
            user.role = "head"
        return user.name

    click.echo(f"{write(data, lead)} leads {department}.")


def _present(session: Session, email: str) -> User:
    user = find_user(session, email)
    if user.disabled_at is not None:
        raise ValueError(f"{user.name} has left; add the person again with another address")
    return user


def _everybody(session: Session) -> list[tuple[str, ...]]:
    places = {place.id: place.name for place in session.scalars(select(Department))}
    return [
        (
            user.email,
            user.name,
            user.role,
            places.get(user.department_id or 0, ""),
            when(user.made_at),
            when(user.disabled_at),
        )
        for user in session.scalars(select(User).order_by(User.disabled_at.is_not(None), User.name))
    ]


def _print_link(data: Path, token: str) -> None:
    click.echo(f"{address_of(data)}/welcome/{token}")
