"""Is it alive, can it work, and how much waits: for supervisors, proxies and monitoring."""

from __future__ import annotations

from datetime import datetime

from aiohttp import web
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from hub.channels import Channel
from hub.journal import Inbound
from hub.live import LIVE
from hub.outbox import Outgoing
from hub.web.keys import DB


async def healthz(_request: web.Request) -> web.Response:
    """Say that the process answers."""
    return web.Response(text="ok\n")


async def readyz(request: web.Request) -> web.Response:
    """Say that the store answers too; if not, the errors around it say 503."""
    await request.app[DB].read(_glance)
    return web.Response(text="ready\n")


async def metrics(request: web.Request) -> web.Response:
    """Give what waits, in the text format of Prometheus."""
    gauges = await request.app[DB].read(_waiting)
    gauges["ringback_live_consoles"] = ("Open consoles", len(request.app[LIVE]))
    lines = [
        f"# HELP {name} {words}\n# TYPE {name} gauge\n{name} {value}\n"
        for name, (words, value) in gauges.items()
    ]
    return web.Response(
        text="".join(lines), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
    )


def _glance(session: Session) -> None:
    session.execute(select(1))


def _waiting(session: Session) -> dict[str, tuple[str, int]]:
    def count(column: InstrumentedAttribute[datetime | None], *criteria: ColumnElement[bool]) -> int:
        return session.scalar(select(func.count()).where(column.is_not(None), *criteria)) or 0

    paused = Channel.paused_at.is_not(None)
    return {
        "ringback_journal_waiting": ("Inbound items not yet processed", count(Inbound.due_at)),
        "ringback_journal_failed": ("Inbound items closed with an error", count(Inbound.failed_at)),
        "ringback_outbox_waiting": ("Commands not yet carried out", count(Outgoing.due_at)),
        "ringback_channels_heard": ("Channels that listen and are connected", count(Channel.up_at)),
        "ringback_channels_in_trouble": (
            "Channels not reachable or refused",
            count(Channel.trouble_at, ~paused),
        ),
    }
