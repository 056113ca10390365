"""(t): a segment among a million contacts, counted as its page counts it, against the same question in SQL by hand."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from crm import segment_rules
from hub.app import fill
from hub.clock import now
from hub.settings import default_file
from hub.sqlite import driver
from hub.store import database_file, open_store

MANY = 1_000_000
ROUNDS = 5
DAYS = 90
# Who has an address and wrote or called of late, without those who got the first campaign and did not answer.
RULE = {"what": "group", "of": "all", "rules": [
    {"what": "reached", "by": "mail"},
    {"what": "group", "of": "any", "rules": [
        {"what": "interactions", "kind": "call", "within": DAYS},
        {"what": "interactions", "kind": "mail", "direction": "in", "within": DAYS}]},
    {"what": "group", "of": "none", "rules": [{"what": "campaign", "campaign": 1, "fate": "not-answered"}]},
]}  # fmt: skip
BY_HAND = (
    "SELECT count(*) FROM contacts WHERE merged_into_id IS NULL "
    "AND id IN (SELECT contact_id FROM handles WHERE kind = 'mail') "
    "AND id IN (SELECT contact_id FROM interactions WHERE at >= :since "
    "AND (kind = 'call' OR (kind = 'mail' AND direction = 'in'))) "
    "AND id NOT IN (SELECT contact_id FROM deliveries WHERE campaign_id = 1 AND state = 'sent' "
    "AND answered_at IS NULL AND contact_id IS NOT NULL)"
)
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many) "


async def measure(folder: Path) -> tuple[float, float]:
    """Give the milliseconds of a count, ours and by hand."""
    async with open_store(folder) as db:
        await fill(db, default_file("company.toml"))
        await db.write(_people)
        raw = driver().connect(database_file(folder), check_same_thread=False)
        thread = ThreadPoolExecutor(1)

        async def ours() -> int:
            return await db.read(segment_rules.count, None, RULE)

        async def bare() -> int:
            return await asyncio.get_running_loop().run_in_executor(thread, _raw, raw)

        assert await ours() == await bare() > MANY // 100
        taken = [(await _time(ours), await _time(bare)) for _ in range(ROUNDS)]
        thread.shutdown()
        raw.close()
    return sorted(each[0] for each in taken)[ROUNDS // 2], sorted(each[1] for each in taken)[ROUNDS // 2]


async def _time(count: Callable[[], Awaitable[int]]) -> float:
    begun = time.perf_counter()
    await count()
    return (time.perf_counter() - begun) * 1000


def _raw(connection: sqlite3.Connection) -> int:
    return int(connection.execute(BY_HAND, {"since": _stored(-DAYS)}).fetchone()[0])


def _people(session: Session) -> None:
    """Make a million contacts, each with an address and a touch within two years, half of them in a campaign."""
    made = _stored(-1000)
    for name in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
        session.execute(text(f"DROP TRIGGER {name}"))  # nobody searches here, and they would take minutes
    contacts = (
        f"INSERT INTO contacts (id, name, fields, made_at, changed_at) SELECT i, 'Anna Berg ' || i, '{{}}', '{made}', "
        f"'{made}' FROM n"
    )
    handles = (
        "INSERT INTO handles (contact_id, kind, value, made_at) SELECT i, iif(i % 4, 'mail', 'phone'), "
        f"'anna.' || i || '@kund.example', '{made}' FROM n"
    )
    touches = (
        "INSERT INTO interactions (contact_id, kind, direction, at, summary, text, fields, origin, remarks, "
        "counts_as_contact) SELECT 1 + i * 7919 % :many, iif(i % 3, 'mail', 'call'), iif(i % 5, 'in', 'out'), "
        "strftime('%Y-%m-%d %H:%M:%S.000000', :at, '-' || (63072000 - i * 63072000 / :many) || ' seconds'), '', '', "
        "'[]', '[]', '[]', 0 FROM n"
    )
    for statement in (contacts, handles, touches):
        session.execute(text(NUMBERS + statement), {"many": MANY, "at": _stored(0)})
    session.execute(text(
        "INSERT INTO campaigns (id, name, key, state, segments, without, frozen, sender_name, counts_opens, "
        "counts_clicks, pace, paused_why, made_at, handle) "
        f"VALUES (1, 'Spring', 'k', 'done', '[]', '[]', 1, '', 0, 1, '{{}}', '', '{made}', 'mail')"
    ))  # fmt: skip
    session.execute(text(
        NUMBERS + "INSERT INTO deliveries (campaign_id, contact_id, address, domain, variant, state, tries, dotted, "
        "sent_at, code, why) SELECT 1, i * 2, 'anna.' || i || '@kund.example', 'kund.example', 'A', 'sent', 1, 1, "
        f"'{made}', '', '' FROM n"
    ), {"many": MANY // 2})  # fmt: skip


def _stored(days: float) -> str:
    return (now() + timedelta(days=days)).isoformat(" ", "microseconds")[:-6]
