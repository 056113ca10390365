"""How many requests came lately from one network and by one form: the journal itself remembers it.

What is counted is what was received in the ten minutes before an item, so that reading it again finds the same.
Whoever signs what he sends is a server of somebody's whom we know, and is not held to it. A server that does not sign,
such as that of a site builder, speaks for many visitors, so only the whole form counts. What comes from this machine or
the company's own network is no stranger's.
"""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, select
from sqlalchemy.orm import Session

from crm.setup import setup
from hub import rhythm
from hub.checks import CHANNEL, NETWORK, Check
from hub.events import Guard
from hub.journal import Inbound
from hub.said import nsaid, said

WINDOW = timedelta(minutes=10)
TIMES = 5
OF_BROWSERS = ("origin", "referer", "sec-fetch-mode")  # headers that a visitor's own browser sends


def too_many(session: Session, item: Inbound, guard: Guard) -> list[Check]:
    """Say of which there were more than is usual; nothing in quiet times."""
    found: list[Check] = []
    if not item.network:
        return found
    most = guard.per_network if any(name in item.headers for name in OF_BROWSERS) else 0
    if most and _reach(session, item, _OF_NETWORK, most):
        words = nsaid("more than %(num)s request came from its network within ten minutes",
                      "more than %(num)s requests came from its network within ten minutes", most)  # fmt: skip
        found.append(Check(NETWORK, words))
    if (
        guard.per_channel
        and _reach(session, item, _BY_FORM, guard.per_channel)
        and _is_odd(session, item, guard)
    ):
        found.append(Check(CHANNEL, said("many more than usual came by this form within ten minutes")))
    return found


def _is_odd(session: Session, item: Inbound, guard: Guard) -> bool:
    """Tell whether it is also several times as many as in these minutes of other weeks: a busy shop is used to more."""
    zone = ZoneInfo(setup(session).company.zone)
    usual = rhythm.usual(session, item.channel_id, item.received_at - WINDOW, item.received_at, zone)
    usually = int(TIMES * usual.average) if usual else 0
    return usually <= guard.per_channel or _reach(session, item, _BY_FORM, usually)


def _reach(session: Session, item: Inbound, which: Select[int], most: int) -> bool:
    """Tell whether so many came before an item; no more than those are looked at."""
    asked = {"channel": item.channel_id, "network": item.network, "item": item.id, "most": most,
             "since": item.received_at - WINDOW, "until": item.received_at}  # fmt: skip
    return session.connection().execute(which, asked).scalar() == most


def _counting(*which: ColumnElement[bool]) -> Select[int]:
    before = (
        select(Inbound.id)
        .where(
            Inbound.channel_id == bindparam("channel"), *which, Inbound.received_at > bindparam("since"),
            Inbound.received_at <= bindparam("until"), Inbound.id != bindparam("item"),
        )
        .limit(bindparam("most", type_=Integer))
    )  # fmt: skip
    return select(func.count()).select_from(before.subquery())


# Put together once: that takes longer than to ask, and it is asked for every request.
_BY_FORM = _counting(Inbound.network.is_not(None))
_OF_NETWORK = _counting(Inbound.network == bindparam("network"))
