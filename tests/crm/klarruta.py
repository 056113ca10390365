"""The window company in a few lines: Sales, open day and night, with Elin, Johan and Sofia, and Service."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import alarms, contacts, deadlines, sla, tasks
from crm.alarms import Alarm
from crm.calendars import Absence
from crm.company_file import CompanyFile, DepartmentFile, HoursFile, PolicyFile, StepFile, seed
from crm.deadlines import Deadline
from crm.setup import setup
from crm.tasks import Task
from hub.clock import now
from hub.db import Database
from hub.users import Department, User, Viewer, add_user, find_department, find_user, viewer

P = ParamSpec("P")
T = TypeVar("T")

NEVER = "no password is it"  # but somebody who was here
WEEK = timedelta(days=7)
NEW_REQUEST = PolicyFile(
    name="New request",
    within="15 min",
    kinds=("form",),
    unseen="10 min",
    steps=(
        StepFile("5 min before", "assignee"),
        StepFile("at breach", "head"),
        StepFile("15 min after", "company"),
    ),
)
COMPANY = CompanyFile(
    name="Klarruta Fönster",
    country="SE",
    zone="Europe/Stockholm",
    hours=HoursFile(always=True),
    departments=(
        DepartmentFile("Sales"),
        DepartmentFile("Service", hours=HoursFile(week={"mon-fri": ["08:00-17:00"]})),
    ),
    policies=(NEW_REQUEST,),
)
STAFF = (
    ("Elin Sandgren", "agent", "Sales"),
    ("Johan Lindh", "agent", "Sales"),
    ("Sofia Hjelm", "head", "Sales"),
    ("Nils Åkerman", "agent", "Service"),
    ("Maria Berg", "manager", None),
)


def found(session: Session) -> None:
    """Fill a store, unless the company is there already."""
    seed(session, COMPANY)
    if session.scalar(select(User.id).where(User.email == _mail(STAFF[0][0]))) is None:
        for name, role, department in STAFF:
            add_user(session, _mail(name), name, role, department).password_hash = NEVER


class Klarruta:
    """The company in a store, as tests use it; people are called by their first names."""

    def __init__(self, db: Database) -> None:
        """Stand for what is in this store."""
        self.db = db

    async def found(self) -> None:
        """Fill the store."""
        await self.do(found)

    async def do(self, fn: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a piece of business."""
        return await self.db.write(fn, *args, **kwargs)

    async def act(
        self, deed: Callable[Concatenate[Session, Viewer, Task, P], T], name: str, task: int, *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:  # fmt: skip
        """Have somebody do something with a task."""

        def run(session: Session) -> T:
            who = viewer(find_user(session, _mail(name)))
            return deed(session, who, session.get_one(Task, task), *args, **kwargs)

        return await self.do(run)

    async def who(self, name: str) -> Viewer:
        """Give somebody with his rights."""
        return await self.do(lambda session: viewer(find_user(session, _mail(name))))

    async def request(self, name: str = "Karin Ekdahl", *, to: str | None = None, of: str = "Sales") -> int:
        """Have a request come in now; `to` whom it was given."""

        def come(session: Session) -> int:
            department = find_department(session, of)
            assignee = find_user(session, _mail(to)).id if to else None
            contact_id = contacts.add_contact(session, name, department_id=department.id)
            task_id = tasks.add_task(
                session, title=f"First answer: {name}", kind="form", why="Form “Website”",
                contact_id=contact_id, department_id=department.id, assignee_id=assignee, created_at=now(),
            )  # fmt: skip
            sla.promise(session, setup(session), task_id, "form", department.id, now())
            return task_id

        return await self.do(come)

    async def tick(self) -> None:
        """Take every step that is due, as the hub's timer does."""
        while due := await self.db.read(deadlines.take, now(), 10):
            for _, deadline_id in due:
                await self.db.write(alarms.step_deadline, deadline_id)

    async def task(self, task_id: int) -> Task:
        """Give a task as it is now."""
        return await self.db.read(lambda session: session.get_one(Task, task_id))

    async def deadline(self, task_id: int) -> Deadline:
        """Give a task's only deadline."""
        return await self.db.read(
            lambda session: session.scalars(select(Deadline).where(Deadline.task_id == task_id)).one()
        )

    async def alarms(self, task_id: int) -> Sequence[Alarm]:
        """Give a task's alarms in order."""
        query = select(Alarm).where(Alarm.task_id == task_id).order_by(Alarm.id)
        return await self.db.read(lambda session: session.scalars(query).all())

    async def told(self, task_id: int) -> list[str]:
        """Give the first names of who was told, in order, a reminder with a question mark."""
        names = await self.db.read(
            lambda session: {user.id: user.name for user in session.scalars(select(User))}
        )
        return [
            names[alarm.user_id].split()[0] + ("" if alarm.late else "?")
            for alarm in await self.alarms(task_id)
        ]

    async def send_away(self, name: str, why: str = "Ill", substitute: str | None = None) -> None:
        """Have somebody be away from now on for a week."""

        def go(session: Session) -> None:
            other = find_user(session, _mail(substitute)).id if substitute else None
            who, since, until = find_user(session, _mail(name)), now() - timedelta(minutes=1), now() + WEEK
            session.add(Absence(user_id=who.id, since=since, until=until, why=why, substitute_id=other))

        await self.do(go)

    async def dismiss(self, name: str) -> None:
        """Have somebody leave for good."""

        def leave(session: Session) -> None:
            find_user(session, _mail(name)).disabled_at = now()

        await self.do(leave)

    async def change_department(self, name: str, **values: object) -> None:
        """Change the rows of a department."""

        def change(session: Session) -> None:
            department: Department = find_department(session, name)
            for column, value in values.items():
                setattr(department, column, value)

        await self.do(change)


def _mail(name: str) -> str:
    return f"{name.split(maxsplit=1)[0].lower()}@klarruta.example"
