"""Where processes, robots and promises name somebody, so that what is still to come goes on when he is no longer here.

They keep naming him: whoever took that over by a hand-over gets it (crm/handover_items.py), until that is taken back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import processes
from crm.process_elements import Node
from crm.processes import Process
from crm.robots import Robot
from crm.setup import setup
from hub.users import User


def named_by(session: Session, user: User) -> Sequence[str]:
    """Give the processes in force, robots among them, and the promises that name somebody."""
    return [*_processes(session, user), *_promises(session, user)]


def _processes(session: Session, user: User) -> Iterator[str]:
    who = f"user:{user.email}"
    for process_id, version in sorted(processes.in_force(session).items()):
        diagram = processes.plan_of(session, version.id, version.digest).diagram
        if any(who in _named(node) for node in diagram.nodes.values()):
            robot = session.scalar(select(Robot.id).where(Robot.process_id == process_id))
            name = session.get_one(Process, process_id).name
            yield (
                name.rpartition(" #")[0] if robot else name
            )  # a robot's has the number of its stage behind it


def _promises(session: Session, user: User) -> Iterator[str]:
    for policy in setup(session).policies:
        if any(step.tell == f"user:{user.id}" for step in policy.escalation):
            yield policy.name


def _named(node: Node) -> tuple[str, ...]:
    return (node.work.who if node.work else "", node.deed.who if node.deed else "")
