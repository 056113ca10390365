"""What a run could not hear when it happened, and hears once it can: nothing of it is forgotten.

A run that is stuck keeps what it waits for. And people do not tick off in the order in which things happen: money may
be there while the quote is still being made, a contract signed before whoever sent it says that he did.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from crm import processes, run_troubles, run_wishes, runs
from crm.process_engine import Play
from crm.runs import Going, Run

MOST = 20
PAID, SIGNED = "payment received", "document signed"
LASTING = frozenset({PAID, SIGNED})
"""What is so from then on, or until `forget`. A signature counts if the run would wait for it next: others are of other
documents."""


def remember(session: Session, run: Going, message: str) -> None:
    """Keep what a run under way cannot hear now, if it is to hear it later."""
    if message in run.waits_for or _comes_to(session, run, message):
        itself = runs.locked(session, run.id)
        itself.unheard = [*itself.unheard, message][-MOST:]


def catch_up(session: Session, run: Run, play: Play) -> None:
    """Have a run that goes on hear what was kept; it is stuck no longer unless a deed of it came to nothing."""
    left = []
    for message in run.unheard:
        if play.hear(message):
            play.go()
        elif message in LASTING:
            left.append(message)
    if left != run.unheard:
        run.unheard = left
    if play.refused:
        run_troubles.stuck(session, run, play.refused)
    elif run.stuck_at is not None and not run_wishes.failed(session, run.id):
        run_troubles.over(session, run)


def forget(session: Session, deal_id: int, message: str) -> bool:
    """Have the runs of a deal no longer hear what was kept for them and is so no more; tell whether any would have."""
    kept = [run.id for run in runs.under_way(session, deal_id) if message in run.unheard]
    for run_id in kept:
        run = runs.locked(session, run_id)
        run.unheard = [each for each in run.unheard if each != message]
    return bool(kept)


def _comes_to(session: Session, run: Going, message: str) -> bool:
    if message not in LASTING:
        return False
    diagram = processes.plan_of(session, run.version_id, run.plan).diagram
    if message == PAID:
        return diagram.awaits(message)
    going = (each for each in runs.steps_of(session, run.id) if not (each.ended_at or each.dropped_at))
    return any(diagram.awaits(message, each.element) for each in going)
