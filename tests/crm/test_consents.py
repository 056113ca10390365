"""Who agreed to be written to, who took it back, and who must not be written to at all."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import consent_standings, consents, holders, leaving, suppressions
from crm.consents import Consent, Origin
from crm.contacts import MAIL, Handle
from crm.deliveries import LEFT_OUT, SENT, WAITING, Delivery
from crm.mailing_lists import MailingList
from crm.suppressions import BOUNCED, COMPLAINED, Suppression
from hub.audit import RINGBACK, Entry
from tests.crm.klarruta import Klarruta
from tests.crm.newsletter import ERIK, FORM, KARIN, Newsletter

ONE_CLICK = Origin(source=consents.PAGE, place="one click", address="198.51.100.7")


async def test_the_newest_line_is_what_holds(newsletter: Newsletter) -> None:
    firm, news = newsletter.firm, newsletter.list_id
    ground = await firm.do(consents.ground_of, news, MAIL, [KARIN, ERIK, "nobody@example.org"])
    assert {value: (line.words, line.place) for value, line in ground.items()} == {
        KARIN: ("Yes, send me news.", "Website"), ERIK: ("Yes, send me news.", "Website"),
    }  # fmt: skip
    assert await firm.do(consents.withdraw, news, MAIL, KARIN, ONE_CLICK)
    assert list(await firm.do(consents.ground_of, news, MAIL, [KARIN, ERIK])) == [ERIK]
    assert await newsletter.lines() == 3
    assert not await firm.do(consents.withdraw, news, MAIL, KARIN, ONE_CLICK)
    assert await newsletter.lines() == 3
    await newsletter.agrees(KARIN)
    assert await newsletter.suppressed() == []
    assert set(await firm.do(consents.ground_of, news, MAIL, [KARIN, ERIK])) == {KARIN, ERIK}


async def test_the_ledger_counts_as_a_condition_too(newsletter: Newsletter) -> None:
    firm, news = newsletter.firm, newsletter.list_id

    def may(session: Session) -> list[str]:
        wanted = select(Handle.value).where(consents.agreed(news), suppressions.allowed(news))
        return list(session.scalars(wanted))

    assert await firm.do(may) == [KARIN]
    await firm.do(suppressions.suppress, MAIL, KARIN, COMPLAINED)
    assert await firm.do(may) == []
    await firm.do(
        lambda session: suppressions.lift(session, RINGBACK, session.get_one(Suppression, 1), "a mistake")
    )
    assert await firm.do(may) == [KARIN]
    await firm.do(consents.withdraw, news, MAIL, KARIN, ONE_CLICK)
    assert await firm.do(may) == []


async def test_a_card_takes_the_line_that_names_its_address(newsletter: Newsletter) -> None:
    lines = await newsletter.firm.do(consents.lines_of, MAIL, [KARIN])
    assert [(line.contact_id is not None, line.state) for line in lines] == [(True, "given")]
    assert await newsletter.firm.do(consent_standings.numbers, [newsletter.list_id]) == {
        newsletter.list_id: 2
    }


async def test_what_has_not_left_is_left_out(newsletter: Newsletter) -> None:
    waiting, gone = await newsletter.copy(), await newsletter.copy(state=SENT)
    other = await newsletter.copy(ERIK)
    await newsletter.firm.do(suppressions.suppress, MAIL, KARIN, BOUNCED, words="550 unknown")
    rows = [await newsletter.delivery(each) for each in (waiting, gone, other)]
    assert [row.state for row in rows] == [LEFT_OUT, SENT, WAITING]
    assert (rows[0].why, rows[0].due_at) == ("Not written to: cannot be reached", None)


async def test_on_another_list_the_copies_stay(newsletter: Newsletter) -> None:
    waiting = await newsletter.copy()
    await newsletter.firm.do(consents.withdraw, newsletter.other_id, MAIL, KARIN, ONE_CLICK)
    assert (await newsletter.delivery(waiting)).state == WAITING
    await newsletter.firm.do(consents.withdraw, newsletter.list_id, MAIL, KARIN, ONE_CLICK)
    assert (await newsletter.delivery(waiting)).state == LEFT_OUT


async def test_agreeing_anew_does_not_undo_a_complaint(newsletter: Newsletter) -> None:
    await newsletter.firm.do(suppressions.suppress, MAIL, KARIN, COMPLAINED)
    await newsletter.agrees(KARIN)
    assert await newsletter.suppressed() == [(KARIN, None, COMPLAINED)]


async def test_the_same_reason_stands_once_and_a_lift_is_written_down(newsletter: Newsletter) -> None:
    firm = newsletter.firm
    first, second = [await firm.do(suppressions.suppress, MAIL, KARIN, BOUNCED) for _ in range(2)]
    assert first.id == second.id
    assert await firm.do(suppressions.suppressed, MAIL, [KARIN, ERIK]) == {KARIN}

    def lift(session: Session) -> str:
        suppressions.lift(session, RINGBACK, session.get_one(Suppression, first.id), "he wrote to us")
        session.flush()
        return session.scalars(select(Entry.words).where(Entry.kind == "suppression")).one()

    assert await firm.do(lift) == f"{KARIN} may be written to again: he wrote to us"
    assert await firm.do(suppressions.suppressed, MAIL, [KARIN]) == set()


async def test_many_addresses_are_asked_in_lots(newsletter: Newsletter) -> None:
    many = [f"n{number}@example.org" for number in range(1_200)]
    await newsletter.firm.do(suppressions.suppress, MAIL, many[-1], BOUNCED)
    assert await newsletter.firm.do(suppressions.suppressed, MAIL, many) == {many[-1]}
    assert await newsletter.firm.do(consents.ground_of, newsletter.list_id, MAIL, [*many, ERIK]) != {}


async def test_leaving_by_a_copy_takes_its_list_alone(newsletter: Newsletter) -> None:
    await newsletter.agrees(KARIN, newsletter.other_id)
    copy = await newsletter.copy(state=SENT)
    await _leave(newsletter, copy)
    await _leave(newsletter, copy)
    assert await newsletter.states() == {newsletter.list_id: "withdrawn", newsletter.other_id: "given"}
    assert await newsletter.lines() == 4
    assert (await newsletter.delivery(copy)).unsubscribed_at is not None
    wanted = select(Consent).where(Consent.state == "withdrawn")
    (line,) = await newsletter.firm.db.read(lambda session: session.scalars(wanted).all())
    assert (line.campaign_id, line.address, line.place) == (
        newsletter.campaign_id,
        "198.51.100.7",
        "one click",
    )


async def _leave(newsletter: Newsletter, copy: int) -> None:
    await newsletter.firm.do(
        lambda session: leaving.leave(
            session, holders.of_copy(session, session.get_one(Delivery, copy)), ONE_CLICK
        )
    )


async def test_leaving_everything_takes_every_list(newsletter: Newsletter) -> None:
    await newsletter.agrees(KARIN, newsletter.other_id)
    copy = await newsletter.copy()
    await newsletter.firm.do(
        lambda session: leaving.leave_all(
            session, holders.of_copy(session, session.get_one(Delivery, copy)), ONE_CLICK
        )
    )
    assert set((await newsletter.states()).values()) == {"withdrawn"}
    assert (KARIN, None, "unsubscribed") in await newsletter.suppressed()
    assert (await newsletter.delivery(copy)).state == LEFT_OUT


@pytest.mark.parametrize("confirms", [True, False])
async def test_a_new_list_is_asked_for_where_the_address_must_be_proved(
    newsletter: Newsletter, *, confirms: bool
) -> None:
    copy = await newsletter.copy(state=SENT)

    def choose(session: Session) -> list[str]:
        session.get_one(MailingList, newsletter.other_id).confirms = confirms
        delivery = session.get_one(Delivery, copy)
        return [
            each.name
            for each in leaving.choose(
                session, holders.of_copy(session, delivery), [newsletter.other_id], ONE_CLICK
            )
        ]

    assert await newsletter.firm.do(choose) == (["Offers"] if confirms else [])
    states = await newsletter.states()
    assert states[newsletter.list_id] == "withdrawn"
    assert states.get(newsletter.other_id) == (None if confirms else "given")


async def test_what_a_stranger_says_is_cut(newsletter: Newsletter, firm: Klarruta) -> None:
    long = Origin(source=consents.API, place="p" * 9_000, words="w" * 90_000, address="a" * 900)
    row = await firm.do(consents.give, newsletter.list_id, MAIL, "x@example.org", long)
    assert (len(row.place), len(row.words), len(row.address)) == (300, 2_000, 64)
    assert FORM.address
