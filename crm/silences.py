"""A channel by which nothing comes though much usually would: shown on Channels, and a task for an admin.

    “Website”: nothing for 6 hours, usually 12

It is told once for each silence, and taken back when something comes. Working time counts: on a holiday less is usual,
and with too little history nothing is. What is usual is the same hours of the last weeks (hub/rhythm.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from crm import desk, mending, sla
from crm.setup import calendar_for, setup
from crm.tasks import Task
from hub import audit, rhythm
from hub.bus import Notice
from hub.channel_changes import OVERSEERS
from hub.channels import Channel
from hub.clock import now
from hub.db import announce
from hub.rhythm import Silence
from hub.rows_unless_there import insert_many_unless_there
from hub.said import Said, nsaid, said

TIMER = "silences"
KIND = "note"
EVERY, SOON = timedelta(minutes=10), timedelta(minutes=1)  # of one that is silent, somebody waits for the end
LONGEST = timedelta(hours=24)  # of a silence that is compared with other weeks
SHORTEST = timedelta(minutes=30)
ENOUGH = 6  # that would have come on average: by chance all of them stay away once in four hundred times
HOUR = 60
POOREST = 2  # that came in the poorest of the weeks, at least


def earliest(session: Session, after: datetime) -> datetime | None:
    """Tell when the next channel is looked at."""
    return session.scalar(select(func.min(Silence.listen_at)).where(Silence.listen_at > after))


def take(session: Session, moment: datetime, limit: int) -> Sequence[tuple[int, int]]:
    """Give the channels whose time is there, and those that were never looked at."""
    all_of_them = select(Channel.id).outerjoin(Silence, Silence.channel_id == Channel.id)
    due = all_of_them.where(or_(Silence.listen_at <= moment, Silence.channel_id.is_(None)))
    return [(channel_id, channel_id) for channel_id in session.scalars(due.order_by(Channel.id).limit(limit))]


def listen(session: Session, channel_id: int) -> None:
    """Look whether a channel is silent for longer than usual, or no more."""
    insert_many_unless_there(session, Silence, [{"channel_id": channel_id, "listen_at": now()}])
    row = session.get_one(Silence, channel_id, with_for_update=True)
    if row.listen_at > now():
        return  # another node was faster
    channel = session.get_one(Channel, channel_id)
    last = rhythm.last_real(session, channel_id)
    if row.since is not None and (channel.paused_at is not None or last is None or last > row.since):
        _end(session, row)
    elif row.since is None and channel.paused_at is None and last is not None:
        words = _silence(session, channel_id, last)
        if words is not None:
            _begin(session, row, channel, last, words)
    row.listen_at = now() + (EVERY if row.since is None else SOON)


def _silence(session: Session, channel_id: int, last: datetime) -> Said | None:
    """Say for how long nothing came, and what usually would have; None where that is nothing odd."""
    until = now()
    since = max(last, until - LONGEST)
    if until - since < SHORTEST:
        return None
    zone = ZoneInfo(setup(session).company.zone)
    usual = rhythm.usual(session, channel_id, since, until, zone)
    if usual is None or usual.least < POOREST:
        return None
    expected = usual.average * _share(session, since, until, zone)
    if expected < ENOUGH:
        return None
    minutes = round((until - last).total_seconds() / 60)
    if minutes < HOUR:
        return nsaid("nothing for %(num)s minute, usually %(usual)s", "nothing for %(num)s minutes, usually %(usual)s",
                     minutes, usual=round(expected))  # fmt: skip
    return nsaid("nothing for %(num)s hour, usually %(usual)s", "nothing for %(num)s hours, usually %(usual)s",
                 minutes // HOUR, usual=round(expected))  # fmt: skip


def _share(session: Session, since: datetime, until: datetime, zone: ZoneInfo) -> float:
    """Give which part of the usual working time this time has: less than one on a holiday."""
    weeks = range(1, rhythm.WEEKS + 1)
    usually = [
        _worked(session, *(rhythm.before(moment, each, zone) for moment in (since, until))) for each in weeks
    ]
    average = sum(usually) / len(usually)
    return min(1.0, _worked(session, since, until) / average) if average else 1.0


def _worked(session: Session, since: datetime, until: datetime) -> float:
    """Give the seconds between two moments in which the company works."""
    spans = calendar_for(session, None).open_spans(since, until)
    return sum((ends - begins).total_seconds() for begins, ends in spans)


def _begin(session: Session, row: Silence, channel: Channel, last: datetime, words: Said) -> None:
    row.since, row.words = last, words
    admin = mending.admin_here(session)
    department_id = admin.department_id if admin else None
    row.task_id = sla.add_task(
        session, title=said("Nothing comes by “%(channel)s”", channel=channel.title), kind=KIND, why=words,
        department_id=department_id, assignee_id=admin.id if admin else None,
        why_me=said("Admins set up the channels"), created_at=now(),
    )  # fmt: skip
    announce(session, Notice(kind="channel", id=channel.id, why=words, audience=OVERSEERS))


def _end(session: Session, row: Silence) -> None:
    """Take it back: something came, or nothing is to come. A task that nobody did is done with that."""
    task = session.get(Task, row.task_id) if row.task_id else None
    row.since = row.words = row.task_id = None
    if task is not None and task.done_at is None:
        desk.complete(session, audit.RINGBACK, task)
    announce(session, Notice(kind="channel", id=row.channel_id, audience=OVERSEERS))
