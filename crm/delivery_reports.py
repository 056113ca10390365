"""What mail servers say of copies: whose fault it is, and what follows.

There is no such mailbox: nothing is written to it any more. It is full, or away: that is counted, and heals by itself.
We are refused for what we are (5.7.x, a block list, a signature): that is our fault, nobody is suppressed, and the
campaign has to stop. A complaint counts at once.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import copy_events, suppressions
from crm.contacts import MAIL
from crm.deliveries import Delivery
from crm.suppressions import BOUNCED, COMPLAINED, Suppression
from hub.clock import now
from hub.said import said

Verdict = Literal["hard", "soft", "ours"]
HARD, SOFT, OURS = "hard", "soft", "ours"
WHY = 300  # letters of what a mail server says
SOFT_MOST, SOFT_OVER = 4, timedelta(days=14)
"""So many copies one after the other that came back, over so long: nobody is there any more."""

# RFC 3463: bad mailbox, bad domain, moved; closed; no such host. And what says that the sender is not wanted.
_HARD = re.compile(r"5\.1\.(?:[0-6]|10)|5\.2\.1|5\.4\.[14]")
_OURS = re.compile(r"[45]\.7\.\d{1,3}|5\.1\.[78]")
_OUR_WORDS = re.compile(
    r"spam|black ?list|block ?list|blocked|\brbl\b|spamhaus|reputation|\bpolicy\b|dmarc|\bdkim\b|\bspf\b"
    r"|authenticat|not authori[sz]ed|relay(?:ing)? (?:access )?denied|rate limit",
    re.IGNORECASE,
)
_HARD_WORDS = re.compile(
    r"user unknown|unknown (?:user|recipient|mailbox)|no such (?:user|recipient|mailbox|address|person)"
    r"|does ?n[o']t (?:exist|have)|recipient (?:not found|rejected)|invalid (?:recipient|mailbox)"
    r"|mailbox (?:not found|unavailable|disabled)|account (?:is )?(?:disabled|closed|deactivated)"
    r"|address rejected|no longer",
    re.IGNORECASE,
)


def classify(code: int, enhanced: str, words: str) -> Verdict:
    """Tell whose fault a refusal is, by the reply (RFC 5321), its enhanced code (RFC 3463, "" for none) and its words.

    What nobody can be sure of is soft.
    """
    said_so = words[:2000]
    if _OURS.fullmatch(enhanced) or code in {530, 534, 535, 538}:
        return "ours"
    permanent = code // 100 == 5 if code else enhanced.startswith("5")  # noqa: PLR2004 - of RFC 5321
    if permanent and _HARD.fullmatch(enhanced):
        return "hard"
    if permanent and _OUR_WORDS.search(said_so):
        return "ours"
    if permanent and not enhanced.startswith("5.2") and _HARD_WORDS.search(said_so):
        return "hard"
    return "soft"


def came_back(
    session: Session, delivery: Delivery, code: int, enhanced: str, words: str, *, failed: bool = True
) -> Verdict:
    """Write down on a copy that it was refused or came back, and what follows for its address.

    Not `failed`: it is only delayed, and nothing follows yet.
    """
    verdict = classify(code, enhanced, words)
    delivery.code = enhanced or (str(code) if code else "")
    delivery.why = " ".join(words.split())[:WHY]
    if not failed:
        return verdict
    delivery.bounced_at = delivery.bounced_at or now()
    session.flush()
    if verdict == HARD:
        suppressions.suppress(
            session, MAIL, delivery.address, BOUNCED, words=delivery.why, campaign_id=delivery.campaign_id
        )
    elif verdict == OURS:
        delivery.ours_at = delivery.ours_at or delivery.bounced_at
    elif verdict == SOFT and (times := _in_a_row(session, delivery.address)):
        told = said("%(num)s letters in a row came back: %(why)s", num=times, why=delivery.why)
        suppressions.suppress(
            session, MAIL, delivery.address, BOUNCED, words=told, campaign_id=delivery.campaign_id
        )
    return verdict


def complained(session: Session, delivery: Delivery, words: str) -> Suppression:
    """Write down that somebody complained of a copy: nothing at all is written to him any more."""
    if delivery.complained_at is None:
        delivery.complained_at = now()
        copy_events.happened(session, delivery, copy_events.COMPLAINED)
    return suppressions.suppress(
        session, MAIL, delivery.address, COMPLAINED, words=words, campaign_id=delivery.campaign_id
    )


def _in_a_row(session: Session, address: str) -> int:
    """Count the last copies for an address where all of them came back, over a while; else 0: it heals."""
    wanted = (
        select(Delivery.bounced_at)
        .where(Delivery.address == address, Delivery.sent_at.is_not(None) | Delivery.bounced_at.is_not(None))
        .order_by(Delivery.id.desc())
        .limit(SOFT_MOST)
    )
    moments = [each for each in session.scalars(wanted) if each is not None]
    is_long = len(moments) == SOFT_MOST and max(moments) - min(moments) >= SOFT_OVER
    return SOFT_MOST if is_long else 0
