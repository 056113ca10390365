"""What a run does to the world as it is played: tasks with their promises, stages, notes, and its own history.

Everything happens in the transaction of whoever moved the run. `cause` says in words what that was; it stands in the
history with each step that followed from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from functools import cached_property
from typing import cast
from zoneinfo import ZoneInfo

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.orm import Session

from crm import (
    alarms,
    deal_moves,
    mentions,
    process_expressions,
    processes,
    promise_rows,
    run_answers,
    run_findings,
    run_segments,
    run_tasks,
    run_values,
    run_visits,
    run_wishes,
    sequence_letters,
    sequence_sent,
    tasks,
    worktime,
)
from crm.conversations import add_note
from crm.deals import Deal
from crm.expressions import Result
from crm.pipelines import LOST, LostReason
from crm.process_elements import Deed, Diagram, Node, Wait
from crm.refusals import Refusal
from crm.run_tasks import Known
from crm.runs import Run, RunStep
from crm.setup import calendar_for, people, setup, stages
from crm.tasks import Task
from crm.worktime import Calendar
from hub import audit
from hub.clock import now
from hub.languages import _
from hub.rows import get_one, held, insert_many, put_all
from hub.said import said
from hub.statements import Statement
from hub.users import Viewer


class Hands:
    """One run, about to be moved by somebody or something; see process_engine.Hands."""

    def __init__(
        self, session: Session, run: Run, diagram: Diagram, cause: str, by: int | None = None
    ) -> None:
        """Prepare; nothing is read before it is needed."""
        self.moment = now()
        self.data = dict(run.data)
        self._session, self._run, self._diagram = session, run, diagram
        self._cause, self._by = cause, by
        self._ended: list[int] = []
        self._done: list[dict[str, object]] = []
        self._since: datetime | None = None  # when the letter left behind which it goes on

    @cached_property
    def deal(self) -> Deal | None:
        """The run's deal, which nobody else changes meanwhile."""
        wanted = self._run.deal_id
        return None if wanted is None else held(self._session, Deal, wanted)

    @cached_property
    def contact(self) -> Known:
        """The run's contact."""
        return run_tasks.contact_of(self._session, self._run.contact_id)

    def holds(self, condition: str) -> bool:
        """Tell whether a condition holds; one over what is not known does not."""
        values = self._values(of_money="paid" in condition or "outstanding" in condition)
        if "letter_" in condition:
            values |= sequence_letters.fate(self._session, self.data.get("letter"))
        if asked := process_expressions.segments(condition):
            values |= run_segments.among(self._session, self._run.contact_id, asked)
        return bool(process_expressions.value(condition, values, self._today()))

    def do(self, element: str) -> None:
        """Do what a script, service or send task says."""
        node = self._diagram.nodes[element]
        if node.script:
            self.know(process_expressions.run(node.script, self._values(), self._today()))
        elif node.deed is not None:
            deeds = {
                "stage": self._enter_stage,
                "note": self._note,
                "notify": self._notify,
            }
            deeds[node.deed.kind](node.deed)

    def know(self, values: Mapping[str, Result]) -> None:
        """Keep what a form or a script gave."""
        self.data |= {name: run_answers.to_document(value) for name, value in values.items()}

    def answered(self, node: Node, answers: Mapping[str, Result]) -> None:
        """Keep what a form found out, on the deal as well, where everybody looks for it.

        Whoever does a step that is the responsible's has a deal from then on that was nobody's.
        """
        own = run_findings.OWN if self.deal is not None else frozenset()
        self.know({name: value for name, value in answers.items() if name not in own})
        run_findings.tell_card(self._session, self._run.contact_id, answers, self.moment)
        if self.deal is None:
            return
        whose, responsible = node.work.who if node.work else "", self.deal.responsible_id
        if responsible is None and whose in {"", "responsible"}:
            responsible = self._by
        run_findings.tell_deal(self._session, self._viewer, self.deal, answers, responsible)

    def left(self, element: str) -> bool:
        """Have a letter of a sequence leave, and tell whether it has."""
        deed = self._diagram.nodes[element].deed
        letter = int(deed.name) if deed is not None and deed.name.isdigit() else 0
        self._since = self._letter_left(letter)
        return self._since is not None

    def due(self, wait: Wait) -> datetime:
        """Tell until when to wait, from now on, or from when the letter left behind which it goes on."""
        calendar, since, self._since = self._calendar(), self._since or self.moment, None
        if wait.seconds is not None:
            ends = run_tasks.wait_ends(since, wait, calendar)
            return ends if not wait.at else worktime.at_hour(ends, wait.at, calendar, working=wait.working)
        at = self._moment_of(wait.until, ZoneInfo(calendar.hours.zone))
        return worktime.next_open(at, calendar) if wait.working else at

    def opened(self, element: str) -> int:
        """Note what began, with the task that somebody has by it."""
        self._end()
        node, task_id = self._diagram.nodes[element], None
        if node.work is not None:
            contact = self.contact  # first: it tells which set-up holds
            task_id = run_tasks.make(self._session, node, self._name, contact, self.deal, self.moment)
            if node.work.visit is not None:
                task = get_one(self._session, Task, task_id)
                values = self._values(of_money=False)
                run_visits.open_step(self._session, node, task, self.contact, self.deal, values)
        # What came before stands before it.
        step_id = put_all(self._session, RunStep, [*self._done, self._row(element, None, task_id)])
        self._done = []
        if node.deed is not None and node.deed.takes_time:
            run_wishes.wish(self._session, self._run.id, step_id, element, node.deed.kind)
        return step_id

    def closed(self, element: str, step: int | None, *, dropped: bool) -> None:
        """Note what is done, and take back what is no longer needed."""
        if step is None:
            self._done.append(self._row(element, self.moment, None))
        elif dropped:
            self._drop(self._session.get_one(RunStep, step, populate_existing=True))
        else:
            self._ended.append(step)

    def write(self) -> None:
        """Write the history that was noted since."""
        self._end()
        insert_many(self._session, RunStep, self._done)
        self._done = []

    def _end(self) -> None:
        if self._ended:
            ended = [{"step": step, "moment": self.moment, "who": self._by} for step in self._ended]
            _END.carry_out_all(self._session, ended)
            self._ended = []

    def _row(self, element: str, ended_at: datetime | None, task_id: int | None) -> dict[str, object]:
        return {
            "run_id": self._run.id, "element": element, "began_at": self.moment, "cause": self._cause,
            "ended_at": ended_at, "ended_by": self._by if ended_at else None, "dropped_at": None, "task_id": task_id,
        }  # fmt: skip

    def _drop(self, step: RunStep) -> None:
        """Close a step that is no longer needed, and its task; nobody did it."""
        step.dropped_at = self.moment
        if (lasting := self._diagram.nodes[step.element].deed) is not None and lasting.takes_time:
            run_wishes.drop(self._session, step.id)
        task = self._session.get(Task, step.task_id) if step.task_id is not None else None
        if task is not None and task.done_at is None:
            tasks.complete(self._session, task, None)
            tasks.changed(self._session, task, None, said("no longer needed: the process went another way"))
            promise_rows.meet_all(self._session, task.id)
            alarms.answer(self._session, task.id, None)
            run_visits.drop(self._session, task)

    def _values(self, *, of_money: bool = True) -> dict[str, Result]:
        """Give what expressions may read: of the deal and its contact, the answers, and nothing for what is open.

        `of_money`: what was paid as well, for which the invoices must be asked.
        """
        values = run_values.nothing(self._session, self._diagram)
        values["contact"] = self.contact.name
        if self.deal is not None:
            values |= run_values.of_deal(self._session, self.deal) | (self._paid if of_money else {})
        return values | run_values.answered(self.data)

    @cached_property
    def _paid(self) -> dict[str, Result]:
        """What was paid of its invoices, and what is still to be paid."""
        return {} if self.deal is None else run_values.paid(self._session, self.deal)

    def _letter_left(self, letter: int) -> datetime | None:
        copy_id = sequence_letters.send(self._session, self.data, letter)
        if copy_id is None:
            return None  # he is to leave
        self.data["letter"] = copy_id
        return sequence_sent.of_copy(self._session, copy_id)

    def _enter_stage(self, deed: Deed) -> None:
        if self.deal is None:
            raise ValueError(said("this run has no deal that could change its stage"))
        stage = next(
            (stage for stage, _pipeline in stages(self._session).values()
             if stage.pipeline_id == self.deal.pipeline_id and stage.name == deed.name and stage.retired_at is None),
            None,
        )  # fmt: skip
        if stage is None:
            raise ValueError(said("there is no stage “%(missing)s”", missing=deed.name))
        if self._was_lost_since(self.deal) and stage.ends != LOST:
            raise ValueError(said("The deal is lost"))
        reason, why = self._reason(deed), self._cause
        try:
            deal_moves.move(
                self._session, self._viewer, self.deal, stage.id, why=why, lost_reason_id=reason, locked=True
            )
        except Refusal as refusal:
            raise ValueError(refusal.args[0]) from None

    def _was_lost_since(self, deal: Deal) -> bool:
        """Tell whether a deal was lost after the run began: what begins with the loss may win it back."""
        return deal.lost_at is not None and self._run.started_at < deal.lost_at

    def _reason(self, deed: Deed) -> int | None:
        if not deed.reason:
            return None
        named = select(LostReason.id).where(LostReason.name == deed.reason, LostReason.retired_at.is_(None))
        found = self._session.scalar(named)
        if found is None:
            raise ValueError(said("there is no reason “%(missing)s”", missing=deed.reason))
        return found

    def _note(self, deed: Deed) -> None:
        who = deed.who or "responsible"
        whom = run_tasks.person(self._session, who, self.contact, self.deal, self.moment)
        text = deed.text if whom is None else f"@{whom.name} {deed.text}"
        note = add_note(self._session, self._run.contact_id, None, text, counts_as_contact=False)
        mentions.tell(self._session, note)

    def _notify(self, deed: Deed) -> None:
        """Give somebody a task that has nothing to be done but to know of it."""
        who = deed.who or "responsible"
        run_tasks.notify(self._session, who, deed.text, self._name, self.contact, self.deal, self.moment)

    @cached_property
    def _name(self) -> str:
        """What people call the process."""
        return processes.name_of(self._session, self._run.version_id, self._diagram)

    @cached_property
    def _viewer(self) -> Viewer:
        """Who moves it, with his rights; the process itself where nobody does."""
        return people(self._session)[self._by] if self._by is not None else audit.RINGBACK

    def _calendar(self) -> Calendar:
        return calendar_for(self._session, self.deal.department_id if self.deal else None)

    def _today(self) -> date:
        return self.moment.astimezone(ZoneInfo(setup(self._session).company.zone)).date()

    def _moment_of(self, text: str, zone: ZoneInfo) -> datetime:
        found: Result = text
        if not text[:4].isdigit():
            found = process_expressions.value(text, self._values(), self._today())
        if isinstance(found, date):
            return datetime.combine(found, time(), zone)
        try:
            moment = datetime.fromisoformat(str(found or ""))
        except ValueError:
            raise ValueError(_("it is not known until when to wait")) from None
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)


_TABLE = RunStep.__table__
_END = Statement(
    update(cast("Table", _TABLE)).where(_TABLE.c.id == bindparam("step"))
    .values(ended_at=bindparam("moment"), ended_by=bindparam("who"))
)  # fmt: skip
