"""What a rehearsal reads, once and for reading only: requests of the last weeks, people, promises, earlier runs."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm import process_diagrams, processes
from crm.calendars import Absence
from crm.deals import Deal
from crm.expressions import Result
from crm.process_elements import Diagram, Node
from crm.process_specs import blueprint
from crm.processes import Faulty, Process, ProcessVersion
from crm.rehearsal_requests import MOST_REQUESTS, NEWS, requests_of
from crm.rehearsal_rotas import Rota, rota_of
from crm.rehearsal_scenes import Guess, Person, Place, Scene, Version
from crm.run_answers import from_document
from crm.runs import TASK_KIND, Run, RunStep
from crm.setup import Setup, calendar_for, setup
from crm.tasks import Task
from crm.worktime import Calendar
from hub.clock import now
from hub.said import said
from hub.users import User, active_users

MOST_WEEKS = 26
BEYOND = timedelta(weeks=8)  # is played on after the last request
MOST_EARLIER = 4_000  # steps that were done before
AT_ONCE = 2.0  # seconds between a task that is done and its step
LEAST_EFFORT, LONGEST_EFFORT = 60.0, 40 * 3600.0  # seconds


class Nothing(Exception):
    """There is nothing to rehearse; the words say why."""


def scene_of(session: Session, process: Process, guess: Guess) -> Scene:
    """Read everything. Faulty tells what is wrong in the draft, NotBpmn and Nothing why there is none."""
    if not process.draft:
        raise Nothing(said("Nothing is drawn yet"))
    diagram = process_diagrams.read(process.draft.encode())
    if wrong := processes.faults(session, diagram):
        raise Faulty(wrong)
    end = now()
    begin = end - timedelta(weeks=max(1, min(MOST_WEEKS, guess.weeks)))
    horizon, state = end + BEYOND, setup(session)
    rotas = _Rotas(session, state, begin, horizon)
    people = {user.id: _person(session, rotas, user) for user in active_users(session)}
    start = next(node for node in diagram.inside(diagram.id) if node.tag == "startEvent")
    message = start.happening.name if start.happening else ""
    requests, cut = requests_of(session, message, begin, end)
    return Scene(
        begin=begin, end=end, horizon=horizon, zone=ZoneInfo(state.company.zone), guess=guess, requests=requests,
        cut=cut, by_deals=message not in NEWS, people=people, places=_places(state, rotas),
        company=rotas.of(None), policies={each.name: (each.seconds, each.days) for each in state.policies},
        versions=_versions(session, process), fields=[field.name for field in state.fields.values()],
        efforts=_efforts(session, people, begin), waits=_waits(session, begin), known=_known(session, diagram),
    )  # fmt: skip


def _versions(session: Session, process: Process) -> list[Version]:
    """Give the newest version, if there is one, and the draft if it is another."""
    newest = processes.newest(session, process.id)
    found = []
    if newest is not None:
        plan = processes.plan_of(session, newest.id, newest.digest)
        found.append(Version(number=newest.number, plan=plan))
    if newest is None or newest.xml != process.draft:
        found.append(Version(number=None, plan=blueprint(process.draft)))
    return found


class _Rotas:
    """Calendars laid out, each once: most people have their department's."""

    def __init__(self, session: Session, state: Setup, begin: datetime, end: datetime) -> None:
        self._session, self._state, self._begin, self._end = session, state, begin, end
        self._kept: dict[tuple[int | None, int | None], Rota] = {}

    def of(self, department_id: int | None, user_id: int | None = None) -> Rota:
        """Lay out a calendar."""
        key = (department_id, user_id)
        if key not in self._kept:
            calendar = calendar_for(self._session, department_id, user_id)
            self._kept[key] = self._laid(calendar)
        return self._kept[key]

    def of_person(self, user: User, *, is_away: bool) -> Rota:
        """Lay out somebody's, or give his department's where he has none of his own."""
        own = is_away or (None, user.id) in self._state.hours
        return self.of(user.department_id, user.id if own else None)

    def _laid(self, calendar: Calendar) -> Rota:
        return rota_of(calendar, self._begin, self._end)


def _person(session: Session, rotas: _Rotas, user: User) -> Person:
    gone = session.scalars(select(Absence).where(Absence.user_id == user.id)).all()
    return Person(
        user.id, user.name, user.email, user.role, user.department_id, rotas.of_person(user, is_away=bool(gone)),
        tuple((each.since.timestamp(), each.until.timestamp()) for each in gone),
    )  # fmt: skip


