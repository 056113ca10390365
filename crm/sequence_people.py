"""Who is in a sequence, who stands at which of its steps, and who came to its end or left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Literal

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from crm import processes, sequence_drawing
from crm.process_elements import Node
from crm.runs import Run, RunStep
from crm.sequences import GOING, LetterSequence, SequencePerson, Step, steps_of

State = Literal["going", "through", "condition", "left"]
STATE: ColumnElement[State] = case(
    (SequencePerson.left_at.is_not(None), "left"), (SequencePerson.ended_at.is_(None), "going"),
    (SequencePerson.at_condition, "condition"), else_="through",
)  # fmt: skip
"""How it is with somebody: he is under way, came to the end, left at a condition, or for another reason."""
THROUGH = SequencePerson.left_at.is_(None) & SequencePerson.ended_at.is_not(None)
_WHICH: Mapping[State, ColumnElement[bool]] = {
    "going": GOING, "left": SequencePerson.left_at.is_not(None),
    "condition": THROUGH & SequencePerson.at_condition, "through": THROUGH & ~SequencePerson.at_condition,
}  # fmt: skip
EARLIER = 0


def people(sequence_id: int, state: State | None = None) -> Select[SequencePerson, State]:
    """Name those of a sequence, all or of one state."""
    wanted = select(SequencePerson, STATE).where(SequencePerson.sequence_id == sequence_id)
    return wanted if state is None else wanted.where(_WHICH[state])


def numbers(session: Session, sequence_id: int) -> Counter[State]:
    """Count by state who is or was in a sequence."""
    counted = select(STATE, func.count()).where(SequencePerson.sequence_id == sequence_id).group_by(STATE)
    return Counter(dict(session.execute(counted).all()))


def standing(session: Session, sequence: LetterSequence) -> Counter[int]:
    """Count who waits at which step, the first one being 1; at a letter, that it leaves.

    `EARLIER` are those who wait at one that stands there no more: its steps were changed since they began.
    """
    rows = session.execute(
        select(Run.version_id, Run.plan, RunStep.element, func.count())
        .select_from(RunStep)
        .join(Run, Run.id == RunStep.run_id).join(SequencePerson, SequencePerson.run_id == Run.id)
        .where(SequencePerson.sequence_id == sequence.id, GOING, Run.ended_at.is_(None),
               RunStep.ended_at.is_(None), RunStep.dropped_at.is_(None))
        .group_by(Run.version_id, Run.plan, RunStep.element)
    )  # fmt: skip
    steps = {f"step_{at}": (at, step) for at, step in enumerate(steps_of(sequence), 1)}
    found = Counter[int]()
    for version_id, plan, element, number in rows:
        at, step = steps.get(element, (EARLIER, None))
        node = processes.plan_of(session, version_id, plan).diagram.nodes[element]
        found[at if step is not None and _is_drawn(node, step) else EARLIER] += number
    return found


def _is_drawn(node: Node, step: Step) -> bool:
    """Tell whether somebody who stands at an element stands at this step as it is now."""
    if step.kind == "letter":
        return node.deed is not None and node.deed.name == str(step.letter)
    told = node.happening
    return step.kind == "wait" and told is not None and told.wait == sequence_drawing.wait_of(step)
