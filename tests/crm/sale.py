"""A sale in the window company, as its process walks it: pipeline, deal, people, and what they do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from crm import contacts, departments, desk, processes, run_moves, run_wishes, runs
from crm.deals import Deal
from crm.departments import Wanted
from crm.pipelines import Pipeline, Stage
from crm.processes import Process, ProcessVersion
from crm.run_wishes import RunWish
from crm.runs import Run, RunStep
from crm.tasks import Task
from hub.clock import now
from hub.db import Database
from hub.rows import get_one, insert
from hub.statements import Statement
from hub.users import User, find_department, find_user, viewer
from tests.crm.klarruta import Klarruta, T

WINDOWS = Path(__file__).parents[2] / "config/processes/windows.bpmn"
STAGES = ("Request", "Called", "Measured", "Quoted", "Agreed", "Installation", "Installed")


class Sale:
    """Karin's windows, sold by Elin; `firm` is the company."""

    def __init__(self, db: Database) -> None:
        """Stand for what is in this store."""
        self.db = db
        self.firm = Klarruta(db)
        self.deal_id = 0
        self.contact_id = 0

    async def found(self) -> None:
        """Open the company and the deal."""
        await self.firm.found()

        def fill(session: Session) -> tuple[int, int]:
            boss = viewer(find_user(session, "maria@klarruta.example"))
            departments.make(session, boss, Wanted(name="Installation"))
            sales = find_department(session, "Sales")
            sales.head_id = find_user(session, "sofia@klarruta.example").id
            elin = find_user(session, "elin@klarruta.example").id
            pipeline = insert(session, Pipeline, name="Windows", position=0, retired_at=None)
            stages = [
                insert(session, Stage, pipeline_id=pipeline, name=name, position=number, probability=10 * number,
                       ends="won" if name == "Installed" else "", required=[], stale_days=0, retired_at=None)
                for number, name in enumerate(STAGES)
            ]  # fmt: skip
            contact_id = contacts.add_contact(session, "Karin Ekdahl", department_id=sales.id)
            deal = Deal(
                title="Windows for Karin", contact_id=contact_id, pipeline_id=pipeline, stage_id=stages[0],
                value=1_500_000, currency="SEK", department_id=sales.id, responsible_id=elin,
            )  # fmt: skip
            session.add(deal)
            session.flush()
            return deal.id, contact_id

        self.deal_id, self.contact_id = await self.db.write(fill)

    async def beside(self, name: str) -> Sale:
        """Open a deal with somebody else at the same company."""
        other = Sale(self.db)
        other.firm = self.firm

        def open_deal(session: Session) -> tuple[int, int]:
            like = session.get_one(Deal, self.deal_id)
            whose = {"department_id": like.department_id, "responsible_id": like.responsible_id}
            contact_id = contacts.add_contact(session, name, department_id=like.department_id)
            deal = Deal(
                title=f"Windows for {name}", contact_id=contact_id, pipeline_id=like.pipeline_id, value=like.value,
                stage_id=like.stage_id, currency=like.currency, **whose,
            )  # fmt: skip
            session.add(deal)
            session.flush()
            return deal.id, contact_id

        other.deal_id, other.contact_id = await self.db.write(open_deal)
        return other

    async def publish(self, xml: str | bytes, name: str = "Windows") -> int:
        """Publish a diagram and give its version's id."""

        def run(session: Session) -> int:
            boss = viewer(find_user(session, "maria@klarruta.example"))
            raw = xml.encode() if isinstance(xml, str) else xml
            known = session.scalars(select(Process).where(Process.name == name)).first()
            if known is not None:
                processes.draw(session, boss, known, raw)
            process = known or processes.make(session, boss, name, raw)
            return processes.publish(session, boss, process).id

        return await self.db.write(run)

    async def begin(self, version_id: int, *, deal: bool = True) -> int:
        """Begin a run, for the deal or for the contact alone."""

        def run(session: Session) -> int:
            version = get_one(session, ProcessVersion, version_id)
            whose = get_one(session, Deal, self.deal_id) if deal else None
            return run_moves.start(session, version, deal=whose, contact_id=self.contact_id, by=None).id

        return await self.db.write(run)

    async def do(self, step: str, by: str = "Elin", **answers: object) -> None:
        """Have somebody do the open step of this name."""

        def run(session: Session) -> None:
            who = viewer(find_user(session, f"{by.lower()}@klarruta.example"))
            desk.complete(session, who, _open(session, step), answers=answers)

        await self.db.write(run)

    async def hear(self, message: str) -> int:
        """Have something happen to the deal."""
        return await self.db.write(run_moves.hear, message, deal_id=self.deal_id)

    async def tick(self) -> None:
        """Have every run go on whose time is there, as the hub's timer does."""
        while due := await self.db.read(runs.take, now(), 10):
            for _number, run_id in due:
                await self.db.write(run_moves.fire, run_id)

    async def errands(self, run_id: int | None = None) -> list[str]:
        """Have done what runs wish for, each at once, but for papers and letters themselves; give what it was.

        `run_id`: of one run alone, while others go on beside it.
        """
        done = list[str]()
        while due := await self.db.read(_wished, run_id):
            for wish_id in due:
                done.append(await self.db.write(_done, wish_id))
        return done

    async def read(self, look: Callable[[Session], T]) -> T:
        """Look at the store."""
        return await self.db.read(look)

    async def open_steps(self) -> Mapping[str, str]:
        """Give what is to be done, and by whom."""

        def look(session: Session) -> dict[str, str]:
            open_tasks = session.scalars(select(Task).where(Task.done_at.is_(None)).order_by(Task.id))
            return {str(task.title).partition(":")[0]: _whose(session, task) for task in open_tasks}

        return await self.read(look)

    async def stage(self) -> str:
        """Give the stage that the deal is in."""
        return await self.read(
            lambda session: session.get_one(Stage, session.get_one(Deal, self.deal_id).stage_id).name
        )

    async def run(self, run_id: int) -> Run:
        """Give a run as it is now."""
        return await self.read(lambda session: session.get_one(Run, run_id))

    async def steps(self, run_id: int) -> Sequence[RunStep]:
        """Give a run's history."""
        return await self.read(lambda session: runs.steps_of(session, run_id))


def _wished(session: Session, run_id: int | None) -> Sequence[int]:
    if run_id is None:
        return [wish_id for _number, wish_id in run_wishes.take(session, now(), 10)]
    return [wish_id for (wish_id,) in _OF_RUN.rows(session, {"run": run_id})]


_OF_RUN = Statement(select(RunWish.id).where(RunWish.run_id == bindparam("run"), RunWish.due_at.is_not(None)))


def _done(session: Session, wish_id: int) -> str:
    wish = run_wishes.locked(session, wish_id)
    assert wish is not None
    run_wishes.done(session, wish)
    run_moves.deed_done(session, wish.run_id, wish.step_id)
    return wish.kind


def _open(session: Session, step: str) -> Task:
    found = session.scalars(select(Task).where(Task.done_at.is_(None), Task.kind == runs.TASK_KIND)).all()
    return next(task for task in found if str(task.title).startswith(f"{step}:"))


def _whose(session: Session, task: Task) -> str:
    user = session.get(User, task.assignee_id) if task.assignee_id else None
    return user.name.split()[0] if user else f"the queue of {task.department_id}"
