"""How many requests came lately from one network and by one form: the journal itself remembers it.

What is counted is what was received in the ten minutes before an item and became something new or was set aside: not
tests, repeats, changes of what is known, nor what was refused. Whoever signs what he sends is a server of somebody's
whom we know, and is not held to it. A server that does not sign, such as that of a site builder, speaks for many
visitors, so only the whole form counts; and one that has brought real requests for weeks, or keeps what it could not
send, may bring a day's at once. What comes from this machine or the company's own network is no stranger's.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Integer, Select, bindparam, exists, func, select
from sqlalchemy.orm import Session

from crm.conversations import Interaction
from crm.setup import setup
from hub import rhythm
from hub.checks import CHANNEL, NETWORK, Check
from hub.events import Guard
from hub.journal import Inbound
from hub.said import nsaid, said

WINDOW = timedelta(minutes=10)
TIMES = 5
OF_SERVERS = 20  # times the form's number, from a server that is known: beyond any queue after an outage
DAY, WEEK, WEEKS = (
    timedelta(days=1),
    timedelta(days=7),
    2,
)  # in each of which a known server brought something
LOOKED_AT = 20
OF_BROWSERS = ("origin", "referer", "sec-fetch-mode")  # headers that a visitor's own browser sends


def too_many(session: Session, item: Inbound, guard: Guard) -> list[Check]:
    """Say of which there were more than is usual; nothing in quiet times."""
    found: list[Check] = []
    if not item.network:
        return found
    most = guard.per_network if is_of_browser(item) else 0
    if most and _reach(session, item, _OF_NETWORK, most):
        words = nsaid("more than %(num)s request came from its network within ten minutes",
                      "more than %(num)s requests came from its network within ten minutes", most)  # fmt: skip
        found.append(Check(NETWORK, words))
    if (
        guard.per_channel
        and _reach(session, item, _BY_FORM, guard.per_channel)
        and _is_odd(session, item, guard)
        and not _is_known_server(session, item, guard)
    ):
        found.append(Check(CHANNEL, said("many more than usual came by this form within ten minutes")))
    return found


def is_of_browser(item: Inbound) -> bool:
    """Tell whether a visitor's own browser sent it, and not a server that speaks for many."""
    return any(name in item.headers for name in OF_BROWSERS)


def begin(session: Session, item: Inbound) -> bool:
    """Tell whether nothing was set aside for this in the minutes before an item."""
    asked = {"channel": item.channel_id, "item": item.id,
             "since": item.received_at - WINDOW, "until": item.received_at}  # fmt: skip
    before = session.execute(_ASIDE, asked).scalars()
    return not any(spoken(checks or ()) for checks in before)


def spoken(checks: Sequence[Check]) -> str:
    """Give the words of the one among these that speaks against an item because there were too many, "" for none."""
    return next((each.words for each in checks if each.against and each.rule in {NETWORK, CHANNEL}), "")


def _is_known_server(session: Session, item: Inbound, guard: Guard) -> bool:
    """Tell whether a server may bring much at once: it has done so for weeks, or keeps what it could not send."""
    if is_of_browser(item) or not (guard.queues or _is_used(session, item)):
        return False
    return not _reach(session, item, _OF_NETWORK, guard.per_channel * OF_SERVERS)


def _is_used(session: Session, item: Inbound) -> bool:
    """Tell whether its network brought something real in each of the last weeks, today aside."""
    ask, end = session.connection().execute, item.received_at - DAY
    weeks = [(end - (each + 1) * WEEK, end - each * WEEK) for each in range(WEEKS)]
    asked = {"channel": item.channel_id, "network": item.network}
    return all(ask(_BROUGHT, {**asked, "since": since, "until": until}).scalar() for since, until in weeks)


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
            Inbound.unproven_at.is_(None), _IS_NEW | Inbound.set_aside_at.is_not(None),
        )
        .limit(bindparam("most", type_=Integer))
    )  # fmt: skip
    return select(func.count()).select_from(before.subquery())


_IS_NEW = exists().where(Interaction.inbound_id == Inbound.id)

# Put together once: that takes longer than to ask, and it is asked for every request.
_BY_FORM = _counting(Inbound.network.is_not(None))
_OF_NETWORK = _counting(Inbound.network == bindparam("network"))
_BROUGHT = select(
    select(Inbound.id)
    .where(
        Inbound.channel_id == bindparam("channel"), Inbound.network == bindparam("network"), _IS_NEW,
        Inbound.received_at > bindparam("since"), Inbound.received_at <= bindparam("until"),
    )
    .exists()
)  # fmt: skip
_ASIDE = (
    select(Inbound.checks)
    .where(
        Inbound.channel_id == bindparam("channel"), Inbound.received_at > bindparam("since"),
        Inbound.received_at <= bindparam("until"), Inbound.id != bindparam("item"),
        Inbound.set_aside_at.is_not(None), Inbound.unproven_at.is_(None),
    )
    .order_by(Inbound.received_at.desc())
    .limit(LOOKED_AT)
)  # fmt: skip
