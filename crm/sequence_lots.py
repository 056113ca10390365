"""People of a sequence go on together, a lot of them in one transaction: what is asked and written is so for all.

A sequence waits, asks and sends, and nothing else, so its runs can be played side by side (crm/sequence_play.py). A run
of a diagram that somebody drew otherwise goes on by itself, as all other runs do.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, func, select, update
from sqlalchemy.orm import Session

from crm import (
    process_expressions,
    processes,
    run_moves,
    runs,
    sequence_ends,
    sequence_exits,
    sequence_letters,
)
from crm.process_elements import Diagram, Node
from crm.process_troubles import Stuck
from crm.processes import ProcessVersion, newest
from crm.runs import Run
from crm.sequence_ends import PERSON
from crm.sequence_play import Lot
from crm.sequences import LetterSequence, SequencePerson
from hub.clock import now
from hub.many_rows import put_many
from hub.said import said
from hub.statements import Statement

LOT = 25  # people in one transaction: others write as well
TAGS = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "exclusiveGateway", "serviceTask"})
"""Elements of which the diagram of a sequence is made."""
LETTER = frozenset({"letter_opened", "letter_clicked"})
"""What its conditions ask of the letter before, beside segments."""


def begin(session: Session, sequence: LetterSequence, people: Sequence[SequencePerson], cause: str) -> None:
    """Have people begin who are in it already; Stuck says why it cannot be played."""
    version = newest(session, sequence.process_id) if sequence.process_id is not None else None
    if version is None:
        raise Stuck(said("The sequence was never on."))
    staying = _staying(session, sequence, people)
    if not _is_plain(processes.plan_of(session, version.id, version.digest).diagram):
        for person in staying:
            run = run_moves.start(
                session, version, deal=None, contact_id=person.contact_id, by=person.joined_by, cause=cause,
                data={PERSON: person.id},
            )  # fmt: skip
            person.run_id = run.id
            session.flush()
            sequence_ends.came(session, [run.id] if run.ended_at is not None else ())
        return
    if staying:
        Lot(session, sequence, cause).play(_begun(session, sequence, version, staying))


def go_on(session: Session, sequence_id: int) -> None:
    """Have a lot of those go on whose time is there; while the sequence is off, nobody does."""
    sequence = session.get_one(LetterSequence, sequence_id)
    if sequence.on_at is None:
        return
    due = (
        select(Run, SequencePerson).join(SequencePerson, SequencePerson.run_id == Run.id)
        .where(Run.sequence_id == sequence_id, Run.due_at <= now(), Run.ended_at.is_(None))
        .order_by(Run.due_at, Run.id).limit(LOT).with_for_update(of=Run.__table__)
    )  # fmt: skip
    found = {person: run for run, person in session.execute(due)}
    staying = _staying(session, sequence, list(found))
    Lot(session, sequence, said("the time was there")).play([(found[person], person) for person in staying])


def earliest(session: Session, after: datetime) -> datetime | None:
    """Tell when the next time of anybody is there."""
    return session.scalar(
        select(func.min(Run.due_at)).where(Run.due_at > after, Run.sequence_id.is_not(None))
    )


def take(session: Session, moment: datetime, limit: int) -> Sequence[tuple[int, int]]:
    """Give the sequences in which somebody's time is there."""
    waits = select(Run.id).where(Run.sequence_id == LetterSequence.id, Run.due_at <= moment).exists()
    wanted = select(LetterSequence.id).where(LetterSequence.on_at.is_not(None), waits)
    return [(each, each) for each in session.scalars(wanted.limit(limit))]


def _staying(
    session: Session, sequence: LetterSequence, people: Sequence[SequencePerson]
) -> list[SequencePerson]:
    """Have those leave who are to, and give the others."""
    whys = sequence_letters.why_of(session, sequence, people)
    going = {person: whys[person.id] for person in people if person.id in whys}
    sequence_exits.leave_all(session, going)
    return [person for person in people if person not in going]


def _begun(
    session: Session, sequence: LetterSequence, version: ProcessVersion, people: Sequence[SequencePerson]
) -> list[tuple[Run, SequencePerson]]:
    """Write down a run for each, which is about to begin."""
    rows: list[dict[str, object]] = [
        {"version_id": version.id, "plan": version.digest, "deal_id": None, "contact_id": person.contact_id,
         "sequence_id": sequence.id, "state": [], "data": {PERSON: person.id}, "waits_for": [], "unheard": [],
         "started_at": now(), "started_by": person.joined_by, "stuck": "", "stopped_why": ""}
        for person in people
    ]  # fmt: skip
    runs.begin(session)
    ids = put_many(session, Run, rows)
    session.flush()
    _OF_PERSON.carry_out_all(
        session, [{"person": person.id, "run": run_id} for person, run_id in zip(people, ids, strict=True)]
    )
    return [
        (Run(**{"id": run_id, **row}), person)
        for run_id, row, person in zip(ids, rows, people, strict=True)
    ]  # fmt: skip


def _is_plain(diagram: Diagram) -> bool:
    """Tell whether a diagram waits, asks and sends as the steps of a sequence say, and does nothing else."""
    asked = {name for flow in diagram.flows.values() if flow.condition
             for name in process_expressions.names(flow.condition)}  # fmt: skip
    return all(map(_is_step, diagram.nodes.values())) and all(
        name in LETTER or process_expressions.SEGMENT.fullmatch(name) for name in asked
    )


def _is_step(node: Node) -> bool:
    waits = node.happening is None or node.happening.kind == "timer"
    sends = node.deed is None or node.deed.kind == "letter"
    return node.tag in TAGS and waits and sends and not node.loops


_PEOPLE = cast("Table", SequencePerson.__table__)
_OF_PERSON = Statement(
    update(_PEOPLE).where(_PEOPLE.c.id == bindparam("person")).values(run_id=bindparam("run"))
)
