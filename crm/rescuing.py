"""The timer's part of a rescue: who is here and free is rung and told why, and then the customer is called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import calls, dialling, distribution, numbers, tasks
from crm.calendars import away
from crm.call_guides import CallGuide, guide_of, spoken
from crm.calling_hours import opens
from crm.calls import Call
from crm.contacts import Contact, root
from crm.desk import Refusal
from crm.dialling import Doubtful
from crm.doubts import Dialled, doubts
from crm.rescues import Rescue, end, wait
from crm.setup import calendar_for, setup
from crm.tasks import Task
from hub.audit import RINGBACK
from hub.clock import now
from hub.said import said
from hub.users import User

BUSY = timedelta(minutes=5)
LONGEST_CALL = timedelta(hours=4)
GLIMPSE = timedelta(minutes=1)


def earliest(session: Session, after: datetime) -> datetime | None:
    """Tell when the next rescue is due."""
    return session.scalar(select(func.min(Rescue.due_at)).where(Rescue.due_at > after))


def take(session: Session, moment: datetime, limit: int) -> Sequence[tuple[int, int]]:
    """Give the rescues that are due, oldest first."""
    due = select(Rescue.id).where(Rescue.due_at <= moment).order_by(Rescue.due_at).limit(limit)
    return [(rescue_id, rescue_id) for rescue_id in session.scalars(due)]


def fire(session: Session, rescue_id: int) -> None:
    """Ring somebody for a call-back that is due; one that another node took, or that is done, is left."""
    rescue = session.get(Rescue, rescue_id, with_for_update=True, populate_existing=True)
    if rescue is None or rescue.due_at is None or rescue.due_at > now():
        return
    task = session.get_one(Task, rescue.task_id)
    guide = guide_of(session, task.department_id)
    if task.done_at is not None or guide is None or not guide.rescue_most or task.contact_id is None:
        end(session, rescue)
    elif (later := _not_before(task)) is not None:
        wait(session, rescue, later)
    else:
        _try(session, rescue, task, guide)


def _not_before(task: Task) -> datetime | None:
    """Give when a task is looked at that is not due yet, or put off; None for now."""
    if task.due_at is None:
        return now() + BUSY  # its clock is paused
    later = max(task.due_at, task.planned_for or task.due_at)
    return later if later > now() else None


def _try(session: Session, rescue: Rescue, task: Task, guide: CallGuide) -> None:
    number, contact_id = _number(session, task), root(session, task.contact_id or 0)
    if not number:
        end(session, rescue, said("rescue: no number to call"))
        return
    opening = _opening(session, number)
    if opening > now():
        wait(session, rescue, opening, said("rescue: waits until people are called there"))
    elif against := doubts(session, Dialled(number, contact_id)):
        end(session, rescue, said("rescue: not called. %(why)s", why=against[0]))
    elif _talks(session, contact_id):
        wait(session, rescue, now() + BUSY)
    elif (agent := _who(session, task)) is None:
        again = now() + timedelta(minutes=guide.rescue_again)
        wait(session, rescue, again, said("rescue: nobody is here and free, tried again until somebody is"))
    else:
        _place(session, rescue, task, guide, agent, number)


def _place(
    session: Session, rescue: Rescue, task: Task, guide: CallGuide, agent: User, number: str
) -> None:  # fmt: skip
    nonce = f"rescue {rescue.id} {rescue.call_id or 0}"
    wanted = dialling.Wanted(number=number, nonce=nonce, say=spoken(guide.rescue_say, number))
    try:
        call = dialling.place(session, RINGBACK, agent.id, wanted)
    except (Refusal, Doubtful) as refusal:
        again = now() + timedelta(minutes=guide.rescue_again)
        wait(session, rescue, again, said("rescue: not possible. %(why)s", why=str(refusal)))
        return
    call.contact_id, call.department_id = root(session, task.contact_id or 0), task.department_id
    rescue.tries += 1
    rescue.call_id, rescue.dialled_at, rescue.why = call.id, now(), ""
    rescue.due_at = now() + LONGEST_CALL
    words = said("rescue %(num)s of %(most)s: the telephone of %(name)s rings, then the customer's",
                 num=rescue.tries, most=guide.rescue_most, name=agent.name)  # fmt: skip
    tasks.changed(session, task, None, words)


def _number(session: Session, task: Task) -> str:
    """Give the number from which was called last in vain."""
    last = select(Call.customer).where(Call.task_id == task.id, Call.customer.is_not(None))
    return session.scalar(last.order_by(Call.started_at.desc(), Call.id.desc()).limit(1)) or ""


def _opening(session: Session, number: str) -> datetime:
    company = setup(session).company
    zone = ZoneInfo(numbers.local_time_zone(number) or company.zone)
    return opens([(company.calls_from, company.calls_until)], zone, now())


def _talks(session: Session, contact_id: int) -> bool:
    talking = select(Call.id).where(Call.contact_id == contact_id, Call.ended_at.is_(None))
    return session.scalar(talking.limit(1)) is not None


def _who(session: Session, task: Task) -> User | None:
    """Give who is rung: whose task it is, whose contact it is, else of the department, if he is here and free."""
    live = calls.live(session)
    busy = calls.busy_extensions(session)
    placing = {call.placed_by for call in live}
    for user in _candidates(session, task):
        if (
            user.extension
            and user.extension not in busy
            and user.id not in placing
            and _is_here(session, user)
        ):
            return user
    return None


def _candidates(session: Session, task: Task) -> Iterator[User]:
    contact = session.get(Contact, task.contact_id) if task.contact_id else None
    for user_id in dict.fromkeys([task.assignee_id, contact.responsible_id if contact else None]):
        user = session.get(User, user_id) if user_id else None
        if user is not None:
            yield user
    if task.department_id is not None:
        yield from distribution.present(session, task.department_id, now())


def _is_here(session: Session, user: User) -> bool:
    """Tell whether somebody works just now."""
    moment = now()
    calendar = calendar_for(session, user.department_id, user.id)
    works = next(iter(calendar.open_spans(moment, moment + GLIMPSE)), None)
    return user.disabled_at is None and not away(session, [user.id], moment) and works is not None
