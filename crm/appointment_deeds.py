"""What becomes of an appointment as its task is done, taken back, or given to somebody else."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from crm import appointment_changes, appointments, run_moves, set_times, sla, tasks
from crm.appointment_changes import Plan
from crm.appointment_times import Unfit
from crm.appointments import KIND, TASK_KIND, Appointment
from crm.setup import setup
from crm.tasks import Task
from hub import audit
from hub.clock import now
from hub.languages import N_, _
from hub.said import said
from hub.users import Viewer

DONE = N_("visit done")


def make(
    session: Session, viewer: Viewer, plan: Plan, *, contact_id: int, name: str, deal_id: int | None = None
) -> Appointment:  # fmt: skip
    """Set an appointment by hand, with the task that stands for it; Unfit says why it cannot be."""
    person = appointment_changes.check(session, plan)
    title = said("%(purpose)s: %(name)s", purpose=plan.purpose, name=name) if plan.purpose else said(
        "Visit %(name)s", name=name
    )  # fmt: skip
    own = person.id == viewer.user_id
    task_id = tasks.add_task(
        session, title=title, kind=TASK_KIND, why=said("Visit"), contact_id=contact_id,
        department_id=person.department_id, assignee_id=person.id, created_at=now(),
        why_me=said("You made it") if own else said("%(name)s asked you", name=viewer.name),
    )  # fmt: skip
    ends_at = plan.starts_at + timedelta(minutes=plan.minutes)
    if ends_at > now():
        set_times.set_for(session, task_id, person.department_id, ends_at)
    task = session.get_one(Task, task_id)
    return appointment_changes.place(session, viewer, plan, contact_id=contact_id, task=task, deal_id=deal_id)


def done(session: Session, viewer: Viewer, task: Task) -> None:
    """Have the appointment of a task that was done be done, and what waits for it go on."""
    row = appointments.of_task(session, task.id)
    if row is None or not row.is_planned:
        return
    row.done_at, row.done_by, row.remind_at, row.tell_at = task.done_at, viewer.user_id, None, None
    audit.record(session, viewer, audit.CHANGED, KIND, row.id, words=said("done"))
    appointment_changes.tell(session, row)
    session.flush()
    deal, contact = (row.deal_id, None) if row.deal_id is not None else (None, row.contact_id)
    run_moves.hear(session, DONE, deal_id=deal, contact_id=contact)


def not_done(session: Session, viewer: Viewer, task: Task) -> None:
    """Take back that an appointment is done."""
    row = appointments.of_task(session, task.id)
    if row is not None and row.done_at is not None:
        row.done_at = row.done_by = None
        appointment_changes.have_told(session, row)
        audit.record(session, viewer, audit.CHANGED, KIND, row.id, words=said("not done after all"))
        appointment_changes.tell(session, row)


def given(session: Session, viewer: Viewer, task: Task) -> None:
    """Have whoever got a task go; Unfit where he is elsewhere. One that waited for somebody gets its time now."""
    row = appointments.of_task(session, task.id)
    if row is not None and row.is_planned:
        if task.assignee_id is None:
            raise Unfit(_("There is a visit to it: give it to a person, or cancel the visit first."))
        if task.assignee_id != row.person_id:
            appointment_changes.give(session, viewer, row, task.assignee_id)
        return
    wish = appointments.wish_of(session, task.id)
    if wish is None or wish.starts_at is None or task.assignee_id is None:
        return
    travel = appointments.manner(session).travel
    plan = Plan(
        person_id=task.assignee_id, starts_at=wish.starts_at, minutes=wish.minutes, before=travel, after=travel,
        zone=setup(session).company.zone, address=wish.address, purpose=str(task.title).partition(":")[0],
    )  # fmt: skip
    try:
        appointment_changes.place(
            session, viewer, plan, contact_id=wish.contact_id, task=task, deal_id=wish.deal_id
        )
    except Unfit as error:
        appointment_changes.wish_for(session, task, wish.contact_id, wish.deal_id, plan, error.words)


def cancel(session: Session, viewer: Viewer, row: Appointment, why: str = "") -> None:
    """Have an appointment not take place; a task that stood for it alone is over."""
    appointment_changes.cancel(session, viewer, row, why)
    task = session.get(Task, row.task_id) if row.task_id is not None else None
    if task is not None and task.kind == TASK_KIND and task.done_at is None:
        tasks.complete(session, task, viewer.user_id)
        tasks.changed(session, task, viewer.user_id, said("no longer needed: the visit was cancelled"))
        sla.meet(session, task.id)


def restore(session: Session, viewer: Viewer, row: Appointment) -> None:
    """Have a cancelled appointment take place after all, and its task be open again."""
    task = session.get(Task, row.task_id) if row.task_id is not None else None
    ended = task.done_at if task is not None else None
    appointment_changes.restore(session, viewer, row)
    if task is not None and ended is not None and task.kind == TASK_KIND:
        sla.unmeet(session, task.id, ended)
        tasks.reopen(session, task, viewer.user_id)
