"""What a fitter's telephone keeps for when there is no contact: the pages of his visits of today and tomorrow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.appointments import Appointment
from crm.web.visit_form import HERE
from crm.web.zones import zone_of
from hub.clock import now
from hub.users import Viewer
from hub.web.keys import DB
from hub.web.pages import page, viewer_of

MOST = 30
DAYS = timedelta(days=2)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Whose pages they are, and until when they may be shown: the end of tomorrow."""

    who: str
    until: datetime
    pages: Sequence[str]


@page("GET", "/kept-visits")
async def kept_visits(request: web.Request) -> web.StreamResponse:
    """Say which pages; see visits-worker.js."""
    found = await request.app[DB].read(_kept, viewer_of(request))
    headers = {"Cache-Control": "no-store"}
    return web.Response(body=msgspec.json.encode(found), content_type="application/json", headers=headers)


def _kept(session: Session, viewer: Viewer) -> Kept:
    zone = zone_of(session)
    midnight = datetime.combine(now().astimezone(zone).date(), time(), zone)
    until = (midnight + DAYS).astimezone(UTC)
    rows = session.scalars(
        select(Appointment.id)
        .where(
            Appointment.person_id == viewer.user_id, Appointment.cancelled_at.is_(None),
            Appointment.busy_from < until, Appointment.ends_at > midnight.astimezone(UTC),
        )
        .order_by(Appointment.starts_at, Appointment.id).limit(MOST)
    ).all()  # fmt: skip
    pages = [HERE, *(f"{HERE}/{number}" for number in rows)] if rows else []
    return Kept(who=str(viewer.user_id), until=until, pages=pages)
