"""The window company's processes as tests of pages use them: drawn, published, begun, and where each run is."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import processes, run_moves, runs
from crm.deals import Deal
from crm.processes import Process, ProcessVersion
from crm.tasks import Task
from hub.users import Viewer
from tests.crm.klarruta import Klarruta


class Workflow:
    """Processes of one company, which Maria draws."""

    def __init__(self, firm: Klarruta) -> None:
        """Stand for this company's."""
        self.firm = firm

    async def drawn(self, xml: str, name: str = "Sale") -> int:
        """Keep a diagram as a draft and give the process's id."""
        maria = await self.firm.who("Maria")
        return await self.firm.do(lambda session: processes.make(session, maria, name, xml.encode()).id)

    async def published(self, xml: str, name: str = "Sale") -> int:
        """Draw and publish a diagram, and give the process's id."""
        maria = await self.firm.who("Maria")
        return await self.firm.do(_published, maria, name, xml)

    async def begin(self, process_id: int, contact_id: int, deal_id: int | None = None) -> int:
        """Begin a run and give its id."""

        def begin(session: Session) -> int:
            version = processes.newest(session, process_id)
            assert version is not None
            deal = session.get(Deal, deal_id) if deal_id else None
            return run_moves.start(session, version, deal=deal, contact_id=contact_id, by=None).id

        return await self.firm.do(begin)

    async def task(self, step: str) -> int:
        """Give the id of the open task of a step."""

        def find(session: Session) -> int:
            open_ = session.scalars(select(Task).where(Task.done_at.is_(None), Task.kind == runs.TASK_KIND))
            return next(task.id for task in open_ if str(task.title).startswith(f"{step}:"))

        return await self.firm.db.read(find)

    async def open_steps(self) -> list[str]:
        """Give the names of what is to be done, in order."""

        def find(session: Session) -> list[str]:
            wanted = select(Task).where(Task.done_at.is_(None), Task.kind == runs.TASK_KIND)
            return [str(task.title).partition(":")[0] for task in session.scalars(wanted.order_by(Task.id))]

        return await self.firm.db.read(find)

    async def hear(self, message: str, deal_id: int) -> None:
        """Have something happen to a deal."""
        await self.firm.do(run_moves.hear, message, deal_id=deal_id)

    async def versions(self, process_id: int) -> list[int]:
        """Give the numbers of a process's versions."""
        wanted = select(ProcessVersion.number).where(ProcessVersion.process_id == process_id)
        return await self.firm.db.read(lambda session: list(session.scalars(wanted)))


def _published(session: Session, maria: Viewer, name: str, xml: str) -> int:
    known = session.scalars(select(Process).where(Process.name == name)).first()
    if known is not None:
        processes.draw(session, maria, known, xml.encode())
    process = known or processes.make(session, maria, name, xml.encode())
    processes.publish(session, maria, process)
    return process.id
