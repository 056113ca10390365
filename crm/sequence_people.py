"""Who is in a sequence, who stands at which of its steps, and who came to its end or left."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from crm.runs import Run, RunStep
from crm.sequences import SequencePerson

State = Literal["going", "through", "left"]
STATE: ColumnElement[State] = case(
    (SequencePerson.left_at.is_not(None), "left"), (Run.ended_at.is_not(None), "through"), else_="going"
)
"""How it is with somebody: he is under way, came to the end, or left."""


def people(sequence_id: int, state: State | None = None) -> Select[SequencePerson, State, datetime | None]:
    """Name those of a sequence, all or of one state, with when they came to the end."""
    wanted = (
        select(SequencePerson, STATE, Run.ended_at)
        .outerjoin(Run, Run.id == SequencePerson.run_id)
        .where(SequencePerson.sequence_id == sequence_id)
    )
    return wanted if state is None else wanted.where(STATE.in_([state]))


def numbers(session: Session, sequence_id: int) -> Counter[State]:
    """Count by state who is or was in a sequence."""
    counted = (
        select(STATE, func.count()).select_from(SequencePerson)
        .outerjoin(Run, Run.id == SequencePerson.run_id)
        .where(SequencePerson.sequence_id == sequence_id).group_by(STATE)
    )  # fmt: skip
    return Counter(dict(session.execute(counted).all()))


def standing(session: Session, sequence_id: int) -> Counter[int]:
    """Count who waits at which step, the first one being 1."""
    rows = session.execute(
        select(RunStep.element, func.count())
        .join(Run, Run.id == RunStep.run_id).join(SequencePerson, SequencePerson.run_id == Run.id)
        .where(SequencePerson.sequence_id == sequence_id, SequencePerson.left_at.is_(None), Run.ended_at.is_(None),
               RunStep.ended_at.is_(None), RunStep.dropped_at.is_(None))
        .group_by(RunStep.element)
    )  # fmt: skip
    return Counter({int(number): count for element, count in rows
                    if (number := element.rpartition("_")[2]).isdigit()})  # fmt: skip
