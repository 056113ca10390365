"""What a run does to the world as it is played: tasks with their promises, stages, notes, and its own history.

Everything happens in the transaction of whoever moved the run. `cause` says in words what that was; it stands in the
history with each step that followed from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision
from sqlalchemy import update
from sqlalchemy.orm import Session

from crm import alarms, mentions, process_expressions, run_answers, run_tasks, sla, tasks, worktime
from crm.contacts import Contact
from crm.conversations import add_note
from crm.deals import Deal
from crm.expressions import Result
from crm.pipelines import Pipeline, Stage
from crm.process_elements import Deed, Diagram, Wait
from crm.run_stages import enter, stage_called
from crm.runs import Run, RunStep
from crm.setup import calendar_for, setup
from crm.tasks import Task
from crm.worktime import Calendar
from hub.clock import now
from hub.languages import _
from hub.rows import insert
from hub.said import said


class Hands:
    """One run, about to be moved by somebody or something; see process_engine.Hands."""

    def __init__(
        self, session: Session, run: Run, diagram: Diagram, cause: str, by: int | None = None
    ) -> None:
        """Prepare; nothing is read before it is needed."""
        self.moment = now()
        self._session, self._run, self._diagram = session, run, diagram
        self._cause, self._by = cause, by
        self._deal = session.get(Deal, run.deal_id) if run.deal_id is not None else None

    def holds(self, condition: str) -> bool:
        """Tell whether a condition holds; one over what is not known does not."""
        return bool(process_expressions.value(condition, self._values(), self._today()))

    def do(self, element: str) -> None:
        """Do what a script, service or send task says."""
        node = self._diagram.nodes[element]
        if node.script:
            self.know(process_expressions.run(node.script, self._values(), self._today()))
        elif node.deed is not None:
            {"stage": self._enter_stage, "note": self._note}[node.deed.kind](node.deed)

    def know(self, values: Mapping[str, Result]) -> None:
        """Keep what a form or a script gave."""
        kept = {name: run_answers.to_document(value) for name, value in values.items()}
        self._run.data = {**self._run.data, **kept}

    def due(self, wait: Wait) -> datetime:
        """Tell until when to wait, from now on."""
        calendar = self._calendar()
        if wait.seconds is not None:
            return run_tasks.span_ends(self.moment, wait.seconds, calendar if wait.working else None)
        at = self._moment_of(wait.until, ZoneInfo(calendar.hours.zone))
        return next_open(at, calendar) if wait.working else at

    def opened(self, element: str) -> int:
        """Note what began, with the task that somebody has by it."""
        node, task_id = self._diagram.nodes[element], None
        if node.work is not None:
            contact = self._session.get_one(Contact, self._run.contact_id)
            task_id = run_tasks.make(
                self._session, node, self._diagram.name, contact, self._deal, self.moment
            )
        return self._write(element, None, task_id)

    def closed(self, element: str, step: int | None, *, dropped: bool) -> None:
        """Note what is done, and take back what is no longer needed."""
        if step is None:
            self._write(element, self.moment, None)
            return
        ended = {"dropped_at": self.moment} if dropped else {"ended_at": self.moment, "ended_by": self._by}
        self._session.execute(update(RunStep).where(RunStep.id == step).values(**ended))
        if dropped:
            self._drop(self._session.get_one(RunStep, step, populate_existing=True))

    def _write(self, element: str, ended_at: datetime | None, task_id: int | None) -> int:
        return insert(
            self._session, RunStep, run_id=self._run.id, element=element, began_at=self.moment, cause=self._cause,
            ended_at=ended_at, ended_by=self._by if ended_at else None, task_id=task_id,
        )  # fmt: skip

    def _drop(self, step: RunStep) -> None:
        """Close the task of a step that is no longer needed; nobody did it."""
        task = self._session.get(Task, step.task_id) if step.task_id is not None else None
        if task is not None and task.done_at is None:
            tasks.complete(self._session, task, None)
            tasks.changed(self._session, task, None, said("no longer needed: the process went another way"))
            sla.meet(self._session, task.id)
            alarms.answer(self._session, task.id, None)

    def _values(self) -> dict[str, Result]:
        """Give what expressions may read: of the deal and its contact, the answers, and nothing for what is open."""
        values: dict[str, Result] = dict.fromkeys((*process_expressions.GIVEN, *self._diagram.asked))
        values |= dict.fromkeys(field.name for field in setup(self._session).fields.values())
        values["contact"] = self._session.get_one(Contact, self._run.contact_id).name
        if self._deal is not None:
            values |= _of_deal(self._session, self._deal)
        return values | {name: run_answers.from_document(kept) for name, kept in self._run.data.items()}

    def _enter_stage(self, deed: Deed) -> None:
        if self._deal is None:
            raise ValueError(said("this run has no deal that could change its stage"))
        stage = stage_called(self._session, self._deal.pipeline_id, deed.name)
        if stage is None:
            raise ValueError(said("there is no stage “%(missing)s”", missing=deed.name))
        enter(self._session, self._deal, stage, self._by, str(self._cause))

    def _note(self, deed: Deed) -> None:
        whom = run_tasks.person(
            self._session, deed.who or "responsible", self._deal, self._run.contact_id, self.moment
        )
        text = deed.text if whom is None else f"@{whom.name} {deed.text}"
        note = add_note(self._session, self._run.contact_id, None, text, counts_as_contact=False)
        mentions.tell(self._session, note)

    def _calendar(self) -> Calendar:
        return calendar_for(self._session, self._deal.department_id if self._deal else None)

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


def next_open(at: datetime, calendar: Calendar) -> datetime:
    """Give the moment itself if somebody works then, or when work begins again."""
    return next(
        (begins for begins, _ends in calendar.open_spans(at, at + timedelta(days=worktime.PATIENCE))), at
    )


def _of_deal(session: Session, deal: Deal) -> dict[str, Result]:
    stage = session.get_one(Stage, deal.stage_id)
    known = {name: run_answers.from_document(kept) for name, kept in deal.fields.items()}
    return known | {
        "value": deal.value / 10 ** get_currency_precision(deal.currency), "currency": deal.currency,
        "probability": stage.probability if deal.probability is None else deal.probability,
        "stage": stage.name, "pipeline": session.get_one(Pipeline, deal.pipeline_id).name,
        "source": deal.source, "expected_on": deal.expected_on, "title": deal.title,
    }  # fmt: skip
