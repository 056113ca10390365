"""Runs as rows: of a deal, of a process, those that are stuck or late; and a process begun for a deal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import processes, runs
from crm.contacts import Contact
from crm.deadlines import Deadline
from crm.processes import Process, ProcessVersion
from crm.robots import Robot
from crm.runs import Run, RunStep
from hub.languages import _


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """A run; `state` is going, late, stuck or ended, with its `words`; `at` names the steps where it waits."""

    id: int
    process: str
    contact: str
    state: str
    words: str
    at: str
    started_at: datetime


class RunsOfDeal(msgspec.Struct, frozen=True, kw_only=True):
    """The values of _deal_runs.html; `begin` are the processes that can be begun, pairs of id and name."""

    runs: Sequence[RunRow]
    begin: Sequence[tuple[int, str]]


def runs_of_deal(session: Session, deal_id: int) -> RunsOfDeal:
    """Show the runs of a deal, and what can be begun for it."""
    return RunsOfDeal(
        runs=run_rows(session, runs.runs_of(session, deal_id=deal_id)), begin=published(session),
    )  # fmt: skip


def published(session: Session) -> Sequence[tuple[int, str]]:
    """Give the processes by which a run can begin: those with a version that nobody retired, and no robots."""
    rows = session.execute(
        select(Process.id, Process.name)
        .where(
            Process.retired_at.is_(None),
            Process.id.in_(select(ProcessVersion.process_id)),
            Process.id.not_in(select(Robot.process_id)),
        ).order_by(Process.name)
    )  # fmt: skip
    return [(row[0], row[1]) for row in rows]


def run_rows(session: Session, found: Sequence[Run]) -> Sequence[RunRow]:
    """Show runs in their order."""
    open_ = _open_steps(session, [run.id for run in found])
    late = late_steps(session, [step for steps in open_.values() for step in steps])
    names = _names(session, {run.version_id for run in found})
    people: dict[int, str] = dict(
        iter(
            session.execute(
                select(Contact.id, Contact.name).where(Contact.id.in_({run.contact_id for run in found}))
            )
        )
    )
    return [
        _row(session, run, names[run.version_id], people.get(run.contact_id, ""), open_.get(run.id, ()), late)
        for run in found
    ]


def late_steps(session: Session, steps: Iterable[RunStep]) -> frozenset[int]:
    """Give those open steps whose task broke a promise that is not kept yet."""
    tasks = {
        step.task_id: step.id for step in steps if step.task_id and not (step.ended_at or step.dropped_at)
    }
    if not tasks:
        return frozenset()
    broken = session.scalars(
        select(Deadline.task_id)
        .where(Deadline.task_id.in_(tasks), Deadline.met_at.is_(None), Deadline.breached_at.is_not(None))
    )  # fmt: skip
    return frozenset(tasks[each] for each in broken if each in tasks)


def state_of(run: Run, *, late: bool) -> tuple[str, str]:
    """Say how a run is: by a name, and in words."""
    if run.stopped_why:
        return "ended", _("Ended by hand")
    if run.ended_at is not None:
        return "ended", _("Ended")
    if run.stuck_at is not None:
        return "stuck", _("Stuck")
    return ("late", _("Running late")) if late else ("going", _("Under way"))


def _row(
    session: Session, run: Run, process: str, contact: str, open_: Sequence[RunStep], late: frozenset[int]
) -> RunRow:
    diagram = processes.plan_of(session, run.version_id, run.plan).diagram
    state, words = state_of(run, late=any(step.id in late for step in open_))
    at = dict.fromkeys(diagram.called(step.element) for step in open_) if run.ended_at is None else {}
    return RunRow(
        id=run.id,
        process=process,
        contact=contact,
        state=state,
        words=words,
        at=", ".join(at),
        started_at=run.started_at,
    )


def _open_steps(session: Session, ids: Sequence[int]) -> Mapping[int, Sequence[RunStep]]:
    found: dict[int, list[RunStep]] = {}
    rows = select(RunStep).where(
        RunStep.run_id.in_(ids), RunStep.ended_at.is_(None), RunStep.dropped_at.is_(None)
    )
    for step in session.scalars(rows.order_by(RunStep.id)):
        found.setdefault(step.run_id, []).append(step)
    return found


def _names(session: Session, versions: Iterable[int]) -> Mapping[int, str]:
    rows = session.execute(
        select(ProcessVersion.id, Process.name).join(Process, Process.id == ProcessVersion.process_id)
        .where(ProcessVersion.id.in_(list(versions)))
    )  # fmt: skip
    return dict(iter(rows))
