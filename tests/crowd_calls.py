"""The calls of a crowd: two years of them on one PBX, the last ones in vain and still to be called back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.call_parts import CallPart
from crm.calls import Call
from crm.tasks import Task
from hub import boards
from hub.board import Board, Member, Queue, Telephone
from hub.channels import Channel
from hub.clock import now
from hub.users import Department, User
from tests.crowd_rows import insert_columns

SPAN = timedelta(days=730)
CALLED_BACK = 4000  # tasks, the newest, that calls in vain ask for
QUEUES = ("sales", "service", "front-desk")
# Direction, outcome, who ended it, cause; and how many of each among a hundred.
WAYS = (
    (50, "inbound", "answered", "customer", 16), (12, "inbound", "answered", "staff", 16),
    (20, "outbound", "answered", "staff", 16), (5, "outbound", "no-answer", "staff", 19),
    (3, "outbound", "busy", "customer", 17), (1, "outbound", "failed", "pbx", 1), (1, "inbound", "unknown", None, None),
    (8, "internal", "answered", "staff", 16),
)  # fmt: skip
PLAIN: dict[str, Any] = {
    "number": 9, "interaction_id": None, "placed_by": None, "written": "", "name": "", "ringing": [], "talking": [],
    "on_hold": False, "recording": "", "own": "", "gap": 0.0,
}  # fmt: skip

Row = dict[str, Any]


def fill(session: Session, at: datetime, *, contacts: Sequence[str], first: int, count: int) -> None:
    """Add so many calls up to `at`, with contacts that are numbered from `first` on, the same each time."""
    if not count or not contacts:
        return
    dice = Random(f"calls {count}")  # noqa: S311 - a crowd, no secret
    desks = _desks(session)
    begun, step = at - SPAN, SPAN / count
    rows = [_call(dice, desks, begun + step * i, first + dice.randrange(len(contacts))) for i in range(count)]
    rows += _in_vain(session, dice, desks, min(count, CALLED_BACK))
    rows.sort(key=lambda row: row["started_at"])
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    free = (session.scalar(select(func.max(Call.id))) or 0) + 1
    columns["key"] = [f"1764.{free + i}" for i in range(len(rows))]
    columns["id"] = [free + i for i in range(len(rows))]
    pbx = _pbx(session)
    insert_columns(session, Call, len(rows), columns, channel_id=pbx, **PLAIN)
    _part(session, rows, free)
    boards.keep(session, pbx, _board(session, desks))


def _part(session: Session, rows: Sequence[Row], free: int) -> None:
    """Say whose telephones were in each call, as it is kept of those that a PBX tells."""
    parts = []
    for i, row in enumerate(rows):
        talked = {talk["extension"] for talk in row["talks"]}
        parts += [(free + i, each, each in talked, row["started_at"]) for each in {*row["rang"], *talked}]
    names = ("call_id", "extension", "talked", "started_at")
    columns = dict(zip(names, map(list, zip(*parts, strict=True)), strict=True))
    insert_columns(session, CallPart, len(parts), columns)


def _desks(session: Session) -> list[tuple[str, int]]:
    """Give everybody of the crowd a telephone; with the department that he is in."""
    found = []
    for user in session.scalars(
        select(User)
        .where(User.email.like("%@crowd.example"), User.department_id.is_not(None))
        .order_by(User.id)
    ):
        user.extension = user.extension or f"{100 + user.id}"
        found.append((user.extension, user.department_id or 0))
    session.flush()
    return found


def _board(session: Session, desks: Sequence[tuple[str, int]]) -> Board:
    """Give what the PBX showed last: every department has a queue that some of its people answer."""
    departments = dict(session.execute(select(Department.id, Department.name)).all())
    whose = [next((key for key in departments if departments[key].lower() == name.replace("-", " ")), 0)
             for name in QUEUES]  # fmt: skip
    return Board(
        queues=tuple(
            Queue(name=name, department=departments.get(key, ""),
                  members=tuple(Member(extension=desk) for desk, department in desks if department == key))
            for name, key in sorted(zip(QUEUES, whose, strict=True))
        ),
        telephones=tuple(Telephone(extension=desk, state="free") for desk, _department in desks),
    )  # fmt: skip


def _pbx(session: Session) -> int:
    """Give the PBX, which nobody listens to: there is none."""
    known = session.scalar(select(Channel).where(Channel.name == "crowd-pbx"))
    pbx = known or Channel(name="crowd-pbx", title="Office", kind="asterisk", token="crowd-pbx-token",  # noqa: S106
                           settings={"secret": "none"}, paused_at=now())  # fmt: skip
    session.add(pbx)
    session.flush()
    return pbx.id


def _call(dice: Random, desks: Sequence[tuple[str, int]], at: datetime, contact: int) -> Row:
    _share, direction, outcome, ended_by, cause = dice.choices(WAYS, weights=[way[0] for way in WAYS])[0]
    desk, department = dice.choice(desks)
    other, _other = dice.choice(desks)
    answered, rang = outcome == "answered", dice.randrange(3, 40)
    seconds, inside = dice.randrange(8, 900) if answered else 0, direction == "internal"
    handed_on = answered and not inside and dice.random() < 0.08
    talks = [{"extension": desk, "seconds": float(seconds)}] if answered and not inside else []
    if handed_on:
        talks.append({"extension": other, "seconds": float(dice.randrange(20, 300))})
    return {
        **_around(direction, contact, department, desk), "outcome": outcome, "ended_by": ended_by, "cause": cause,
        "talks": talks, "holds": int(dice.random() < 0.1) if answered else 0,
        "transfers": [{"kind": "attended", "by": desk, "to": other}] if handed_on else [],
        "recorded": bool(talks) and dice.random() < 0.3, "started_at": at, "task_id": None,
        "answered_at": at + timedelta(seconds=rang) if answered else None,
        "ended_at": at + timedelta(seconds=rang + seconds),
    }  # fmt: skip


def _in_vain(session: Session, dice: Random, desks: Sequence[tuple[str, int]], most: int) -> list[Row]:
    """Give a call in vain for each call-back, ended as long before the task as that took."""
    wanted = select(Task).where(Task.kind == "call", Task.contact_id.is_not(None)).order_by(Task.id.desc())
    found = []
    for task in session.scalars(wanted.limit(most)):
        rang = dice.randrange(4, 90)
        outcome, ended_by, cause = dice.choice((("abandoned", "customer", 16), ("no-answer", "pbx", 19)))
        found.append({
            **_around("inbound", task.contact_id or 0, task.department_id, dice.choice(desks)[0]), "outcome": outcome,
            "ended_by": ended_by, "cause": cause, "talks": [], "holds": 0, "transfers": [], "recorded": False,
            "started_at": task.created_at - timedelta(seconds=rang), "task_id": task.id, "answered_at": None,
            "ended_at": task.created_at,
        })  # fmt: skip
    return found


def _around(direction: str, contact: int, department: int | None, desk: str) -> Row:
    inside = direction == "internal"
    return {
        "direction": direction, "contact_id": None if inside else contact,
        "customer": None if inside else f"+467{'0236'[contact % 4]}{contact:07d}", "withheld": False,
        "department_id": None if inside else department, "dialled": desk if inside else "+46313900670",
        "queue": QUEUES[contact % len(QUEUES)] if direction == "inbound" else "", "rang": [desk],
    }  # fmt: skip
