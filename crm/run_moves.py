"""What moves a run: somebody does a step of it; a message comes in; a time is there. By hand: crm/run_mending.py.

Each is one transaction with everything that follows from it. A run that cannot go on tells the person who moved it so,
and nothing was changed; moved by a message or a time, it says so itself and waits until somebody mends it, who is told
of it (crm/run_troubles.py), while its other ways go on. It tries again once something was filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from sqlalchemy.orm import Session

from crm import deals, happenings, processes, run_beginnings, run_memory, run_troubles, runs, sequence_ends
from crm.contacts import Contact
from crm.deals import Deal
from crm.expressions import Result
from crm.process_engine import Play
from crm.process_troubles import Stuck
from crm.processes import ProcessVersion
from crm.run_hands import Hands
from crm.run_steps import Doing
from crm.runs import Going, Run
from crm.tasks import audience_of
from hub.bus import Notice
from hub.clock import now
from hub.db import announce
from hub.rows import change, get_one, hold, made
from hub.said import said
from hub.savepoints import part

KIND = "run"
DEEPEST = 8  # runs that make each other go on
# In a session: what happened meanwhile, how many runs are moved, what began by that.
HEARD, DEEP, BEGUN = "run_heard", "run_deep", "run_begun"


def start(
    session: Session, version: ProcessVersion, *, deal: Deal | None, contact_id: int, by: int | None, cause: str = "",
    data: Mapping[str, object] | None = None,
) -> Run:  # fmt: skip
    """Begin a run for a deal, or for a contact alone, which knows `data`; Stuck says why it cannot."""
    run = _new(session, version, deal, contact_id, by, data)
    with played(session, run, cause or said("begun"), by):
        pass
    return run


def step_done(session: Session, done: Doing, by: int | None, answers: Mapping[str, Result]) -> None:
    """Have the run go on behind a step whose task is done; Stuck says why it cannot."""
    cause = said("“%(task)s” was done", task=done.node.called)
    with played(session, done.run, cause, by) as (hands, play):
        hands.contact = done.contact
        hands.answered(done.node, answers)
        play.finish(done.step.id)


def deed_done(session: Session, run_id: int, step_id: int) -> None:
    """Have a run go on behind a deed that took its time."""
    run = runs.locked(session, run_id)
    if run.ended_at is None:
        _try(session, run, said("the process did it"), lambda play: play.finish(step_id))


def deed_failed(session: Session, run_id: int, step_id: int, why: str) -> None:
    """Have a run go on where a deed's failure is caught; else it says what went wrong, and its other ways go on."""
    caught = False

    def fail(play: Play) -> bool:
        nonlocal caught
        caught = play.fail(step_id)
        return caught

    run = runs.locked(session, run_id)
    if run.ended_at is None:
        _try(session, run, said("it failed: %(why)s", why=why), fail)
        if not caught:
            run_troubles.stuck(session, run, why)
            tell(session, run)


@happenings.heard_by
def hear(session: Session, message: str, *, deal_id: int | None = None, contact_id: int | None = None) -> int:
    """Have something that happened move the runs that wait for it, and give how many went on.

    It happened to a deal, or to a contact and so to all that is under way with him. Processes that begin with it begin,
    unless one is under way for the same already: for the deal if both are given. What happens while a run is moved
    waits until that run waits, and is not heard by it.
    """
    waiting = session.info.get(HEARD)
    if waiting is not None:
        waiting.append((message, deal_id, contact_id))
        return 0
    return _hear(session, message, deal_id, contact_id)


def _hear(
    session: Session, message: str, deal_id: int | None, contact_id: int | None, but: int | None = None
) -> int:
    """Tell all but one run."""
    if message == happenings.FILLED:
        return _try_again(session, deal_id, contact_id, but)
    alone = deal_id if contact_id is None else None
    # Kept at hand, so that it is not read again by each run.
    its_deal = get_one(session, Deal, deal_id) if contact_id is None and deal_id is not None else None
    if its_deal is not None:
        contact_id = its_deal.contact_id
    if contact_id is None:
        return 0
    if but is not None and alone is not None and session.info.get(runs.ALONE) == alone:
        going = list[Going]()
    else:
        going = [run for run in runs.going(session, alone, contact_id) if run.id != but]
    if but is None and alone is not None and len(going) == 1:
        session.info[runs.ALONE] = alone
    moved = 0
    for run in going:
        if message not in run.waits_for or run.stuck_at is not None:
            run_memory.remember(session, run, message)
        else:
            moved += 1
            itself = runs.locked(session, run.id)
            _try(session, itself, said(message), lambda play: play.hear(message), heard=message)
    return moved + _begin_all(session, message, deal_id, contact_id, going)


def _try_again(session: Session, deal_id: int | None, contact_id: int | None, but: int | None) -> int:
    """Have those go on for which something was missing that may be there now."""
    if but is not None and deal_id is not None and session.info.get(runs.ALONE) == deal_id:
        return 0
    found = [each for each in run_troubles.refused(session, deal_id, contact_id) if each != but]
    for run_id in found:
        run = runs.locked(session, run_id)
        if run.stuck_at is not None and run.ended_at is None:
            _try(session, run, said("something was filled in"), lambda _play: True)
    return len(found)


