"""What somebody does to a run by hand: begins it, has it tried again, moves it to another step, or ends it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import deal_moves, processes, run_moves, run_wishes, runs
from crm.contacts import Contact
from crm.deals import Deal
from crm.pipelines import LostReason
from crm.process_elements import Diagram, Node
from crm.process_troubles import Stuck
from crm.processes import Process, ProcessVersion
from crm.run_moves import KIND
from crm.runs import Run, RunStep
from hub import audit
from hub.rows import hold
from hub.said import said
from hub.users import Viewer

LONGEST = 300  # letters of a reason
NO_ENTRY = frozenset({"startEvent", "boundaryEvent"})


def begin(
    session: Session, viewer: Viewer, version: ProcessVersion, *, deal: Deal | None, contact_id: int,
    beside: int | None = None,
) -> Run:  # fmt: skip
    """Begin a run by hand; Stuck says why it cannot, such as that the process runs for the same already.

    `beside` is the newest run that whoever begins knows of, and beside which he wants one more.
    """
    # Who presses twice, or in two tabs, begins one: the second waits here, and finds the first one's.
    if deal is not None:
        hold(session, Deal, deal.id)
        same = Run.deal_id == deal.id
    else:
        hold(session, Contact, contact_id)
        same = (Run.contact_id == contact_id) & Run.deal_id.is_(None)
    going = session.scalar(
        select(Run.id).join(ProcessVersion, ProcessVersion.id == Run.version_id)
        .where(same, Run.ended_at.is_(None), ProcessVersion.process_id == version.process_id)
        .order_by(Run.id.desc()).limit(1)
    )  # fmt: skip
    if going is not None and going > (beside or 0):
        name = session.get_one(Process, version.process_id).name
        raise Stuck(
            said("“%(process)s” runs already for the same. Say so if it shall begin once more.", process=name)
        )
    made = run_moves.start(session, version, deal=deal, contact_id=contact_id, by=viewer.user_id)
    audit.record(session, viewer, audit.MADE, KIND, made.id)
    return made


def try_again(session: Session, viewer: Viewer, run: Run) -> None:
    """Have a run that was stuck go on; Stuck says that it still cannot."""
    run = runs.locked(session, run.id)
    if run.ended_at is not None:
        raise Stuck(said("Somebody was faster: this run is over"))
    with run_moves.played(session, run, said("tried again"), viewer.user_id) as (_hands, play):
        play.bear(all_of_it=False)
        for wish in run_wishes.open_of(session, run.id):
            if wish.failed_at is not None:
                run_wishes.try_anew(session, wish)
            elif wish.done_at is not None:
                play.finish(wish.step_id)
    audit.record(session, viewer, audit.CHANGED, KIND, run.id, words=said("tried again"))


def move_by_hand(session: Session, viewer: Viewer, run: Run, step: RunStep, element: str, why: str) -> None:
    """Have a run leave an open step, whose task is no longer needed, and go on at another element, for a reason.

    Stuck says why it cannot.
    """
    run = runs.locked(session, run.id)
    diagram = processes.plan_of(session, run.version_id, run.plan).diagram
    session.refresh(step)
    why = " ".join(why.split())[:LONGEST]
    if run.ended_at is not None or step.ended_at is not None or step.dropped_at is not None:
        raise Stuck(said("Somebody was faster: this step is over"))
    if not why:
        raise Stuck(said("Say why it goes on elsewhere"))
    if element not in {node.id for node in places_for(diagram, step)}:
        raise Stuck(said("It cannot go on there: choose a step beside the one where it is"))
    names = {"came": diagram.nodes[step.element].called, "to": diagram.nodes[element].called}
    cause = said(
        "moved by hand from *%(came)s* by %(who)s: %(why)s", came=names["came"], who=viewer.name, why=why
    )
    with run_moves.played(session, run, cause, viewer.user_id) as (_hands, play):
        if not play.move(step.id, element):
            raise Stuck(said("Somebody was faster: this step is over"))
    words = said("moved from *%(came)s* to *%(to)s*: %(why)s", **names, why=why)
    audit.record(session, viewer, audit.CHANGED, KIND, run.id, words=words)


def places_for(diagram: Diagram, step: RunStep) -> list[Node]:
    """Give where a run can go on by hand from an open step: what stands in the same process or sub-process."""
    at = diagram.nodes[step.element]
    if at.tag == "boundaryEvent":
        return []
    return [node for node in diagram.inside(at.scope) if node.tag not in NO_ENTRY and node.id != at.id]


def stop(session: Session, viewer: Viewer, run: Run, why: str) -> None:
    """End a run by hand; what was still to do in it is no longer needed."""
    run = runs.locked(session, run.id)
    if run.ended_at is not None:
        return
    run.stopped_by, run.stopped_why = viewer.user_id, " ".join(why.split())[:LONGEST]
    run_moves.over(session, run, said("ended by hand"), viewer.user_id)
    audit.record(
        session, viewer, audit.CHANGED, KIND, run.id, words=said("ended: %(why)s", why=run.stopped_why)
    )


def lose(
    session: Session, viewer: Viewer, deal: Deal, stage_id: int, *, was: int | None = None, why: str = "",
    lost_reason_id: int | None = None,
) -> int | None:  # fmt: skip
    """Move a deal as deal_moves.move does, and end what was under way for it before: what is lost needs no more work.

    What begins or goes on by the move itself, such as what its new stage does, goes on. For a deal that is lost already
    everything ends that was under way before it was.
    """
    before = [(run.id, run.waits_for) for run in runs.under_way(session, deal.id)]
    made = deal_moves.move(session, viewer, deal, stage_id, was=was, why=why, lost_reason_id=lost_reason_id)
    if deal.lost_at is None:
        return made
    reason = session.get(LostReason, deal.lost_reason_id) if deal.lost_reason_id else None
    words = ": ".join(filter(None, (reason.name if reason else "", deal.lost_why)))
    for run_id, waited_for in before:
        run = session.get_one(Run, run_id)
        if run.started_at < deal.lost_at if made is None else deal_moves.MOVED not in waited_for:
            stop(session, viewer, run, words)
    return made


def not_over(session: Session, run: Run, since: datetime) -> None:
    """Have a run go on after all that run_moves.over ended, at `since` or later: it waits for what it waited for."""
    _hands, play = run_moves.taken_up(session, run, "", None)
    for step in runs.steps_of(session, run.id):
        if step.dropped_at is not None and step.dropped_at >= since:
            step.dropped_at = None
    run.ended_at, run.due_at, run.waits_for = None, play.due_at(), sorted(play.waits_for())
    runs.set_timer(session, run)
    run_moves.tell(session, run)
