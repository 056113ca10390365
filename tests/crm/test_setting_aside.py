"""Many at once, blocked senders, and what was spam before: what waits for a person, why, and what goes on anyway."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from sqlalchemy.orm import Session

from crm import blocked, desk
from crm.blocked import DOMAIN, WORD
from crm.desk import Refusal
from crm.tasks import Task
from hub import proofs
from hub.checks import ALIKE, BLOCKED, CHANNEL, NETWORK, PROOF, Check
from hub.clock import Clock, now
from hub.events import Guard
from hub.journal import Inbound
from hub.orders import Order
from tests.crm.klarruta import Klarruta
from tests.crm.website import Sent, Website, form
from tests.hub.test_proofs import solve

GUARD = Guard(per_network=3, per_channel=8)
BOT, CUSTOMER = "203.0.113.7", "203.0.113.200"
CASINO = (
    "Hello dear owner, I found your page and can bring it to the first place of all searches for {price} dollars "
    "a month, write to us at https://rank.example/{price} and begin today with a great discount for you"
)


@pytest.fixture
def busy(website: Website) -> Website:
    """Give the website, to which one network posts again and again."""
    website.headers = {":remote": BOT, "origin": "https://klarruta.example"}
    return website


async def flood(website: Website, number: int) -> list[Sent]:
    """Have a machine post."""
    return [await website.sends(message=f"Buy {each}", guard=GUARD) for each in range(number)]


async def test_what_comes_in_masses_waits_and_says_why(busy: Website) -> None:
    sent = await flood(busy, 5)
    assert [bool(each.outcome.set_aside_why) for each in sent] == [False] * 3 + [True] * 2
    assert sent[-1].outcome.set_aside_why == (
        "more than 3 requests came from its network within ten minutes; its browser did no work for it"
    )
    assert [check.rule for check in await checks(busy, sent[-1])] == [NETWORK, PROOF]
    assert len(await requested(busy)) == 3


async def test_that_it_begins_is_told_once(busy: Website, firm: Klarruta, clock: Clock) -> None:
    await flood(busy, 7)
    (told,) = [task for task in await busy.tasks() if task.kind == "note"]
    assert told.title == "See what waits set aside by “Website”: many come"
    assert told.why == "more than 3 requests came from its network within ten minutes"
    maria = await firm.who("Maria")
    await busy.db.write(lambda session: desk.complete(session, maria, session.get_one(Task, told.id)))
    await flood(busy, 9)
    assert len([task for task in await busy.tasks() if task.kind == "note"]) == 1
    clock.advance(hours=1)
    await flood(busy, 5)
    assert len([task for task in await busy.tasks() if task.kind == "note"]) == 2


async def test_a_customer_of_the_same_network_goes_on_by_the_work_of_his_browser(busy: Website) -> None:
    await flood(busy, 9)
    busy.headers = {**busy.headers, ":remote": CUSTOMER}
    proof = solve(proofs.challenge(await busy.db.write(proofs.make_key), now()))
    sent = await busy.sends(name="Karin", phone="0701234567", guard=GUARD, proof=proof)
    assert (await busy.card(sent)).name == "Karin"
    assert [(check.rule, check.against) for check in await checks(busy, sent)] == [
        (NETWORK, False), (CHANNEL, False), (PROOF, False),
    ]  # fmt: skip
    again = await busy.sends(name="Bot", phone="0701234568", guard=GUARD, proof=proof)
    assert again.outcome.set_aside_why


async def test_a_signed_request_goes_on_however_many_come(busy: Website) -> None:
    await flood(busy, 9)
    sent = await busy.sends(name="Karin", phone="0701234567", guard=GUARD, proven=True)
    assert (await busy.card(sent)).name == "Karin"


async def test_what_comes_from_our_own_network_leaves_room_for_others(website: Website) -> None:
    await flood(website, 9)
    website.headers = {":remote": BOT}
    assert (await website.sends(message="Three windows", guard=GUARD)).outcome.set_aside_why is None


async def test_the_window_slides(busy: Website, clock: Clock) -> None:
    await flood(busy, 3)
    clock.advance(minutes=9)
    assert (await busy.sends(message="Soon", guard=GUARD)).outcome.set_aside_why
    clock.advance(minutes=2)
    assert (await busy.sends(message="Later", guard=GUARD)).outcome.set_aside_why is None


async def test_many_networks_together_are_many(busy: Website) -> None:
    for each in range(8):
        busy.headers = {**busy.headers, ":remote": f"198.51.{each}.1"}
        await busy.sends(message=f"Buy {each}", guard=GUARD)
    busy.headers = {**busy.headers, ":remote": "198.51.100.1"}
    sent = await busy.sends(message="Buy", guard=GUARD)
    assert [check.rule for check in await checks(busy, sent)] == [CHANNEL, PROOF]


async def test_a_server_that_speaks_for_many_is_held_to_the_forms_own_number(website: Website) -> None:
    website.headers = {":remote": BOT}
    assert [bool(each.outcome.set_aside_why) for each in await flood(website, 9)] == [False] * 8 + [True]


async def test_what_becomes_nothing_new_is_no_rush(website: Website) -> None:
    website.headers = {":remote": BOT}
    shop = {"guard": GUARD, "name": "Karin", "phone": "0701234567"}

    def keep(session: Session, values: dict[str, object]) -> None:
        item = session.get_one(Inbound, website.keep(session))
        item.due_at = None
        for name, value in values.items():
            setattr(item, name, value)

    nothing = {"done_at": now(), "became": "a test by the sender, nothing to do"}
    refused = {"set_aside_at": now(), "unproven_at": now()}
    for values in (nothing, refused) * 5:
        await website.db.write(keep, values)
    for _ in range(9):
        await website.sends(**shop, message="The same, sent again")
    assert (await website.sends(**shop, message="Another")).outcome.set_aside_why is None


async def test_changes_of_known_orders_are_no_rush(website: Website) -> None:
    website.headers = {":remote": BOT}
    for state in range(12):
        order = Order(number="1044", state=str(state))
        await website.sends(key="order 1044", repeats_within=None, order=order, name="Anna", guard=GUARD)
    assert (await website.sends(name="Karin", phone="0701234567", guard=GUARD)).outcome.set_aside_why is None


async def test_a_server_that_brought_requests_for_weeks_may_bring_many_at_once(
    website: Website, clock: Clock
) -> None:
    website.headers = {":remote": BOT}
    for week in range(2):
        await website.sends(message=f"In week {week}", guard=GUARD)
        clock.advance(days=6)
    assert not any(each.outcome.set_aside_why for each in await flood(website, 12))
    website.headers = {":remote": "198.51.100.9"}
    assert (await website.sends(message="A stranger's", guard=GUARD)).outcome.set_aside_why


async def test_what_a_plug_in_kept_meanwhile_comes_at_once_and_is_no_rush(website: Website) -> None:
    website.headers = {":remote": BOT}
    patient = msgspec.structs.replace(GUARD, queues=True, per_channel=2)
    sent = [await website.sends(message=f"Number {each}", guard=patient) for each in range(42)]
    assert [bool(each.outcome.set_aside_why) for each in sent] == [False] * 40 + [True] * 2


async def test_without_a_quarantine_it_goes_on_with_a_remark(busy: Website) -> None:
    await flood(busy, 3)
    lenient = Guard(per_network=3, sets_aside=False)
    await busy.sends(name="Karin", phone="0701234567", guard=lenient)
    assert "more than 3 requests came" in (await busy.interactions())[-1].remarks[0]


async def test_what_somebody_released_keeps_its_reasons(busy: Website) -> None:
    sent = (await flood(busy, 4))[-1]
    real = await busy.releases(sent)
    assert real.outcome.set_aside_why is None
    assert [check.rule for check in await checks(busy, real)] == [NETWORK, PROOF]


async def test_a_blocked_sender_waits_and_is_free_again_at_once(website: Website, firm: Klarruta) -> None:
    sent = await website.sends(email="Bot@spam.example", phone="0701234567", guard=GUARD)
    maria = await firm.who("Maria")
    assert await block(website, firm, sent) == ["+46701234567", "bot@spam.example"]
    again = await website.sends(email="bot@SPAM.example", message="Again", guard=GUARD)
    assert again.outcome.set_aside_why == "“bot@spam.example” is blocked"
    await website.db.write(
        lambda session: blocked.unblock(session, maria, session.get_one(Inbound, sent.item))
    )
    assert not (
        await website.sends(email="bot@spam.example", message="More", guard=GUARD)
    ).outcome.set_aside_why


async def test_a_server_that_sends_for_many_is_not_blocked_for_one_of_them(
    website: Website, firm: Klarruta
) -> None:
    website.headers = {":remote": BOT}
    sent = await website.sends(message="Buy cheap followers", guard=GUARD)
    with pytest.raises(Refusal, match="a server that sends for many"):
        await block(website, firm, sent)
    website.headers = {":remote": BOT, "origin": "https://klarruta.example"}
    assert await block(website, firm, await website.sends(message="Buy more", guard=GUARD)) == [BOT]


async def test_a_place_that_is_blocked_holds_nobody_back_who_signs(busy: Website, firm: Klarruta) -> None:
    for place in (BOT, "203.0.113.0/24"):
        await busy.db.write(blocked.put, await firm.who("Maria"), "address", place)
    sent = await busy.sends(name="Karin", phone="0701234567", guard=GUARD, proven=True)
    assert (await busy.card(sent)).name == "Karin"


async def test_whom_an_unproven_request_names_is_not_blocked_for_it(website: Website, firm: Klarruta) -> None:
    sent = await website.sends(email="karin@example.se", suspicion=("Four links.",), guard=GUARD)
    await website.db.write(lambda session: setattr(session.get_one(Inbound, sent.item), "unproven_at", now()))
    with pytest.raises(Refusal, match="Nobody proved"):
        await block(website, firm, sent)


async def block(website: Website, firm: Klarruta, sent: Sent) -> list[str]:
    """Block who sent it, and give what is blocked by that."""
    maria = await firm.who("Maria")

    def do(session: Session) -> list[str]:
        item = session.get_one(Inbound, sent.item)
        return [row.value for row in blocked.block(session, maria, item, sent.event)]

    return await website.db.write(do)


@pytest.mark.parametrize(
    ("kind", "written", "answers"),
    [
        (DOMAIN, "Spam.example", {"email": "anybody@spam.example"}),
        (WORD, "Cheap  Viagra", {"message": "buy CHEAP VIAGRA now"}),
        ("phone", "070-123 45 67", {"phone": "+46701234567"}),
        ("address", BOT, {"message": "from there"}),
        ("address", "203.0.113.0/24", {"message": "from thereabouts"}),
    ],
)
async def test_what_is_written_on_the_block_list_waits(
    busy: Website, firm: Klarruta, kind: str, written: str, answers: dict[str, str]
) -> None:
    await busy.db.write(blocked.put, await firm.who("Maria"), kind, written)
    sent = await busy.sends(guard=GUARD, **answers)
    assert [check.rule for check in await checks(busy, sent)] == [BLOCKED]


@pytest.mark.parametrize(
    ("kind", "written"),
    [("word", "of"), ("mail", "nobody"), ("phone", "12"), ("address", "1.2.3"), ("shoe", "44")],
)
async def test_what_is_nothing_of_the_kind_is_not_blocked(
    website: Website, firm: Klarruta, kind: str, written: str
) -> None:
    with pytest.raises(Refusal):
        await website.db.write(blocked.put, await firm.who("Maria"), kind, written)


async def test_what_is_nearly_earlier_spam_waits_and_leads_to_it(website: Website) -> None:
    spam = await website.sends(message=CASINO.format(price=99), suspicion=("Four links.",), guard=GUARD)
    assert (await website.sends(message=CASINO.format(price=88), guard=GUARD)).outcome.set_aside_why is None

    def really(session: Session) -> None:
        session.get_one(Inbound, spam.item).spam_at = now()

    await website.db.write(really)
    like = await website.sends(message=CASINO.format(price=450).replace("dear", "good"), guard=GUARD)
    (check,) = await checks(website, like)
    assert (check.rule, check.href) == (ALIKE, f"/journal/{spam.item}")
    other = (
        "Hello, we need three windows and a balcony door for a house in Partille, can you come and measure?"
    )
    assert (await website.sends(message=other, guard=GUARD)).outcome.set_aside_why is None


async def requested(website: Website) -> Sequence[Task]:
    """Give the tasks that requests became."""
    return [task for task in await website.tasks() if task.kind == "form"]


async def test_an_order_of_a_rush_goes_on_with_a_remark(busy: Website) -> None:
    await flood(busy, 3)
    await goes_on(busy, "more than 3 requests came from its network within ten minutes")


async def test_an_order_beside_a_busy_form_goes_on_with_a_remark(website: Website) -> None:
    website.headers = {":remote": BOT}
    await flood(website, 8)
    await goes_on(website, "many more than usual came by this form within ten minutes")


async def test_an_order_of_a_blocked_sender_goes_on_with_a_remark(website: Website, firm: Klarruta) -> None:
    await website.db.write(blocked.put, await firm.who("Maria"), "phone", "070-123 45 67")
    await goes_on(website, "“+46701234567” is blocked")


async def test_an_order_that_reads_like_spam_goes_on_with_a_remark(website: Website) -> None:
    spam = await website.sends(message=CASINO.format(price=99), suspicion=("Four links.",), guard=GUARD)

    def really(session: Session) -> None:
        session.get_one(Inbound, spam.item).spam_at = now()

    await website.db.write(really)
    await goes_on(
        website, "its text is nearly that of an earlier one that was called spam", CASINO.format(price=9)
    )


async def test_an_order_whose_reader_suspects_something_goes_on_with_a_remark(website: Website) -> None:
    await goes_on(website, "Four links.", suspicion=("Four links.",))
    await goes_on(website, "Four links.", suspicion=("Four links.",), guard=None, key="2")


async def goes_on(website: Website, remark: str, message: str = "", **more: object) -> None:
    """Have an order come, which is made with its task, and say what was odd about it."""
    order = Order(number="731", total="100", currency="SEK")
    values = {"guard": GUARD, "key": "shop 731", "repeats_within": None, "order": order, **more}
    sent = await website.sends(form(phone="0701234567", message=message, **values))
    assert sent.outcome.set_aside_why is None
    assert remark in (await website.interactions())[-1].remarks
    assert (await website.tasks())[-1].kind == "order"
    assert await checks(website, sent)


async def checks(website: Website, sent: Sent) -> Sequence[Check]:
    """Give what the rules said of a request, as it is kept."""
    return await website.db.read(lambda session: session.get_one(Inbound, sent.item).checks or ())
