"""What moves a run: somebody begins it, does a step, or ends it; a message comes in; a time is there.

Each is one transaction with everything that follows from it. A run that cannot go on tells the person who moved it so,
and nothing was changed; moved by a message or a time, it says so itself and waits until somebody mends it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from sqlalchemy.orm import Session

from crm import processes, runs
from crm.deals import Deal
from crm.expressions import Result
from crm.process_elements import Node
from crm.process_engine import Play, Stuck
from crm.processes import ProcessVersion
from crm.run_answers import read_answers
from crm.run_hands import Hands
from crm.runs import TIMER, Run, RunStep
from crm.tasks import Task, audience_of
from hub import audit
from hub.bus import Notice
from hub.clock import now
from hub.db import announce
from hub.said import said
from hub.timers import Due
from hub.users import Viewer

KIND = "run"
LONGEST = 300  # letters of a reason


def start(
    session: Session, version: ProcessVersion, *, deal: Deal | None, contact_id: int, by: int | None, cause: str = ""
) -> Run:  # fmt: skip
    """Begin a run for a deal, or for a contact alone; Stuck says why it cannot."""
    run = Run(
        version_id=version.id, deal_id=deal.id if deal else None, contact_id=deal.contact_id if deal else contact_id,
        state=[], data={}, waits_for=[], started_by=by,
    )  # fmt: skip
    session.add(run)
    session.flush()
    plan = processes.plan_of(version)
    hands = Hands(session, run, plan.diagram, cause or said("begun"), by)
    play = Play(plan, hands)
    play.go()
    _keep(session, run, play)
    return run


def form_of(session: Session, task: Task) -> tuple[Node, Run] | None:
    """Give the element and the run that a task is for, None for a task of no process."""
    step = runs.step_of(session, task.id) if task.kind == runs.TASK_KIND else None
    if step is None:
        return None
    run = session.get_one(Run, step.run_id)
    return processes.plan_of(session.get_one(ProcessVersion, run.version_id)).diagram.nodes[step.element], run


def answers_for(session: Session, task: Task, given: Mapping[str, object]) -> Mapping[str, Result]:
    """Read what somebody answered in a step; Unanswered says what is missing."""
    found = form_of(session, task)
    return {} if found is None or found[0].work is None else read_answers(found[0].work.answers, given)


def step_done(session: Session, task: Task, by: int | None, answers: Mapping[str, Result]) -> None:
    """Have the run go on behind a step whose task is done; Stuck says why it cannot."""
    step = runs.step_of(session, task.id)
    if step is None or step.ended_at is not None or step.dropped_at is not None:
        return
    run = runs.locked(session, step.run_id)
    hands, play = _taken_up(session, run, said("“%(task)s” was done", task=_called(session, run, step)), by)
    hands.know(answers)
    _tell_deal(session, run, answers)
    if play.finish(step.id):
        play.go()
    _keep(session, run, play)


def hear(session: Session, message: str, *, deal_id: int | None = None, contact_id: int | None = None) -> int:
    """Have something that happened to a deal or a contact move the runs that wait for it; give how many went on.

    Processes that begin with it begin, unless one is under way for the same already.
    """
    if deal_id is not None and contact_id is None:
        contact_id = session.get_one(Deal, deal_id).contact_id
    going = runs.going(session, deal_id, contact_id)
    under_way = {session.get_one(ProcessVersion, run.version_id).process_id for run in going}
    waiting = [run for run in going if message in run.waits_for and run.stuck_at is None]
    for run in waiting:
        _try(session, run, said(message), lambda play: play.hear(message))
    if contact_id is None:
        return len(waiting)
    begun = [each for each in processes.beginning_with(session, message) if each.process_id not in under_way]
    deal = session.get(Deal, deal_id) if deal_id is not None else None
    for version in begun:
        start(session, version, deal=deal, contact_id=contact_id, by=None, cause=said(message))
    return len(waiting) + len(begun)


def fire(session: Session, run_id: int) -> None:
    """Have a run go on whose time is there; one that went on meanwhile is left."""
    run = runs.locked(session, run_id)
    if run.due_at is not None and run.due_at <= now() and run.ended_at is None:
        _try(session, run, said("the time was there"), lambda _play: True)


def try_again(session: Session, viewer: Viewer, run: Run) -> None:
    """Have a run that was stuck go on; Stuck says that it still cannot."""
    run = runs.locked(session, run.id)
    run.stuck, run.stuck_at = "", None
    _hands, play = _taken_up(session, run, said("tried again"), viewer.user_id)
    play.go()
    _keep(session, run, play)
    audit.record(session, viewer, audit.CHANGED, KIND, run.id, words=said("tried again"))


def stop(session: Session, viewer: Viewer, run: Run, why: str) -> None:
    """End a run by hand; what was still to do in it is no longer needed."""
    run = runs.locked(session, run.id)
    if run.ended_at is not None:
        return
    run.stopped_by, run.stopped_why = viewer.user_id, " ".join(why.split())[:LONGEST]
    hands, _play = _taken_up(session, run, said("ended by hand"), viewer.user_id)
    for step in runs.steps_of(session, run.id):
        if step.ended_at is None and step.dropped_at is None:
            hands.closed("", step.id, dropped=True)
    run.ended_at, run.due_at, run.waits_for = now(), None, []
    audit.record(
        session, viewer, audit.CHANGED, KIND, run.id, words=said("ended: %(why)s", why=run.stopped_why)
    )
    _tell(session, run)


def _taken_up(session: Session, run: Run, cause: str, by: int | None) -> tuple[Hands, Play]:
    plan = processes.plan_of(session.get_one(ProcessVersion, run.version_id))
    hands = Hands(session, run, plan.diagram, cause, by)
    return hands, Play(plan, hands, run.state)


def _try(session: Session, run: Run, cause: str, deed: Callable[[Play], bool]) -> None:
    """Move a run where nobody looks on: one that cannot go on is left as it was and says so."""
    try:
        with session.begin_nested():
            _hands, play = _taken_up(session, run, cause, None)
            deed(play)
            play.go()
            _keep(session, run, play)
    except Stuck as error:
        session.refresh(run)
        run.stuck, run.stuck_at, run.due_at = error.args[0], now(), None
        _tell(session, run)


def _keep(session: Session, run: Run, play: Play) -> None:
    """Keep where a run is now, and set its timer."""
    run.state, run.waits_for, run.due_at = play.state(), sorted(play.waits_for()), play.due_at()
    if play.ended:
        run.ended_at, run.due_at, run.waits_for = now(), None, []
    if run.due_at is not None:
        announce(session, Due(TIMER, run.due_at))
    session.flush()
    _tell(session, run)


def _tell(session: Session, run: Run) -> None:
    """Have whoever looks at the run or its deal look again."""
    deal = session.get(Deal, run.deal_id) if run.deal_id is not None else None
    audience = (
        audience_of(deal.responsible_id, deal.department_id) if deal else audience_of(run.started_by, None)
    )
    announce(session, Notice(kind=KIND, id=run.id, audience=audience))


def _tell_deal(session: Session, run: Run, answers: Mapping[str, Result]) -> None:
    """Write what a form found out to the deal as well, where everybody looks for it."""
    known = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in answers.items() if value is not None
    }  # fmt: skip
    deal = session.get(Deal, run.deal_id) if run.deal_id is not None and known else None
    if deal is not None:
        session.flush()
        session.refresh(deal, with_for_update=True)
        deal.fields, deal.changed_at = {**deal.fields, **known}, now()


def _called(session: Session, run: Run, step: RunStep) -> str:
    plan = processes.plan_of(session.get_one(ProcessVersion, run.version_id))
    return plan.diagram.nodes[step.element].called
