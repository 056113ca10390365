"""Who leaves a sequence, many at once or one by hand, and who goes on in it after all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm import run_mending, run_moves, runs, sequence_letters
from crm.runs import Run, RunStep
from crm.sequences import LetterSequence, SequencePerson, look_soon
from hub.clock import now
from hub.said import said


def leave(session: Session, person: SequencePerson, why: str, by: int | None = None) -> None:
    """Have somebody leave: nothing more of the sequence comes to him, not even what waits to be sent."""
    _leave(session, [person], why, by)


def leave_all(session: Session, people: Mapping[SequencePerson, str]) -> None:
    """Have people leave, each for one of sequence_letters.REASONS; they cost together what one of them does."""
    by_reason: defaultdict[str, list[SequencePerson]] = defaultdict(list)
    for person, reason in people.items():
        by_reason[reason].append(person)
    for reason, those in by_reason.items():
        _leave(session, those, said(sequence_letters.REASONS[reason]), None)


def stay(session: Session, person: SequencePerson) -> bool:
    """Have somebody who left go on after all, from where he was; False where something speaks against that."""
    if person.left_at is None or sequence_letters.leaves(session, person) is not None:
        return False
    run = runs.locked(session, person.run_id) if person.run_id is not None else None
    sequence_letters.let_in(session, person)
    if run is not None and run.ended_at is not None and run.ended_at >= person.left_at:
        run_mending.not_over(session, run, person.left_at)
    person.left_at, person.why = None, ""
    return True


def parted(session: Session, contact_ids: Collection[int]) -> None:
    """Have those go on who left because they were one with somebody who is in the sequence as well, and are not."""
    why = said(sequence_letters.REASONS[sequence_letters.TWICE])
    left = select(SequencePerson).where(
        SequencePerson.contact_id.in_(contact_ids), SequencePerson.left_at.is_not(None), SequencePerson.why == why
    )  # fmt: skip
    for person in session.scalars(left.order_by(SequencePerson.id)).all():
        if stay(session, person):
            sequence = session.get_one(LetterSequence, person.sequence_id)
            look_soon(session, sequence.list_id, leaves=False)


def _leave(session: Session, people: Sequence[SequencePerson], why: str, by: int | None) -> None:
    ids = [person.run_id for person in people if person.run_id is not None]
    going = session.scalars(
        select(Run).where(Run.id.in_(ids), Run.ended_at.is_(None)).order_by(Run.id)
        .with_for_update().execution_options(populate_existing=True)
    ).all()  # fmt: skip
    for person in people:
        person.left_at, person.why = now(), why
    session.flush()
    sequence_letters.leave_out(session, people, why)
    in_lots = [run for run in going if run.sequence_id is not None]
    _over(session, in_lots)
    for run in going:
        if run.sequence_id is None:
            run_moves.over(session, run, why, by)


def _over(session: Session, going: Sequence[Run]) -> None:
    """End runs of which nothing but waits can be open."""
    if not going:
        return
    moment = now()
    its_steps = (RunStep.run_id.in_([run.id for run in going]), RunStep.ended_at.is_(None))
    dropped = update(RunStep).where(*its_steps, RunStep.dropped_at.is_(None)).values(dropped_at=moment)
    session.execute(dropped)
    for run in going:
        run.ended_at, run.due_at, run.waits_for = moment, None, []
        run_moves.tell(session, run)
