"""Who opened a letter is asked only where that is counted, and who was refused at once is one to whom it came back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from crm import segment_changes, segment_rules, sequence_changes, sequence_conditions
from crm.campaigns import Campaign
from crm.deliveries import REFUSED, SENT, Delivery
from crm.desk import Refusal
from crm.sequences import LetterSequence, Step
from hub.audit import RINGBACK
from hub.clock import now
from tests.crm.klarruta import Klarruta
from tests.crm.mailroom import ANNA, AUTUMN, SPRING, asks, meant, rule
from tests.crm.test_segments import MARIA
from tests.crm.test_segments import post as post  # noqa: PLC0414 - a fixture
from tests.crm.welcome import GOOD, Welcome


def _copy(session: Session, **how: object) -> None:
    """Have a copy of a campaign that counts no opening have gone to Anna."""
    session.add(
        Delivery(
            campaign_id=AUTUMN, contact_id=ANNA, address="anna@kund.example", domain="kund.example", **how
        )
    )


def _counts_no_opens(session: Session) -> None:
    session.get_one(Campaign, SPRING).counts_opens = False


async def test_of_any_campaign_those_are_asked_that_count_it(post: Klarruta) -> None:
    await post.do(lambda session: _copy(session, state=SENT, sent_at=now()))
    assert await meant(post.db, rule(asks("campaign", fate="not-opened"))) == ["Lars"]
    assert "Anna" in await meant(post.db, rule(asks("campaign", fate="not-clicked")))


async def test_where_no_campaign_counts_it_it_is_refused(post: Klarruta) -> None:
    await post.do(_counts_no_opens)
    for fate in ("opened", "not-opened"):
        wanted = rule(asks("campaign", fate=fate))
        with pytest.raises(Refusal, match="No campaign counts this"):
            await post.db.read(segment_rules.count, None, wanted)
        with pytest.raises(Refusal, match="No campaign counts this"):
            await post.do(segment_changes.make, MARIA, "Odd", wanted)


async def test_it_came_back_to_whom_the_mail_server_refused_at_once(post: Klarruta) -> None:
    at = now() - timedelta(days=5)
    await post.do(lambda session: _copy(session, state=REFUSED, bounced_at=at, code="5.1.1"))
    wanted = {"campaign": AUTUMN, "fate": "bounced"}
    assert await meant(post.db, rule(asks("campaign", **wanted))) == ["Anna"]
    assert await meant(post.db, rule(asks("campaign", **wanted, within=10))) == ["Anna"]
    assert await meant(post.db, rule(asks("campaign", **wanted, within=3))) == []
    assert "Anna" not in await meant(post.db, rule(asks("campaign", campaign=AUTUMN)))


@pytest.mark.parametrize("holds", ["opened", "not-opened"])
async def test_a_condition_is_not_turned_on_before_the_letter_before_it_counts_it(
    welcome: Welcome, holds: str
) -> None:
    await welcome.firm.do(_asks_who_opened, welcome.id, holds)
    with pytest.raises(Refusal, match="Step 5: “Letter 2” does not count this"):
        await welcome.firm.do(_turn_on, welcome.id)
    [check] = (await welcome.firm.db.read(_checks, welcome.id)).values()
    assert (check.holds, check.href) == (False, "/campaigns/2/content")
    await welcome.firm.do(_counts)
    await welcome.firm.do(_turn_on, welcome.id)


def _asks_who_opened(session: Session, sequence_id: int, holds: str) -> None:
    sequence = session.get_one(LetterSequence, sequence_id)
    sequence_changes.take_away(session, RINGBACK, sequence, 5)
    sequence_changes.add(session, RINGBACK, sequence, Step(kind="if", holds=holds))
    sequence_changes.move(session, RINGBACK, sequence, 6, -1)


def _turn_on(session: Session, sequence_id: int) -> None:
    sequence_changes.turn_on(session, RINGBACK, session.get_one(LetterSequence, sequence_id), GOOD)


def _checks(session: Session, sequence_id: int) -> dict[int, sequence_conditions.Check]:
    return sequence_conditions.checks(session, session.get_one(LetterSequence, sequence_id))


def _counts(session: Session) -> None:
    session.get_one(Campaign, 2).counts_opens = True