def _places(state: Setup, rotas: _Rotas) -> dict[int, Place]:
    found = {}
    for each in state.departments.values():
        leaders = tuple(leader for leader in (each.head_id, each.deputy_id) if leader)
        promises = tuple((policy.seconds, policy.days) for policy in state.policies_for(TASK_KIND, each.id))
        found[each.id] = Place(each.id, each.name, each.distribution, leaders, rotas.of(each.id), promises)
    return found


def _known(session: Session, diagram: Diagram) -> dict[str, list[Result]]:
    """Give what was answered in all deals that we look at, by the names of the diagram's forms."""
    found: defaultdict[str, list[Result]] = defaultdict(list)
    asked = sorted(diagram.asked)
    for fields in session.scalars(select(Deal.fields).order_by(Deal.id.desc()).limit(4 * MOST_REQUESTS)):
        for name in asked:
            value = from_document(fields.get(name))
            if value is not None:
                found[name].append(value)
    return found


def _efforts(session: Session, people: Mapping[int, Person], begin: datetime) -> dict[str, list[float]]:
    """Give how long each step was worked on: from when somebody had it and was done with what he did before."""
    before = _finished(session, begin)
    found: defaultdict[str, list[float]] = defaultdict(list)
    for name, began, ended, by in _earlier(session, begin):
        person = people.get(by or 0)
        if person is not None and ended is not None:
            end = ended.timestamp()
            done = before.get(person.id, [])
            place = bisect_left(done, end - AT_ONCE) - 1
            since = max(began.timestamp(), done[place] if place >= 0 else 0.0)
            found[name].append(
                min(LONGEST_EFFORT, max(LEAST_EFFORT, round(person.rota.worked(since, end), 3)))
            )
    return {name: sorted(seconds) for name, seconds in found.items()}


def _finished(session: Session, begin: datetime) -> Mapping[int, list[float]]:
    """Give when each did anything, in order."""
    rows = session.execute(
        select(Task.done_by, Task.done_at).where(Task.done_at >= begin, Task.done_by.is_not(None))
        .order_by(Task.done_at.desc()).limit(5 * MOST_EARLIER)
    )  # fmt: skip
    found: defaultdict[int, list[float]] = defaultdict(list)
    for by, at in reversed(rows.all()):
        if by is not None and at is not None:
            found[by].append(at.timestamp())
    return found


def _earlier(
    session: Session, begin: datetime
) -> Iterator[tuple[str, datetime, datetime | None, int | None]]:
    """Give the steps of people that were done: their names, from when to when, and by whom."""
    wanted = (
        select(Run.version_id, Run.plan, RunStep.element, RunStep.began_at, RunStep.ended_at, RunStep.ended_by)
        .join(Run, Run.id == RunStep.run_id)
        .where(RunStep.id >= _first(session, begin), RunStep.task_id.is_not(None), RunStep.ended_at.is_not(None))
        .order_by(RunStep.id.desc()).limit(MOST_EARLIER)
    )  # fmt: skip
    for version_id, plan, element, began, ended, by in session.execute(wanted):
        node = processes.plan_of(session, version_id, plan).diagram.nodes.get(element)
        if node is not None:
            yield node.called, began, ended, by


def _first(session: Session, begin: datetime) -> int:
    """Give from which number on steps began since then: they have their numbers in the order of time."""
    last = session.scalar(select(func.max(RunStep.id))) or 0

    def began(number: int) -> datetime:
        at = select(RunStep.began_at).where(RunStep.id >= number).order_by(RunStep.id).limit(1)
        return session.scalar(at) or begin

    return bisect_left(range(1, last + 1), begin, key=began) + 1


def _waits(session: Session, begin: datetime) -> dict[str, list[float]]:
    """Give how long it took until messages came, of those that came."""
    found, first = defaultdict[str, list[float]](list), _first(session, begin)
    for version in session.scalars(select(ProcessVersion).order_by(ProcessVersion.id.desc()).limit(50)):
        nodes = processes.plan_of(session, version.id, version.digest).diagram.nodes
        heard = {node.id: message for node in nodes.values() if (message := _message_of(node))}
        wanted = (
            select(RunStep.element, RunStep.began_at, RunStep.ended_at).join(Run, Run.id == RunStep.run_id)
            .where(Run.version_id == version.id, RunStep.element.in_(heard), RunStep.ended_at.is_not(None))
            .where(RunStep.id >= first).order_by(RunStep.id.desc()).limit(MOST_EARLIER)
        )  # fmt: skip
        for element, began, ended in session.execute(wanted) if heard else ():
            found[heard[element]].append((ended - began).total_seconds() if ended else 0.0)
    return {message: sorted(seconds) for message, seconds in found.items()}


def _message_of(node: Node) -> str:
    """Give the message that a run waits for at an element, "" where it waits for none."""
    what = node.happening if node.tag != "startEvent" else None
    return what.name if what is not None and what.kind == "message" else ""
