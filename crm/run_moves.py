"""What moves a run: somebody begins it or does a step; a message comes in; a time is there. By hand: run_mending.py.

Each is one transaction with everything that follows from it. A run that cannot go on tells the person who moved it so,
and nothing was changed; moved by a message or a time, it says so itself and waits until somebody mends it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import processes, robots, runs
from crm.deals import Deal
from crm.expressions import Result
from crm.process_elements import Answer, Node
from crm.process_engine import Play, Stuck
from crm.processes import ProcessVersion
from crm.run_answers import read_answers
from crm.run_hands import Hands
from crm.runs import TIMER, Run, RunStep
from crm.tasks import Task, audience_of
from hub.bus import Notice
from hub.clock import now
from hub.db import announce
from hub.said import said
from hub.timers import Due

KIND = "run"


class Doing(NamedTuple):
    """A step that somebody is about to have done: its element, its place in the history, and its run, locked."""

    node: Node
    step: RunStep
    run: Run

    def read(self, given: Mapping[str, object]) -> Mapping[str, Result]:
        """Read what somebody answered; Unanswered says what is missing."""
        return read_answers(self.node.work.answers, given) if self.node.work else {}


def start(
    session: Session, version: ProcessVersion, *, deal: Deal | None, contact_id: int, by: int | None, cause: str = ""
) -> Run:  # fmt: skip
    """Begin a run for a deal, or for a contact alone; Stuck says why it cannot."""
    run = Run(
        version_id=version.id, plan=version.digest, deal_id=deal.id if deal else None,
        contact_id=deal.contact_id if deal else contact_id, state=[], data={}, waits_for=[], started_by=by,
    )  # fmt: skip
    session.add(run)
    session.flush()
    plan = processes.plan_of(session, run.version_id, run.plan)
    hands = Hands(session, run, plan.diagram, cause or said("begun"), by)
    play = Play(plan, hands)
    play.go()
    keep(session, run, hands, play)
    return run


def doing(session: Session, task: Task) -> Doing | None:
    """Give the step that a task is for, None for a task of no process, or of a step that is over."""
    found = runs.of_task(session, task.id) if task.kind == runs.TASK_KIND else None
    if found is None or found[0].ended_at is not None or found[0].dropped_at is not None:
        return None
    step, run = found
    return Doing(processes.plan_of(session, run.version_id, run.plan).diagram.nodes[step.element], step, run)


def form_of(session: Session, task: Task) -> tuple[Answer, ...]:
    """Give what a task asks for when it is done: the form of its step."""
    return forms_of(session, [task]).get(task.id, ())


def forms_of(session: Session, tasks: Iterable[Task]) -> dict[int, tuple[Answer, ...]]:
    """Give by task what each asks for when it is done; those that ask for nothing are left out."""
    ids = [task.id for task in tasks if task.kind == runs.TASK_KIND]
    if not ids:
        return {}
    rows = session.execute(
        select(RunStep.task_id, RunStep.element, Run.version_id, Run.plan)
        .join(Run, Run.id == RunStep.run_id).where(RunStep.task_id.in_(ids))
    )  # fmt: skip
    nodes = {
        row.task_id: processes.plan_of(session, row.version_id, row.plan).diagram.nodes[row.element]
        for row in rows
    }
    return {task_id: node.work.answers for task_id, node in nodes.items() if node.work and node.work.answers}


def step_done(session: Session, done: Doing, by: int | None, answers: Mapping[str, Result]) -> None:
    """Have the run go on behind a step whose task is done; Stuck says why it cannot."""
    cause = said("“%(task)s” was done", task=done.node.called)
    hands, play = taken_up(session, done.run, cause, by)
    hands.know(answers)
    _tell_deal(hands, answers)
    if play.finish(done.step.id):
        play.go()
    keep(session, done.run, hands, play)


def hear(session: Session, message: str, *, deal_id: int | None = None, contact_id: int | None = None) -> int:
    """Have something that happened to a deal or a contact move the runs that wait for it; give how many went on.

    Processes that begin with it begin, unless one is under way for the same already.
    """
    if deal_id is not None and contact_id is None:
        contact_id = session.get_one(Deal, deal_id).contact_id
    going = runs.going(session, deal_id, contact_id)
    waiting = [run for run in going if message in run.waits_for and run.stuck_at is None]
    for run in waiting:
        _try(session, run, said(message), lambda play: play.hear(message))
    if contact_id is None:
        return len(waiting)
    begun = processes.beginning_with(session, message)
    if message == robots.MESSAGE and deal_id is not None:
        begun += robots.begun_by(session, session.get_one(Deal, deal_id).stage_id)
    if begun:
        under_way = {session.get_one(ProcessVersion, run.version_id).process_id for run in going}
        begun = [version for version in begun if version.process_id not in under_way]
    deal = session.get(Deal, deal_id) if deal_id is not None and begun else None
    for version in begun:
        start(session, version, deal=deal, contact_id=contact_id, by=None, cause=said(message))
    return len(waiting) + len(begun)


def fire(session: Session, run_id: int) -> None:
    """Have a run go on whose time is there; one that went on meanwhile is left."""
    run = runs.locked(session, run_id)
    if run.due_at is not None and run.due_at <= now() and run.ended_at is None:
        _try(session, run, said("the time was there"), lambda _play: True)


def taken_up(session: Session, run: Run, cause: str, by: int | None) -> tuple[Hands, Play]:
    """Give a run, which is locked, as it is played on; `keep` must follow."""
    plan = processes.plan_of(session, run.version_id, run.plan)
    hands = Hands(session, run, plan.diagram, cause, by)
    return hands, Play(plan, hands, run.state)


def _try(session: Session, run: Run, cause: str, deed: Callable[[Play], bool]) -> None:
    """Move a run where nobody looks on: one that cannot go on is left as it was and says so."""
    try:
        with session.begin_nested():
            hands, play = taken_up(session, run, cause, None)
            deed(play)
            play.go()
            keep(session, run, hands, play)
    except Stuck as error:
        session.refresh(run)
        run.stuck, run.stuck_at, run.due_at = error.args[0], now(), None
        tell(session, run, session.get(Deal, run.deal_id) if run.deal_id is not None else None)


def keep(session: Session, run: Run, hands: Hands, play: Play) -> None:
    """Keep where a run is now and what it knows, with its history, and set its timer."""
    hands.write()
    run.data = hands.data
    run.state, run.waits_for, run.due_at = play.state(), sorted(play.waits_for()), play.due_at()
    if play.ended:
        run.ended_at, run.due_at, run.waits_for = now(), None, []
    if run.due_at is not None:
        announce(session, Due(TIMER, run.due_at))
    session.flush()
    tell(session, run, hands.deal)


def tell(session: Session, run: Run, deal: Deal | None) -> None:
    """Have whoever looks at the run or its deal look again."""
    whose = (deal.responsible_id, deal.department_id) if deal else (run.started_by, None)
    announce(session, Notice(kind=KIND, id=run.id, audience=audience_of(*whose)))


def _tell_deal(hands: Hands, answers: Mapping[str, Result]) -> None:
    """Write what a form found out to the deal as well, where everybody looks for it."""
    known = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in answers.items() if value is not None
    }  # fmt: skip
    if known and hands.deal is not None:
        hands.deal.fields, hands.deal.changed_at = {**hands.deal.fields, **known}, now()
