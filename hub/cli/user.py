"""`ringback user`: who signs in, with which role, who is away, and links that let somebody in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from pathlib import Path

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import audit, signin
from hub.app import add_absence, away, company, end_absence
from hub.audit import COMMAND_LINE
from hub.cli.options import address_of, data_option, read, write
from hub.cli.output import show_table, when
from hub.clock import now
from hub.said import said
from hub.users import ROLES, Department, User, add_user, find_department, find_user


class Moment(click.ParamType[datetime]):
    """A day or a moment; without a zone of its own it is by the company's clock."""

    name = "DATETIME"

    def convert(
        self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read it as ISO 8601."""
        if isinstance(value, datetime):
            return value
        try:
            return datetime.fromisoformat(value.strip())
        except ValueError:
            self.fail(f"“{value}” is no date; write it like 2026-12-24 or “2026-12-24 08:00”", param, ctx)


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
        user = add_user(session, email, name, role, department)
        changes = audit.differences({}, {"name": user.name, "email": user.email, "role": role})
        audit.record(session, COMMAND_LINE, audit.MADE, "user", user.id, changes=changes)
        return signin.make_link(session, user)

    _print_link(data, write(data, invite))


@command.command()
@click.argument("email")
@data_option
def link(email: str, data: Path) -> None:
    """Print a new link by which a person signs in and chooses a password."""

    def make(session: Session) -> str:
        user = _present(session, email)
        audit.record(
            session, COMMAND_LINE, audit.MADE, "user", user.id, words=said("a sign-in link was made")
        )
        return signin.make_link(session, user)

    _print_link(data, write(data, make))


@command.command("list")
@data_option
def list_users(data: Path) -> None:
    """List everybody, and who is away."""
    headings = ("Mail", "Name", "Role", "Department", "Since", "Left", "Away")
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
        _changed(session, "user", user.id, role=(user.role, role))
        user.role = role
        return user.name

    click.echo(f"{write(data, change)} is now {role}.")


@command.command()
@click.argument("email")
@click.argument("department")
@data_option
def move(email: str, department: str, data: Path) -> None:
    """Have a person work in another department. Her open tasks stay hers."""

    def go(session: Session) -> tuple[str, list[str]]:
        user, place = _present(session, email), find_department(session, department)
        _changed(session, "user", user.id, department_id=(user.department_id, place.id))
        user.department_id = place.id
        others = (Department.head_id == user.id, Department.id != place.id)
        return user.name, list(session.scalars(select(Department.name).where(*others)))

    name, led = write(data, go)
    click.echo(f"{name} works in {department} now.")
    for place in led:
        click.echo(f'{name} still leads {place}; for another head: ringback user head "{place}" MAIL')


@command.command("away")
@click.argument("email")
@click.option("--from", "since", type=Moment(), help="Since when; otherwise from now on.")
@click.option("--until", type=Moment(), required=True, help="Back at this moment; a day begins at midnight.")
@click.option("--why", default="", metavar="WORDS", help="What colleagues are told, such as Holidays.")
@click.option("--instead", metavar="EMAIL", help="Who stands in, and is told of what breaks meanwhile.")
@data_option
def send_away(
    email: str, since: datetime | None, until: datetime, why: str, instead: str | None, data: Path
) -> None:
    """Say that a person is away: she gets no new tasks, and others are told in her place.

    Write a DATETIME like 2026-12-24 or "2026-12-24 08:00"; it is by the company's clock.
    """

    def leave(session: Session) -> str:
        user, zone = _present(session, email), company(session).zone
        other = _present(session, instead).id if instead else None
        begin = _by_clock(since, zone) if since else now()
        row = add_absence(session, user.id, begin, _by_clock(until, zone), " ".join(why.split()), other)
        _changed(
            session, "user", user.id, since=(None, row.since.isoformat()), until=(None, row.until.isoformat())
        )
        return f"{user.name} is away from {when(row.since, zone)} until {when(row.until, zone)}."

    click.echo(write(data, leave))


@command.command()
@click.argument("email")
@data_option
def back(email: str, data: Path) -> None:
    """Say that a person who is away is back, as of now."""

    def come(session: Session) -> str:
        user = _present(session, email)
        if not end_absence(session, user.id, now()):
            raise ValueError(f"{user.name} is not away")
        _changed(session, "user", user.id, until=(None, now().isoformat()))
        return user.name

    click.echo(f"{write(data, come)} is back.")


@command.command()
@click.argument("email")
@data_option
def disable(email: str, data: Path) -> None:
    """Let a person sign in no more, and end what is signed in. What she did stays."""

    def leave(session: Session) -> str:
        user = _present(session, email)
        user.disabled_at = now()
        _changed(session, "user", user.id, disabled_at=(None, user.disabled_at.isoformat()))
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
        _changed(session, "department", place.id, head_id=(place.head_id, user.id))
        place.head_id, user.department_id = user.id, place.id
        if user.role == "agent":
            user.role = "head"
        return user.name

    click.echo(f"{write(data, lead)} leads {department}.")


def _changed(session: Session, kind: str, record_id: int, **changes: tuple[object, object]) -> None:
    audit.record(session, COMMAND_LINE, audit.CHANGED, kind, record_id, changes=changes)


def _present(session: Session, email: str) -> User:
    user = find_user(session, email)
    if user.disabled_at is not None:
        raise ValueError(f"{user.name} has left; add the person again with another address")
    return user


def _by_clock(moment: datetime, zone: tzinfo) -> datetime:
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(zone).astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{moment}: nobody counts this far") from None


def _everybody(session: Session) -> list[tuple[str, ...]]:
    places = {place.id: place.name for place in session.scalars(select(Department))}
    users = session.scalars(select(User).order_by(User.disabled_at.is_not(None), User.name)).all()
    gone = _whereabouts(session, [user.id for user in users if user.disabled_at is None])
    return [
        (
            user.email,
            user.name,
            user.role,
            places.get(user.department_id or 0, ""),
            when(user.made_at),
            when(user.disabled_at),
            gone.get(user.id, ""),
        )
        for user in users
    ]


def _whereabouts(session: Session, user_ids: Sequence[int]) -> dict[int, str]:
    """Say of those who are away until when, by the company's clock, and why."""
    gone = away(session, user_ids, now())
    zone = company(session).zone if gone else None  # a store that was never filled has no company yet
    return {
        user_id: f"until {when(row.until, zone)}{f' ({row.why})' if row.why else ''}"
        for user_id, row in gone.items()
    }


def _print_link(data: Path, token: str) -> None:
    click.echo(f"{address_of(data)}/welcome/{token}")
