"""(r): runs of the windows process with all their transactions, against SpiffWorkflow alone in memory.

Papers and letters themselves are left out, which have figures of their own; that the run waits for each is not.
The library plays the same diagram with its own parser, Python for its conditions and no store. Both in turns, so that
what else the machine does falls on both.

Three figures: one run alone, which waits for the disk after each of its transactions while nobody else has anything to
write; the time of the processor that it took, which the disk is no part of; and some at once for deals of their own, as
in a company, which share commits and the waiting. Of these each is counted with its share of the time that all took.
Garbage is looked for and threads take turns as in the hub, for both.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

import msgspec
from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import TaskState
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from crm import desk
from crm.runs import TASK_KIND, Run
from crm.tasks import Task
from hub.migrations import upgrade
from hub.rows import record
from hub.sqlite import SqliteDatabase
from hub.statements import Statement
from hub.users import Viewer
from tests.bench.surroundings import as_in_the_hub
from tests.crm.sale import WINDOWS, Sale

ROUNDS, AT_ONCE = 15, 8
PAYMENT, DEEDS = "payment received", "what takes time"
STEPS: tuple[tuple[str, Mapping[str, object]], ...] = (
    ("call", {"interested": "yes", "windows": "4", "address": "Storgatan 1", "visit_on": "2026-12-01"}),
    ("measure", {"measured": "4", "measurements": "four of 1200 by 1400"}),
    ("price", {"agreed": "yes"}),
    (DEEDS, {}),
    ("invoice", {}),
    (PAYMENT, {}),
    ("install", {"installed_on": "2026-12-20"}),
    (DEEDS, {}),
)


class Pace(NamedTuple):
    """Milliseconds for a run alone, of the processor too, for one of some at once, and for the library; ratios; bytes.

    The ratios are medians.
    """

    alone: float
    spent: float
    shared: float
    bare: float
    ratio: float
    spent_ratio: float
    shared_ratio: float
    size: int


async def measure(folder: Path) -> Pace:
    """Measure, in turns; `size` is that of the largest run."""
    db = SqliteDatabase(folder / "hub.db")
    await db.migrate(upgrade)
    sale = Sale(db)
    await sale.found()
    version, spec = await sale.publish(WINDOWS.read_bytes()), _bare_spec()
    boss = await sale.firm.who("Maria")
    others = [await sale.beside(f"Karin {number}") for number in range(AT_ONCE)]
    with as_in_the_hub():
        rounds = [await _round(sale, others, version, boss, spec) for _ in range(ROUNDS + 1)][1:]
    sizes = await sale.read(lambda session: [_size(run) for run in session.scalars(select(Run))])
    await db.close()
    alone, spent, shared, bare = (median(times) * 1e3 for times in zip(*rounds, strict=True))
    ratios = (median(each.bare / ours for each, ours in zip(rounds, times, strict=True))
              for times in list(zip(*rounds, strict=True))[:3])  # fmt: skip
    return Pace(alone, spent, shared, bare, *ratios, size=max(sizes))


class Round(NamedTuple):
    """Seconds: of a run alone, of the processor for it, of one of some at once, and of the library's."""

    alone: float
    spent: float
    shared: float
    bare: float


async def _round(
    sale: Sale, others: Sequence[Sale], version: int, boss: Viewer, spec: BpmnProcessSpec
) -> Round:
    begun = time.process_time()
    alone = await walked(sale, version, boss)
    spent = time.process_time() - begun
    return Round(alone, spent, await _at_once(others, version, boss), _bare(spec))


async def _at_once(sales: Sequence[Sale], version: int, boss: Viewer) -> float:
    """Walk a run of each at once, and give what one took of the time."""
    begun = time.perf_counter()
    await asyncio.gather(*(walked(sale, version, boss) for sale in sales))
    return (time.perf_counter() - begun) / len(sales)


async def walked(sale: Sale, version: int, boss: Viewer) -> float:
    """Walk a run through its twelve transactions, each durable before the next begins."""

    def done(session: Session, answers: Mapping[str, object]) -> None:
        task = record(session, _NEWEST, {"contact": sale.contact_id}, Task)
        assert task is not None
        desk.complete(session, boss, task, answers=answers)

    begun = time.perf_counter()
    run_id = await sale.begin(version)
    for step, answers in STEPS:
        if step == PAYMENT:
            await sale.hear(PAYMENT)
        elif step == DEEDS:
            await sale.errands(run_id)
        else:
            await sale.db.write(done, answers)
    spent = time.perf_counter() - begun
    if (await sale.run(run_id)).ended_at is None:
        raise RuntimeError("the run did not come to its end")
    return spent


_NEWEST = Statement(
    select(*Task.__table__.c)
    .where(Task.contact_id == bindparam("contact"), Task.done_at.is_(None), Task.kind == TASK_KIND)
    .order_by(Task.id.desc()).limit(1)
)  # fmt: skip


def _bare_spec() -> BpmnProcessSpec:
    """Read the diagram as the library wants it: its times are Python, and what it does not know does nothing."""
    xml = WINDOWS.read_text(encoding="utf-8").replace(">PT40H<", '>"PT40H"<').replace(">P14D<", '>"P14D"<')
    xml = xml.replace('<bpmn:messageEventDefinition messageRef="form" />', "")
    for tag in ("serviceTask", "sendTask"):
        xml = xml.replace(f"bpmn:{tag}>", "bpmn:scriptTask>").replace(f"<bpmn:{tag}", "<bpmn:scriptTask")
    for deed in ("stage", "document", "message", "notify"):
        xml = xml.replace(f"<ringback:{deed} ", f"<bpmn:script>done = 1</bpmn:script><ringback:{deed} ")
    parser = BpmnParser()
    parser.add_bpmn_xml(etree.fromstring(xml.encode()))
    return parser.get_spec("windows")


def _bare(spec: BpmnProcessSpec) -> float:
    begun = time.perf_counter()
    flow = BpmnWorkflow(spec)
    flow.do_engine_steps()
    for step, answers in STEPS:
        if step == PAYMENT:
            flow.catch(BpmnEvent(MessageEventDefinition(PAYMENT), payload={}))
        elif step != DEEDS:
            (task,) = flow.get_tasks(state=TaskState.READY, manual=True)
            task.set_data(**answers)
            task.run()
        flow.do_engine_steps()
    if not flow.completed:
        raise RuntimeError("the library's run did not come to its end")
    return time.perf_counter() - begun


def _size(run: Run) -> int:
    return len(msgspec.json.encode([run.state, run.data, run.waits_for]))
