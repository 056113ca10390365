"""Tasks over the API: whose they are, what is late, made, done, handed over, held."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aiohttp import web
from sqlalchemy import ColumnElement, false, not_, or_, select
from sqlalchemy.orm import Session

from crm import desk, distribution, sla
from crm.appointments import Appointment
from crm.contacts import Contact
from crm.distribution import Choice
from crm.rights import sees_task, task_for
from crm.runs import Run, RunStep
from crm.setup import setup
from crm.standing import is_late
from crm.tasks import Task, TaskChange
from crm.web.api_deadlines import deadlines_by_task
from crm.web.api_references import contact_with, department_name, department_named, person_with
from crm.web.api_shapes import TaskOut
from crm.web.api_task_shapes import Handover, Pause, TaskIn, TaskQuery
from hub import audit
from hub.clock import now
from hub.languages import _
from hub.said import said
from hub.users import Department, User, Viewer
from hub.web.api import endpoint, write
from hub.web.etags import Match, if_match, tag_of
from hub.web.keys import DB
from hub.web.pages import path_id, viewer_of
from hub.web.paging import Page, newest_first, page_of
from hub.web.problems import Problem

Act = Callable[[Session, Viewer, Task], None]


@endpoint("GET", "/tasks", scope="tasks:read", query=TaskQuery, returns=Page[TaskOut],
          summary="List tasks, newest first")  # fmt: skip
async def listed(request: web.Request, query: TaskQuery) -> Page[TaskOut]:
    """List tasks."""
    return await request.app[DB].read(_listed, viewer_of(request), query)


@endpoint("GET", "/tasks/{id}", scope="tasks:read", returns=TaskOut, etag=tag_of, summary="Get one task")
async def task(request: web.Request) -> TaskOut:
    """Give one task."""
    return await request.app[DB].read(_task, viewer_of(request), path_id(request))


@endpoint("POST", "/tasks", scope="tasks:write", body=TaskIn, returns=TaskOut, status=201, etag=tag_of,
          summary="Make a task")  # fmt: skip
async def make(request: web.Request, body: TaskIn) -> TaskOut:
    """Make a task."""
    return await write(request, _make, viewer_of(request), body)


@endpoint("POST", "/tasks/{id}/completion", scope="tasks:write", returns=TaskOut, etag=tag_of,
          summary="Say that a task is done; one that was done already is a conflict")  # fmt: skip
async def complete(request: web.Request) -> TaskOut:
    """Say that it is done."""
    return await changed(request, desk.complete)


@endpoint("PUT", "/tasks/{id}/completion", scope="tasks:write", returns=TaskOut, etag=tag_of,
          summary="Say that a task is done, if it is not yet")  # fmt: skip
async def complete_once(request: web.Request) -> TaskOut:
    """See to it that it is done, whoever said so first."""
    return await changed(request, _complete_once)


@endpoint("DELETE", "/tasks/{id}/completion", scope="tasks:write", returns=TaskOut, etag=tag_of,
          summary="Take back that a task is done")  # fmt: skip
async def take_back(request: web.Request) -> TaskOut:
    """Say that it was not done after all."""
    return await changed(request, desk.take_back)


@endpoint("POST", "/tasks/{id}/handover", scope="tasks:write", body=Handover, returns=TaskOut, etag=tag_of,
          summary="Give a task to a person or to a department's queue")  # fmt: skip
async def hand_over(request: web.Request, body: Handover) -> TaskOut:
    """Give it to somebody."""

    def act(session: Session, viewer: Viewer, task: Task) -> None:
        desk.hand_over(session, viewer, task, _receiver(session, body), body.why)

    return await changed(request, act)


@endpoint("POST", "/tasks/{id}/pause", scope="tasks:write", body=Pause, returns=TaskOut, etag=tag_of,
          summary="Hold the clocks of a task")  # fmt: skip
async def pause(request: web.Request, body: Pause) -> TaskOut:
    """We wait for somebody else."""

    def act(session: Session, viewer: Viewer, task: Task) -> None:
        if task.done_at is not None:
            raise desk.Refusal(_("“%(task)s” is done: it has no clock to hold", task=task.title))
        desk.pause(session, viewer, task, body.why)

    return await changed(request, act)


@endpoint("DELETE", "/tasks/{id}/pause", scope="tasks:write", returns=TaskOut, etag=tag_of,
          summary="Let the clocks of a task run again")  # fmt: skip
async def resume(request: web.Request) -> TaskOut:
    """They run again."""
    return await changed(request, desk.resume)


def _listed(session: Session, viewer: Viewer, query: TaskQuery) -> Page[TaskOut]:
    wanted = select(Task).where(sees_task(viewer, first=query.contact is None))
    if query.contact is not None:
        wanted = wanted.where(Task.contact_id == query.contact)
    if query.deal is not None:
        wanted = wanted.where(_is_for(query.deal))
    if query.assignee is not None:
        wanted = wanted.where(_belongs(viewer, query.assignee))
    if query.overdue is not None:
        wanted = wanted.where(is_late() if query.overdue else not_(is_late()))
    if query.open is not None:
        wanted = wanted.where(Task.done_at.is_(None) if query.open else Task.done_at.is_not(None))
    rows = session.scalars(newest_first(wanted, Task.id, query)).all()
    shown = _shown(session, rows)
    return page_of(rows, query.limit, lambda row: shown[row.id])


def _is_for(deal_id: int) -> ColumnElement[bool]:
    steps = select(RunStep.task_id).join(Run, Run.id == RunStep.run_id)
    visits = select(Appointment.task_id).where(Appointment.deal_id == deal_id)
    own = steps.where(Run.deal_id == deal_id, RunStep.task_id.is_not(None))
    return or_(Task.id.in_(own), Task.id.in_(visits.where(Appointment.task_id.is_not(None))))


def _belongs(viewer: Viewer, whose: str) -> ColumnElement[bool]:
    whose = whose.strip()
    if whose == "none":
        return Task.assignee_id.is_(None)
    if whose == "me":
        return Task.assignee_id == viewer.user_id if viewer.user_id else false()
    return Task.assignee_id == int(whose)


def _task(session: Session, viewer: Viewer, task_id: int) -> TaskOut:
    return _one(session, seen(session, viewer, task_id))


def _make(session: Session, viewer: Viewer, new: TaskIn) -> TaskOut:
    if not new.title.strip():
        raise desk.Refusal(_("A task needs a title"), field="title")
    contact = contact_with(session, viewer, new.contact) if new.contact else None
    person = person_with(session, new.assignee, "/assignee") if new.assignee else None
    department = _department(session, viewer, new, contact, person)
    given = _choice(session, viewer, department, contact, person)
    title, department_id = new.title.strip(), department.id if department else None
    contact_id = contact.id if contact else None
    task_id = sla.add_task(
        session, title=title, kind="task", why=new.why, contact_id=contact_id, department_id=department_id,
        assignee_id=given.user_id, why_me=given.why, created_at=now(),
    )  # fmt: skip
    session.add(
        TaskChange(task_id=task_id, by=viewer.user_id, words=said("made by %(name)s", name=viewer.name))
    )
    made = {
        "title": title,
        "assignee_id": given.user_id,
        "department_id": department_id,
        "contact_id": contact_id,
    }
    audit.record(session, viewer, audit.MADE, "task", task_id, changes=audit.differences({}, made))
    return _one(session, session.get_one(Task, task_id))


def _department(
    session: Session, viewer: Viewer, new: TaskIn, contact: Contact | None, person: User | None
) -> Department | None:
    """Give whose queue it belongs to: as named, else the person's, the contact's, the maker's, the first."""
    if new.department is not None:
        return department_named(session, new.department)
    known = [each.department_id for each in (person, contact, viewer) if each and each.department_id]
    state = setup(session)
    return state.departments[known[0]] if known else state.department("")


