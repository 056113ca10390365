"""Whatever comes twice becomes nothing more: pressed twice, replayed, or tried again."""

from __future__ import annotations

import msgspec
import pytest

from hub.bus import Notice
from hub.clock import Clock
from hub.journal import AlreadyClosed, Outcome
from tests.crm.website import Website, form

KARIN = {"name": "Karin Ekdahl", "phone": "070-174 06 12", "email": "karin@ekdahl.example"}


async def test_the_same_request_within_ten_minutes_is_linked_and_no_second_task(
    website: Website, clock: Clock
) -> None:
    first = await website.sends(**KARIN)
    clock.advance(minutes=9, seconds=50)
    again = await website.sends(**KARIN)
    assert again.outcome == Outcome("the same request, sent again", f"/contacts/{first.contact}", first.item)
    assert len(await website.tasks()) == 1


async def test_after_ten_minutes_it_is_a_new_request_of_the_same_person(
    website: Website, clock: Clock
) -> None:
    first = await website.sends(**KARIN)
    clock.advance(minutes=10, seconds=1)
    later = await website.sends(**KARIN)
    assert later.contact == first.contact
    assert len(await website.tasks()) == 2


async def test_an_item_that_was_tried_again_finds_the_later_one(website: Website, clock: Clock) -> None:
    late = await website.db.write(website.keep)
    clock.advance(minutes=9, seconds=50)
    first = await website.sends(**KARIN)
    outcome = await website.db.write(website.take, late, form(**KARIN))
    assert outcome.duplicate_of == first.item


async def test_a_nonce_is_the_same_request_for_ever(website: Website, clock: Clock) -> None:
    event = form(**KARIN, key="n:8c1f", repeats_within=None)
    await website.sends(event)
    clock.advance(days=400)
    again = await website.sends(event)
    assert again.outcome.duplicate_of
    assert len(await website.tasks()) == 1


async def test_those_who_look_at_the_card_hear_of_the_repetition(website: Website) -> None:
    await website.sends(**KARIN)
    heard: list[Notice] = []
    website.db.listen(Notice, heard.append)
    again = await website.sends(**KARIN)
    assert [(notice.kind, notice.id) for notice in heard] == [("contact", again.contact)]


async def test_a_replayed_item_is_read_anew_and_makes_no_second_card(website: Website) -> None:
    sent = await website.sends(**KARIN, message="Qvist")
    better = msgspec.structs.replace(sent.event, key="read otherwise", message="Kvist")
    again = await website.replays(sent, better)
    assert again.outcome.path == sent.outcome.path
    assert [each.text for each in await website.interactions()] == ["Kvist"]
    assert len(await website.tasks()) == 1


async def test_a_replayed_repetition_stays_a_repetition(website: Website) -> None:
    first = await website.sends(**KARIN)
    second = await website.sends(**KARIN)
    again = await website.replays(second, msgspec.structs.replace(second.event, key="read otherwise"))
    assert again.outcome.duplicate_of == first.item
    assert len(await website.tasks()) == 1


async def test_what_became_a_card_is_not_set_aside_when_it_is_replayed(website: Website) -> None:
    sent = await website.sends(**KARIN)
    again = await website.replays(sent, msgspec.structs.replace(sent.event, suspicion=("Four links.",)))
    assert again.outcome.path == sent.outcome.path
    assert again.outcome.set_aside_why is None


async def test_what_is_done_already_is_not_done_again(website: Website) -> None:
    sent = await website.sends(**KARIN)
    with pytest.raises(AlreadyClosed):
        await website.db.write(website.take, sent.item, form(name="Other", key="other"))
    assert len(await website.cards()) == 1
