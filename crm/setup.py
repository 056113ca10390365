"""How the company is set up, read once and kept until it changes.

Every new request needs the company, its departments, hours, policies and fields, and every ring whose telephone it is;
they change a few times a year. A
number on the company's row goes up with each change, so that one cheap look tells whether what we hold still holds -
also when another process changed it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast
from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import Connection, Engine, Transaction, event, inspect, select, update
from sqlalchemy.orm import Session

from crm.calendars import Hours, absences_of
from crm.company import Company
from crm.fields import COMPUTED, CustomField, fold
from crm.pipelines import Pipeline, Stage
from crm.policies import Policy
from crm.working_hours import WorkingHours, combine
from crm.worktime import Calendar
from hub.db import Base
from hub.shapes import convert
from hub.statements import Statement, connection_of
from hub.users import Department, User, Viewer, viewer

T = TypeVar("T")

SEEN = "setup seen"


@dataclass(frozen=True, slots=True)
class Setup:
    """One state of the company's set-up. The rows in it are for reading only.

    `fields` are the custom fields that hold something, by each of their folded labels, retired ones among
    them; `shown_fields` are those that stand on a card, in their order. `sitting` are the people, by their extension.
    `beside` is what `kept` keeps.
    """

    version: int
    company: Company
    departments: Mapping[int, Department]
    policies: Sequence[Policy]
    fields: Mapping[str, CustomField]
    shown_fields: Sequence[CustomField]
    hours: Mapping[tuple[int | None, int | None], WorkingHours]
    sitting: Mapping[str, User]
    beside: dict[object, object] = field(default_factory=dict)

    def department(self, name: str) -> Department | None:
        """Give the department of this name; for an unknown one the company's first."""
        everybody = self.departments.values()
        return next((each for each in everybody if each.name == name), next(iter(everybody), None))

    def policies_for(self, kind: str, department_id: int | None) -> Sequence[Policy]:
        """Give the promises for a new task: the first that covers it, one for each target."""
        found: dict[str, Policy] = {}
        for policy in self.policies:
            if policy.covers(kind, department_id):
                found.setdefault(policy.target, policy)
        return list(found.values())

    def working_hours(self, department_id: int | None, user_id: int | None) -> WorkingHours:
        """Join company → department → person; a company without hours works day and night."""
        company = self.hours.get((None, None)) or WorkingHours.always(self.company.zone)
        department = self.hours.get((department_id, None)) if department_id else None
        person = self.hours.get((None, user_id)) if user_id else None
        return combine(company, department, person)


_held: WeakKeyDictionary[Engine, Setup] = WeakKeyDictionary()

# Transactions that changed the set-up: what they read of it may not be kept beyond them.
_changed: WeakSet[Transaction] = WeakSet()


def setup(session: Session) -> Setup:
    """Give the set-up as this transaction sees it."""
    connection = connection_of(session)
    if _has_changed(connection):
        return _read(session)
    seen = session.info.get(SEEN)
    if isinstance(seen, Setup):
        return seen
    held = _held.get(connection.engine)
    if held is None or held.version != _version(session):
        held = _held[connection.engine] = _read(session)
    session.info[SEEN] = held
    return held


def _has_changed(connection: Connection) -> bool:
    """Tell whether what is read now may not be kept; mostly there is no such transaction anywhere."""
    return len(_changed) > 0 and connection.get_transaction() in _changed


def told(session: Session, version: int) -> None:
    """Say what the company's number is, as this transaction sees it, so that it need not be asked."""
    held = _held.get(connection_of(session).engine)
    if held is not None and held.version == version:
        session.info.setdefault(SEEN, held)


def calendar_for(session: Session, department_id: int | None, user_id: int | None = None) -> Calendar:
    """Give the calendar of a promise; one that is a person's own leaves out when he is away."""
    absences = absences_of(session, user_id) if user_id is not None else ()
    return Calendar(setup(session).working_hours(department_id, user_id), absences)


def kept(session: Session, read: Callable[[Session], T]) -> T:
    """Give what `read` finds of what counts the set-up up, read once for each state of it; for reading only."""
    if _has_changed(connection_of(session)):
        return _apart(session, read)
    seen = session.info.get(SEEN)
    beside = (seen if isinstance(seen, Setup) else setup(session)).beside
    if read not in beside:
        beside[read] = _apart(session, read)
    return cast("T", beside[read])


