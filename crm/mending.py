"""What the hub cannot mend by itself becomes a task for an admin."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import sla
from crm.calendars import away
from crm.setup import setup
from crm.tasks import Task
from hub.channels import Channel
from hub.clock import now
from hub.said import Said, nsaid, said
from hub.users import User, active_users

KIND = "note"
HOUR = 3600


def settings_refused(session: Session, channel_id: int, words: str) -> None:
    """Have an admin mend a channel that the other side refuses; while such a task is open there is no second one."""
    channel = session.get_one(Channel, channel_id)
    title = said("Mend the settings of “%(channel)s”", channel=channel.title)
    _ask(session, title, said("The other side refuses it: %(words)s", words=words))


def something_missing(session: Session, channel_id: int, since: datetime, kept: timedelta) -> None:
    """Have an admin know that the hub was away for longer than a channel's sender tries again."""
    channel, zone = session.get_one(Channel, channel_id), ZoneInfo(setup(session).company.zone)
    begins, ends = (f"{each.astimezone(zone):%Y-%m-%d %H:%M}" for each in (since, now()))
    why = nsaid(
        "The hub was away from %(since)s to %(until)s; who finds nobody is sure to try again for %(num)s hour alone. "
        "Look in the messenger itself, and test the channel.",
        "The hub was away from %(since)s to %(until)s; who finds nobody is sure to try again for %(num)s hours alone. "
        "Look in the messenger itself, and test the channel.",
        round(kept.total_seconds() / HOUR), since=begins, until=ends,
    )  # fmt: skip
    _ask(
        session,
        said("See what “%(channel)s” may have missed since %(since)s", channel=channel.title, since=begins),
        why,
    )


def requests_wait(session: Session, channel_id: int, words: str) -> None:
    """Have an admin look at what is set aside because many came; while such a task is open there is no second one."""
    channel = session.get_one(Channel, channel_id)
    title = said("See what waits set aside by “%(channel)s”: many come", channel=channel.title)
    _ask(session, title, words)


def _ask(session: Session, title: Said, words: str) -> None:
    open_ones = select(Task.id).where(Task.kind == KIND, Task.title == title, Task.done_at.is_(None))
    if session.scalar(open_ones.limit(1)):
        return
    admin = admin_here(session)
    department_id = admin.department_id if admin else None
    sla.add_task(
        session, title=title, kind=KIND, why=words,
        department_id=department_id, assignee_id=admin.id if admin else None,
        why_me=said("Admins set up the channels"), created_at=now(),
    )  # fmt: skip


def admin_here(session: Session) -> User | None:
    """Give an admin, rather one who is not away; None where nobody is."""
    admins = active_users(session, User.role == "admin")
    gone = away(session, [each.id for each in admins], now())
    return min(admins, key=lambda each: (each.id in gone, each.id), default=None)
