"""What somebody would find: on the card that was made last, and in the hub's own gauges."""

from __future__ import annotations

import re
from dataclasses import dataclass

import aiohttp
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm.contacts import Contact, handles_of
from crm.conversations import Interaction
from crm.tasks import Task
from tests.servers.ringback import Hub

GAUGE = re.compile(r"^(\w+) (\d+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Seen:
    """One form on one card."""

    contact_id: int
    name: str
    answers: dict[str, str]
    message: str
    remarks: str
    handles: tuple[str, ...]
    tasks: int


def latest(session: Session) -> Seen:
    """Give the form that came last."""
    form = session.scalars(select(Interaction).order_by(Interaction.id.desc()).limit(1)).one()
    contact = session.get_one(Contact, form.contact_id)
    handles = tuple(handle.value for handle in handles_of(session, [contact.id])[contact.id])
    return Seen(
        contact.id, contact.name, {field["label"]: field["value"] for field in form.fields}, form.text,
        " ".join(form.remarks), handles,
        session.scalar(select(func.count(Task.id)).where(Task.interaction_id == form.id)) or 0,
    )  # fmt: skip


async def digested(hub: Hub) -> dict[str, int] | None:
    """Give the hub's gauges once nothing waits in its journal."""
    async with aiohttp.request("GET", f"{hub.address}/metrics") as answer:
        gauges = {name: int(value) for name, value in GAUGE.findall(await answer.text())}
    return gauges if gauges["ringback_journal_waiting"] == 0 else None