def stages(session: Session) -> Mapping[int, tuple[Stage, Pipeline]]:
    """Give every stage with its pipeline, retired ones among them; for reading only."""
    return kept(session, _stages)


def _stages(session: Session) -> Mapping[int, tuple[Stage, Pipeline]]:
    rows = session.execute(select(Stage, Pipeline).join(Pipeline, Pipeline.id == Stage.pipeline_id))
    return {stage.id: (stage, pipeline) for stage, pipeline in rows}


def people(session: Session) -> Mapping[int, Viewer]:
    """Give everybody with his rights, also who is gone."""
    return kept(session, _people)


def _people(session: Session) -> Mapping[int, Viewer]:
    return {each.id: viewer(each) for each in session.scalars(select(User))}


def staff(session: Session) -> Mapping[int, User]:
    """Give everybody's name, place and whether he is gone; for reading only."""
    return kept(session, _staff)


def _staff(session: Session) -> Mapping[int, User]:
    return {each.id: each for each in session.scalars(select(User))}


def _apart(session: Session, read: Callable[[Session], T]) -> T:
    """Read in a session of its own, so that no rollback of the caller's takes the rows along."""
    session.flush()
    with Session(session.connection(), join_transaction_mode="rollback_only") as own:
        found = read(own)
        own.expunge_all()
    return found


_IN_FORCE = select(Department).where(Department.retired_at.is_(None)).order_by(Department.id)
_SITTING = select(User).where(User.extension != "", User.disabled_at.is_(None)).order_by(User.id)
VERSION = select(Company.__table__.c.setup_version).scalar_subquery()
"""The company's number, for a statement that asks for more: `told` is told of it."""
_VERSION = Statement(select(Company.__table__.c.setup_version))


def _version(session: Session) -> int:
    """Give the company's number as this transaction sees it."""
    return cast("int", _VERSION.one(session, {})[0])


def _read(session: Session) -> Setup:
    return _apart(session, _all)


def _all(own: Session) -> Setup:
    custom = own.scalars(select(CustomField).order_by(CustomField.position, CustomField.id)).all()
    return Setup(
        version=_version(own),
        company=own.get_one(Company, 1),
        departments={each.id: each for each in own.scalars(_IN_FORCE)},
        policies=own.scalars(
            select(Policy).where(Policy.retired_at.is_(None)).order_by(Policy.position, Policy.id)
        ).all(),
        fields=_by_label([each for each in custom if each.kind != COMPUTED]),
        shown_fields=[each for each in custom if each.retired_at is None],
        hours={
            (row.department_id, row.user_id): convert(row.hours, WorkingHours)
            for row in own.scalars(select(Hours))
        },
        sitting={each.extension: each for each in own.scalars(_SITTING)},
    )  # fmt: skip


def _by_label(fields: Sequence[CustomField]) -> Mapping[str, CustomField]:
    return {fold(label): each for each in fields for label in (each.name, each.label, *each.aliases)}


def count_up(_mapper: object, connection: Connection, _target: object) -> None:
    """Say, as a listener of the store, that what is kept of the set-up holds no longer."""
    table = Company.__table__
    connection.execute(update(table).values(setup_version=table.c.setup_version + 1))  # type: ignore[arg-type]
    transaction = connection.get_transaction()
    if transaction is not None:
        _changed.add(transaction)


def _sits_elsewhere(mapper: object, connection: Connection, user: User) -> None:
    """Count up where somebody's telephone is another, or he: what he prefers and when he signs in is none of it."""
    attributes = inspect(user).attrs
    if any(
        attributes[name].history.has_changes()
        for name in ("extension", "disabled_at", "name", "department_id", "role")
    ):
        count_up(mapper, connection, user)


event.listen(User, "after_insert", _sits_elsewhere)
event.listen(User, "after_update", _sits_elsewhere)


def counts(*kinds: type[Base]) -> None:
    """Have every change of a row of these kinds count the set-up up."""
    for kind in kinds:
        for change in ("after_insert", "after_update", "after_delete"):
            event.listen(kind, change, count_up)


counts(Company, Department, Policy, CustomField, Hours, Pipeline, Stage)
