"""A lot of a sequence's people is played at once: what any of them asks for is read beforehand, what they do is noted.

It is written when all of them were played (crm/sequence_lots.py says when they go on).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, cast

from sqlalchemy import Table, bindparam, update
from sqlalchemy.orm import Session

from crm import process_expressions, process_state, processes, run_moves, run_segments, runs, sequence_ends
from crm.expressions import Result
from crm.process_elements import Diagram
from crm.process_engine import Play
from crm.process_troubles import Stuck
from crm.run_hands import Hands
from crm.runs import Run, RunStep
from crm.sequence_copies import Copies
from crm.sequences import LetterSequence, SequencePerson
from hub.clock import now
from hub.db import announce
from hub.many_rows import put_many
from hub.said import said
from hub.statements import Statement
from hub.timers import Due


class Lot:
    """People of one sequence who go on now, `cause` saying why, and what any of them may ask for."""

    def __init__(self, session: Session, sequence: LetterSequence, cause: str) -> None:
        """Begin with nobody."""
        self.session, self.sequence, self.cause = session, sequence, cause
        self.contacts: list[int] = []
        self._among: dict[int, set[int]] = {}
        self.copies = Copies(session, sequence, ())

    def play(self, people: Sequence[tuple[Run, SequencePerson]]) -> None:
        """Have them go on, each as far as he comes, and write down what that did."""
        if not people:
            return
        self.contacts = [person.contact_id for _run, person in people]
        self.copies = Copies(self.session, self.sequence, [person for _run, person in people])
        moved = [self._played(run, person) for run, person in people]
        steps = self._write_history(moved)
        for each in moved:
            for letter in () if each.stuck else each.hands.sent:
                self.copies.send(letter, each.hands.person)
        self.copies.write()
        self._keep(moved, steps)

    def is_in(self, contact_id: int, segment_id: int) -> bool:
        """Tell whether a contact is in a segment; asked once for all of the lot."""
        if segment_id not in self._among:
            self._among[segment_id] = run_segments.those_in(self.session, self.contacts, segment_id)
        return contact_id in self._among[segment_id]

    def _played(self, run: Run, person: SequencePerson) -> _Moved:
        plan = processes.plan_of(self.session, run.version_id, run.plan)
        hands = _Hands(self, run, person, plan.diagram)
        play = Play(plan, hands, run.state or None)
        try:
            play.go()
        except Stuck as error:
            return _Moved(run, hands, play, cast("str", error.args[0]))
        return _Moved(run, hands, play, "")

    def _write_history(self, moved: Sequence[_Moved]) -> Mapping[int, Sequence[int]]:
        """Write what began and what is done, and give by run the numbers of what began."""
        going = [each for each in moved if not each.stuck]
        ended = [step for each in going for step in each.hands.ended]
        if ended:
            _END.carry_out_all(self.session, [{"step": step, "moment": now()} for step in ended])
        numbers = iter(put_many(self.session, RunStep, [row for each in going for row in each.hands.rows]))
        return {each.run.id: [next(numbers) for _row in each.hands.rows] for each in going}

    def _keep(self, moved: Sequence[_Moved], steps: Mapping[int, Sequence[int]]) -> None:
        rows = [_stuck(each) if each.stuck else self._kept(each, steps[each.run.id]) for each in moved]
        _KEEP.carry_out_all(self.session, rows)
        over = [each.run.id for each, row in zip(moved, rows, strict=True) if row["ended_at"] is not None]
        sequence_ends.came(self.session, over)
        dues = [due for row in rows if isinstance(due := row["due_at"], datetime)]
        if dues:
            announce(self.session, Due(runs.IN_LOTS, min(dues)))
        for each in moved:
            run_moves.tell(self.session, each.run)

    def _kept(self, each: _Moved, steps: Sequence[int]) -> dict[str, object]:
        data, sent = each.hands.data, each.hands.sent
        if sent:
            data["letter"] = self.copies.id_of(sent[-1], each.hands.person.address)
        is_over = each.play.ended
        kept = {
            "run": each.run.id, "state": process_state.numbered(each.play.state(), steps), "data": data,
            "due_at": None if is_over else each.play.due_at(), "ended_at": now() if is_over else None,
            "stuck": "", "stuck_at": None,
        }  # fmt: skip
        each.play.let_go()
        return kept


class _Hands(Hands):
    """One of a lot: what it does is noted here, and written with what all the others do.

    A step that began is known by its place in the history, counted from -1 downwards, until that is written.
    """

    def __init__(self, lot: Lot, run: Run, person: SequencePerson, diagram: Diagram) -> None:
        super().__init__(lot.session, run, diagram, lot.cause)
        self.person, self._lot = person, lot
        self.rows: list[dict[str, object]] = []
        self.ended: list[int] = []  # steps that were open and are done
        self.sent: list[int] = []  # letters, of which the last has still to leave

    def holds(self, condition: str) -> bool:
        """Tell whether a condition holds now, on the letter before or a segment."""
        fate = self._lot.copies.fate(self.data.get("letter"))
        values: dict[str, Result] = {**dict.fromkeys(process_expressions.GIVEN), **fate}
        for name, segment_id in process_expressions.segments(condition).items():
            values[name] = self._lot.is_in(self.person.contact_id, segment_id)
        return bool(process_expressions.value(condition, values, self._today()))

    def opened(self, element: str) -> int:
        """Note what began."""
        self.rows.append(self._row(element, None, None))
        return -len(self.rows)

    def closed(self, element: str, step: int | None, *, dropped: bool) -> None:
        """Note what is done; nothing of a sequence is dropped on its way."""
        if step is None:
            self.rows.append(self._row(element, self.moment, None))
        elif not dropped:
            self.ended.append(step)

    def _letter_left(self, letter: int) -> datetime | None:
        copies, address = self._lot.copies, self.person.address
        if not copies.knows(letter):
            raise ValueError(said("this letter is of no sequence that the run is of"))
        self.data["letter"] = copies.id_of(letter, address)
        if (since := copies.left_at(self.data["letter"])) is None and letter not in self.sent:
            self.sent.append(letter)
        return since


class _Moved(NamedTuple):
    """Somebody who was played, what that did, and why he cannot go on, "" where he can."""

    run: Run
    hands: _Hands
    play: Play
    stuck: str


def _stuck(each: _Moved) -> dict[str, object]:
    run = each.run
    return {"run": run.id, "state": run.state, "data": run.data, "due_at": None, "ended_at": None,
            "stuck": each.stuck, "stuck_at": now()}  # fmt: skip


_STEPS, _RUNS = (cast("Table", each.__table__) for each in (RunStep, Run))
_END = Statement(update(_STEPS).where(_STEPS.c.id == bindparam("step")).values(ended_at=bindparam("moment")))
_KEEP = Statement(
    update(_RUNS).where(_RUNS.c.id == bindparam("run"))
    .values({_RUNS.c[name]: bindparam(name, type_=_RUNS.c[name].type)
             for name in ("state", "data", "due_at", "ended_at", "stuck", "stuck_at")})
)  # fmt: skip
