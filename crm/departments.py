"""Departments as admins change them: made, renamed, led, and retired once their open work has gone elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from crm import tasks
from crm.contacts import Contact
from crm.conversations import Conversation
from crm.deals import Deal, is_open
from crm.desk import Refusal
from crm.distribution import RULES
from crm.tasks import Task
from hub import audit, channel_changes
from hub.channels import Channel
from hub.clock import now
from hub.languages import N_, _
from hub.said import said
from hub.users import Department, User, Viewer

NAME_LENGTH = 60
SETTING = "department"  # of a channel: whose its requests are, by name
RULE_NAMES = {"take": N_("Take"), "turn": N_("In turn"), "load": N_("Fewest open")}
RULE_WORDS = {
    "take": N_("A new task waits in the queue until somebody takes it."),
    "turn": N_("A new task goes to the next in turn who is here."),
    "load": N_("A new task goes to whoever is here and has the fewest open."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What can be said of a department."""

    name: str
    distribution: str = "take"
    head_id: int | None = None
    deputy_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a department has, in numbers."""

    tasks: int
    contacts: int
    deals: int
    people: int
    channels: int

    @property
    def any(self) -> bool:
        """Tell whether it must go elsewhere before the department can be retired."""
        return bool(self.tasks or self.contacts or self.deals or self.people or self.channels)


def described(place: Department) -> Wanted:
    """Give what is said of a department now."""
    return Wanted(
        name=place.name, distribution=place.distribution, head_id=place.head_id, deputy_id=place.deputy_id
    )


def faults(session: Session, wanted: Wanted, place: Department | None) -> Mapping[str, str]:
    """Say by field what is wrong; `place` is None for a new department."""
    found = {}
    if not wanted.name or len(wanted.name) > NAME_LENGTH:
        found["name"] = _("A name has 1 to %(most)s letters.", most=NAME_LENGTH)
    other = session.scalar(select(Department).where(Department.name == wanted.name))
    if other is not None and (place is None or other.id != place.id):
        found["name"] = (
            _("A retired department is called this: take it up again, or choose another name.")
            if other.retired_at else _("There is a department of this name already.")
        )  # fmt: skip
    if wanted.distribution not in RULES:
        found["distribution"] = _("Choose how new tasks find somebody.")
    for field, user_id in (("head", wanted.head_id), ("deputy", wanted.deputy_id)):
        user = session.get(User, user_id) if user_id else None
        if user_id and (user is None or user.disabled_at is not None):
            found[field] = _("Choose somebody who is still here.")
    if wanted.head_id and wanted.head_id == wanted.deputy_id:
        found["deputy"] = _("Nobody is his own deputy.")
    return found


def make(session: Session, viewer: Viewer, wanted: Wanted) -> Department:
    """Make a department."""
    place = Department(**asdict(wanted))
    session.add(place)
    session.flush()
    changes = audit.differences({}, asdict(wanted))
    audit.record(session, viewer, audit.MADE, "department", place.id, changes=changes)
    return place


def change(session: Session, viewer: Viewer, place: Department, wanted: Wanted) -> None:
    """Have a department be as wanted."""
    before = described(place)
    for field, value in asdict(wanted).items():
        setattr(place, field, value)
    if changes := audit.differences(asdict(before), asdict(wanted)):
        audit.record(session, viewer, audit.CHANGED, "department", place.id, changes=changes)
    _lead_here(session, viewer, before.name, wanted.name)


def work_of(session: Session, department_id: int) -> Work:
    """Count what a department has."""

    def count(what: type[Task | Contact | Deal | User], *which: object) -> int:
        return session.scalar(select(func.count()).select_from(what).where(*which)) or 0  # type: ignore[arg-type]

    return Work(
        tasks=count(Task, Task.department_id == department_id, Task.done_at.is_(None)),
        contacts=count(Contact, Contact.department_id == department_id, Contact.merged_into_id.is_(None)),
        deals=count(Deal, Deal.department_id == department_id, is_open()),
        channels=len(_naming(session, session.get_one(Department, department_id).name)),
        people=count(User, User.department_id == department_id, User.disabled_at.is_(None)),
    )


def retire(session: Session, viewer: Viewer, place: Department, to: Department | None) -> Work:
    """Give what a department has to another one, and let it have no new work; what moved is told."""
    if place.retired_at is not None:
        raise Refusal(_("It is retired already."))
    others = select(Department.id).where(Department.id != place.id, Department.retired_at.is_(None)).limit(1)
    if session.scalar(others) is None:
        raise Refusal(_("It is the only department: make another one first."))
    work = work_of(session, place.id)
    if work.any and (to is None or to.id == place.id or to.retired_at is not None):
        raise Refusal(_("Choose the department that gets its open work."))
    if to is not None and work.any:
        _move(session, viewer, place, to)
    place.retired_at = now()
    audit.record(
        session, viewer, audit.CHANGED, "department", place.id,
        words=said("retired; its work went to %(name)s", name=to.name) if to and work.any else said("retired"),
        changes={"retired_at": (None, place.retired_at.isoformat())},
    )  # fmt: skip
    return work


def take_up(session: Session, viewer: Viewer, place: Department) -> None:
    """Have a retired department work again; what it had stays where it went."""
    if place.retired_at is None:
        return
    before, place.retired_at = place.retired_at.isoformat(), None
    audit.record(session, viewer, audit.CHANGED, "department", place.id, words=said("taken up again"),
                 changes={"retired_at": (before, None)})  # fmt: skip


def _move(session: Session, viewer: Viewer, place: Department, to: Department) -> None:
    why = said("%(name)s was retired", name=place.name)
    open_tasks = select(Task).where(Task.department_id == place.id, Task.done_at.is_(None)).order_by(Task.id)
    for task in session.scalars(open_tasks).all():
        task.department_id = to.id
        tasks.changed(session, task, viewer.user_id, said("went to %(name)s: %(why)s", name=to.name, why=why))
        _record(session, viewer, "task", task.id, place, to)
    people = select(User).where(User.department_id == place.id)
    for user in session.scalars(people).all():
        user.department_id = to.id
        _record(session, viewer, "user", user.id, place, to)
    # These may be many; the department's own entry tells of them.
    session.flush()
    for many in (Contact, Deal, Conversation):
        session.execute(update(many).where(many.department_id == place.id).values(department_id=to.id))
    _lead_here(session, viewer, place.name, to.name)


def _lead_here(session: Session, viewer: Viewer, before: str, name: str) -> None:
    """Have requests by channels that name a department be those of another name from now on."""
    if before == name:
        return
    for channel in _naming(session, before):
        with suppress(channel_changes.Refusal):  # its own page tells of it
            channel_changes.change(session, viewer, channel, {**channel.settings, SETTING: name})


def _naming(session: Session, name: str) -> Sequence[Channel]:
    every = session.scalars(select(Channel).order_by(Channel.id)).all()
    return [each for each in every if each.settings.get(SETTING) == name]


def _record(
    session: Session, viewer: Viewer, kind: str, record_id: int, place: Department, to: Department
) -> None:
    changes = {"department_id": (place.id, to.id)}
    audit.record(session, viewer, audit.CHANGED, kind, record_id, changes=changes)