def _begin_all(
    session: Session, message: str, deal_id: int | None, contact_id: int, going: Sequence[Going]
) -> int:  # fmt: skip
    """Begin what begins with it, and give how many did."""
    began, due = 0, run_beginnings.due(session, message, deal_id, contact_id, going)
    if due:  # it may happen twice at once: the card's row decides who is second, and sees the run that began
        hold(session, Contact, contact_id)
    for version, deal in due:
        begun, key = session.info.setdefault(BEGUN, set()), (version.id, deal.id if deal else None)
        if key not in begun:
            # Two that send a deal to and fro would otherwise begin each other for ever.
            begun.add(key)
            began += 1
            for run_id in run_beginnings.before(session, version, deal, going):
                over(session, runs.locked(session, run_id), said("the deal came into the stage again"))
            _begin(session, version, deal, contact_id, message)
    return began


def _begin(
    session: Session, version: ProcessVersion, deal: Deal | None, contact_id: int, message: str
) -> None:
    """Begin a run where nobody looks on: one that cannot begin is there and says so."""
    run = _new(session, version, deal, contact_id, None)
    _try(session, run, said(message), lambda _play: True)


def fire(session: Session, run_id: int) -> None:
    """Have a run go on whose time is there; one that went on meanwhile is left."""
    run = runs.locked(session, run_id)
    if run.due_at is not None and run.due_at <= now() and run.ended_at is None:
        _try(session, run, said("the time was there"), lambda _play: True)


def taken_up(session: Session, run: Run, cause: str, by: int | None) -> tuple[Hands, Play]:
    """Give what plays a run and what it does to the world."""
    plan = processes.plan_of(session, run.version_id, run.plan)
    hands = Hands(session, run, plan.diagram, cause, by)
    return hands, Play(plan, hands, run.state or None)


def _new(
    session: Session, version: ProcessVersion, deal: Deal | None, contact_id: int, by: int | None,
    data: Mapping[str, object] | None = None,
) -> Run:  # fmt: skip
    session.flush()
    runs.begin(session)
    return made(
        session, Run, version_id=version.id, plan=version.digest, deal_id=deal.id if deal else None,
        contact_id=deal.contact_id if deal else contact_id, state=[], data=dict(data or {}), waits_for=[], unheard=[],
        started_at=now(), started_by=by, stuck="", stopped_why="",
    )  # fmt: skip


def _try(session: Session, run: Run, cause: str, deed: Callable[[Play], bool], *, heard: str = "") -> None:
    """Move a run where nobody looks on: a way that cannot go on waits, or else all is left as it was; that is told."""
    try:
        with part(session), played(session, run, cause, None) as (_hands, play):
            play.bear(all_of_it=True)
            deed(play)
    except Stuck as error:
        session.refresh(run)
        run.due_at = None
        run.unheard = [*run.unheard, heard] if heard else run.unheard
        run_troubles.stuck(session, run, error.args[0])
        tell(session, run)


@contextmanager
def played(session: Session, run: Run, cause: str, by: int | None) -> Iterator[tuple[Hands, Play]]:
    """Take a run up, have it go on after what is done with it, keep it, and tell others what it made happen."""
    deep = session.info.get(DEEP, 0)
    if deep >= DEEPEST:
        raise Stuck(said("Processes make each other go on, round and round"))
    happened: list[tuple[str, int | None, int | None]] = []
    session.info[HEARD], session.info[DEEP] = happened, deep + 1
    try:
        hands, play = taken_up(session, run, cause, by)
        yield hands, play
        play.go()
        run_memory.catch_up(session, run, play)
        keep(session, run, hands, play)
        play.let_go()
        session.info[HEARD] = None
        for message, deal_id, contact_id in happened:
            _hear(session, message, deal_id, contact_id, but=run.id)
    finally:
        session.info[HEARD], session.info[DEEP] = None, deep
        if not deep:
            session.info[BEGUN] = set()


def keep(session: Session, run: Run, hands: Hands, play: Play) -> None:
    """Keep where a run is now and what it knows, with its history, and set its timer."""
    hands.write()
    session.flush()
    new: dict[str, object] = {
        "state": play.state(), "data": hands.data, "waits_for": sorted(play.waits_for()), "due_at": play.due_at()
    }  # fmt: skip
    if play.ended:
        new |= {"ended_at": now(), "due_at": None, "waits_for": []}
    change(session, run, **{name: value for name, value in new.items() if getattr(run, name) != value})
    if play.ended:
        _ended(session, run)
    runs.set_timer(session, run)
    tell(session, run)


def over(session: Session, run: Run, cause: str, by: int | None = None) -> None:
    """End a run that goes on: what was still to do in it is no longer needed."""
    hands, _play = taken_up(session, run, cause, by)
    for step in runs.steps_of(session, run.id):
        if step.ended_at is None and step.dropped_at is None:
            hands.closed("", step.id, dropped=True)
    hands.write()
    run.ended_at, run.due_at, run.waits_for = now(), None, []
    run_troubles.settle(session, run.id)
    _ended(session, run)
    tell(session, run)


def _ended(session: Session, run: Run) -> None:
    """Have somebody whose run of a sequence is over be at its end."""
    if sequence_ends.PERSON in run.data:
        session.flush()
        sequence_ends.came(session, [run.id])


def tell(session: Session, run: Run) -> None:
    """Have whoever looks at the run or its deal look again."""
    whose = (run.started_by, None) if run.deal_id is None else deals.whose(session, run.deal_id)
    announce(session, Notice(kind=KIND, id=run.id, audience=audience_of(*whose)))
