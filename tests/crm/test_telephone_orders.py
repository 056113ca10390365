"""What was asked of telephones is forgotten after a day, with its command; nothing else of the outbox is."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import telephone_orders
from crm.telephone_orders import TelephoneOrder
from hub import outbox
from hub.blobs import Blobs
from hub.clock import Clock
from hub.events import ListCaller, Pause
from hub.outbox import Outgoing
from hub.retention import Sweeper
from hub.said import said
from hub.users import find_user, viewer
from tests.crm.switchboard import CHANNEL, KARIN, Switchboard


def ask(session: Session) -> None:
    """Have Elin ask for a pause."""
    elin = viewer(find_user(session, "elin@klarruta.example"))
    telephone_orders.put(
        session, elin, CHANNEL, Pause(extension="101", ends=True), said("back from the pause")
    )


def kept(session: Session) -> tuple[int, list[str]]:
    """Count the orders, and name the commands of the outbox."""
    rows = session.scalars(select(Outgoing).order_by(Outgoing.id)).all()
    return len(session.scalars(select(TelephoneOrder.id)).all()), [str(row.command["type"]) for row in rows]


async def test_orders_and_their_commands_are_forgotten_after_a_day(
    pbx: Switchboard, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telephone_orders, "SLICE", 2)
    for _ in range(5):
        await pbx.db.write(ask)
    listed = ListCaller(number=KARIN, list="vip", value="1")
    await pbx.db.write(outbox.put, CHANNEL, listed, lifetime=timedelta(minutes=1))
    clock.advance(days=1, minutes=1)
    await pbx.db.write(ask)
    (tmp_path / "blobs").mkdir()
    await Sweeper(pbx.db, Blobs(tmp_path / "blobs"), 180, [telephone_orders.forget]).sweep()
    assert await pbx.db.read(kept) == (1, ["ListCaller", "Pause"])
