"""What is due is found by index, so a million waiting cost nothing: plans are looked at, not the time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.orm import Session

from hub import journal, outbox
from hub.clock import now
from hub.events import HangUp
from hub.journal import Inbound
from hub.outbox import Outgoing
from tests.plans import plan

if TYPE_CHECKING:
    from hub.channels import Channels
    from hub.db import Database

CALL = HangUp(call="1.2", by="101")


async def test_the_next_item_is_found_by_index_among_thousands(db: Database, channels: Channels) -> None:
    del channels
    await db.write(fill_journal, 4000)
    assert "ix_inbound_due" in await db.write(plan, journal.earliest, now())
    plans = await db.write(plan, journal.take, now() + timedelta(seconds=4), 32)
    assert "ix_inbound_due" in plans
    assert "ix_inbound_stream" in plans
    assert "Seq Scan" not in plans
    assert "SCAN inbound" not in plans


async def test_the_next_command_is_found_by_index_among_thousands(db: Database, channels: Channels) -> None:
    del channels
    await db.write(fill_outbox, 4000)
    assert "ix_outbox_due" in await db.write(plan, outbox.earliest, now())
    plans = await db.write(plan, outbox.take, now() + timedelta(seconds=4), 32)
    assert "ix_outbox_due" in plans
    assert "ix_outbox_streams" in plans
    assert "Seq Scan on outbox" not in plans
    assert "SCAN outbox" not in plans


def fill_journal(session: Session, count: int) -> None:
    """Half of it done, half waiting, a second apart, two to a stream."""
    moment = now()
    session.add_all(
        Inbound(channel_id=1, key=f"k{n}", stream=f"s{n // 4}", received_at=moment, headers={}, size=0,
                due_at=moment + timedelta(seconds=n // 2) if n % 2 else None)
        for n in range(count)
    )  # fmt: skip
    session.flush()
    session.execute(text("ANALYZE"))


def fill_outbox(session: Session, count: int) -> None:
    """One comes due each second."""
    first = outbox.put(session, 1, CALL, lifetime=timedelta(days=2))
    session.add_all(
        Outgoing(channel_id=1, command=first.command, at_most_once=False, expires_at=first.expires_at,
                 due_at=now() + timedelta(seconds=n))
        for n in range(count)
    )  # fmt: skip
    session.flush()
    session.execute(text("ANALYZE"))
