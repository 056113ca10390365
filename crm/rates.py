"""How many requests came lately from one network and by one form: the journal itself remembers it.

What is counted is what was received in the ten minutes before an item, so that reading it again finds the same.
Whoever signs what he sends is a server of somebody's whom we know, and is not held to it. A server that does not sign,
such as that of a site builder, speaks for many visitors: its network is held to what is usual of the whole form.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from hub.checks import CHANNEL, NETWORK, Check
from hub.events import Guard
from hub.journal import Inbound
from hub.said import nsaid

WINDOW = timedelta(minutes=10)
OF_BROWSERS = ("origin", "referer", "sec-fetch-mode")  # headers that a visitor's own browser sends


def too_many(session: Session, item: Inbound, guard: Guard) -> list[Check]:
    """Say of which there were more than is usual; nothing in quiet times."""
    found = []
    most = guard.per_network if any(name in item.headers for name in OF_BROWSERS) else guard.per_channel
    if most and item.network and _reach(session, item, most, Inbound.network == item.network):
        words = nsaid("more than %(num)s request came from its network within ten minutes",
                      "more than %(num)s requests came from its network within ten minutes", most)  # fmt: skip
        found.append(Check(NETWORK, words))
    if guard.per_channel and _reach(session, item, guard.per_channel):
        words = nsaid("more than %(num)s request came by this form within ten minutes",
                      "more than %(num)s requests came by this form within ten minutes", guard.per_channel)  # fmt: skip
        found.append(Check(CHANNEL, words))
    return found


def _reach(session: Session, item: Inbound, most: int, *which: ColumnElement[bool]) -> bool:
    """Tell whether so many came before an item; no more than those are looked at."""
    before = (
        select(Inbound.id)
        .where(
            Inbound.channel_id == item.channel_id, *which, Inbound.received_at > item.received_at - WINDOW,
            Inbound.received_at <= item.received_at, Inbound.id < item.id,
        )
        .limit(most)
    )  # fmt: skip
    return session.scalar(select(func.count()).select_from(before.subquery())) == most