def _choice(
    session: Session,
    viewer: Viewer,
    department: Department | None,
    contact: Contact | None,
    person: User | None,
) -> Choice:
    if person is not None:
        return Choice(person.id, said("%(name)s gave it to you", name=viewer.name))
    return distribution.choose(session, department, contact.responsible_id if contact else None, now())


def _complete_once(session: Session, viewer: Viewer, task: Task) -> None:
    if task.done_at is None:
        desk.complete(session, viewer, task)


def _receiver(session: Session, wanted: Handover) -> str:
    if (wanted.assignee is None) == (wanted.department is None):
        raise desk.Refusal(_("Name either an assignee or a department"), field="assignee")
    if wanted.department is not None:
        return f"department:{department_named(session, wanted.department).id}"
    return f"user:{wanted.assignee}"


async def changed(request: web.Request, act: Act) -> TaskOut:
    """Do something with the task of an address, unless it is another by now, and show it."""
    return await write(request, _change, viewer_of(request), path_id(request), if_match(request), act)


def _change(session: Session, viewer: Viewer, task_id: int, match: Match, act: Act) -> TaskOut:
    found = seen(session, viewer, task_id)
    match.check(tag_of(_one(session, found)))
    act(session, viewer, found)
    return _one(session, found)


def seen(session: Session, viewer: Viewer, task_id: int) -> Task:
    """Give a task that this viewer sees; any other is not found."""
    found = task_for(session, viewer, task_id)
    if found is None:
        raise Problem(404, _("There is no such task."))
    return found


def _one(session: Session, found: Task) -> TaskOut:
    return _shown(session, [found])[found.id]


def _shown(session: Session, rows: Sequence[Task]) -> dict[int, TaskOut]:
    """Show several tasks, all their deadlines in one query."""
    deadlines = deadlines_by_task(session, [row.id for row in rows])
    return {
        row.id: TaskOut(
            id=row.id, title=row.title, kind=row.kind, why=row.why, contact=row.contact_id,
            assignee=row.assignee_id, department=department_name(session, row.department_id),
            created_at=row.created_at, planned_for=row.planned_for, done_at=row.done_at,
            deadlines=deadlines[row.id], url=f"/tasks/{row.id}",
        )
        for row in rows
    }  # fmt: skip
