"""How fast a mailbox may write is settled by an admin: in all, for each receiving domain, and while it is new."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import pace_turns, paces
from crm.desk import Refusal
from crm.paces import ALL, Pace
from hub import audit
from hub.clock import now
from hub.languages import _
from hub.said import said
from hub.users import Viewer

KIND = "pace"
MOST_AN_HOUR, MOST_DOMAINS = 1_000_000, 200
_DOMAIN = re.compile(r"(?=.{3,253}$)([a-z0-9_]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for a mailbox. `per_hour` None: as fast as the server takes it. `warms`: it is new, and warmed up.

    `vouched`: an admin says that its mail server signs for its domain.
    """

    per_hour: int | None = None
    warms: bool = False
    vouched: bool = False


def settle(session: Session, viewer: Viewer, channel_id: int, wanted: Limits) -> None:
    """Settle it for a mailbox in all; who begins to warm it up begins with today."""
    row = paces.pace(session, channel_id)
    before, moment = limits_of(row, now()), now()
    row.per_hour = _bounded(wanted.per_hour)
    if wanted.warms != before.warms:
        row.warms_from = moment if wanted.warms else None
    if wanted.vouched != before.vouched:
        row.vouched_at, row.vouched_by = (moment, viewer.user_id) if wanted.vouched else (None, None)
    changes = audit.differences(
        msgspec.structs.asdict(before), msgspec.structs.asdict(limits_of(row, moment))
    )
    if "per_hour" in changes or "warms" in changes:
        pace_turns.take_back(session, row, moment)
    if changes:
        audit.record(session, viewer, audit.CHANGED, KIND, channel_id, changes=changes)


def limits_of(row: Pace | None, moment: datetime) -> Limits:
    """Give what holds."""
    if row is None:
        return Limits()
    warms = row.warm(moment) is not None
    return Limits(per_hour=row.per_hour, warms=warms, vouched=row.vouched_at is not None)


def limit(session: Session, viewer: Viewer, channel_id: int, domain: str, per_hour: int | None) -> str:
    """Limit a receiving domain, or with None no more; give the domain as it is kept."""
    domain = domain.strip().lower().lstrip("@")
    if not _DOMAIN.fullmatch(domain):
        raise Refusal(_("Write a domain as it stands behind the @, such as gmail.com."))
    if per_hour is not None and len(limited(session, channel_id)) >= MOST_DOMAINS:
        raise Refusal(_("A mailbox has limits for at most %(most)s domains.", most=MOST_DOMAINS))
    paces.pace(session, channel_id)  # whoever sends holds this one first, and then that of the domain
    row = paces.pace(session, channel_id, domain)
    before, row.per_hour = row.per_hour, _bounded(per_hour)
    if before != row.per_hour:
        pace_turns.take_back(session, row, now())
        words = (said("%(domain)s: at most %(number)s an hour", domain=domain, number=row.per_hour)
                 if row.per_hour else said("%(domain)s: no limit any more", domain=domain))  # fmt: skip
        audit.record(session, viewer, audit.CHANGED, KIND, channel_id, words=words)
    return domain


def limited(session: Session, channel_id: int) -> Sequence[Pace]:
    """Give the domains that have a limit, by name."""
    wanted = select(Pace).where(Pace.channel_id == channel_id, Pace.domain != ALL, Pace.per_hour.is_not(None))
    return session.scalars(wanted.order_by(Pace.domain)).all()


def slowed(session: Session, channel_id: int, moment: datetime) -> list[Pace]:
    """Give the domains that are slowed down at the moment, since they say "not now"; ALL is our own mail server."""
    wanted = select(Pace).where(Pace.channel_id == channel_id, Pace.halvings > 0).order_by(Pace.domain)
    return [each for each in session.scalars(wanted) if each.halved(moment)]


def _bounded(per_hour: int | None) -> int | None:
    if per_hour is not None and not 1 <= per_hour <= MOST_AN_HOUR:
        raise Refusal(_("At most so many an hour: a number from 1 to %(most)s.", most=MOST_AN_HOUR))
    return per_hour
