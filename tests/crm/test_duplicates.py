"""Who may be one person: found with reasons, ruled out for good, and back when something new speaks for it."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from crm import contacts, duplicates, lookout, merging, partings
from crm.contacts import MAIL, PHONE, Contact
from crm.duplicates import Pair
from crm.likeness import NAMESAKES, Traits, compare, keys_of, passing, score
from crm.likeness_keys import LikenessKey
from hub.clock import Clock, now
from tests.crm.klarruta import Klarruta

MAILBOX, WORK = (MAIL, "karin.ekdahl@post.example"), (MAIL, "karin.ekdahl@ekbacken.example")


def person(number: int, name: str = "", *handles: tuple[str, str], firm: int | None = None) -> Traits:
    """Give what is known of somebody."""
    return Traits(number, name, firm, handles)


@pytest.mark.parametrize(
    ("one", "other", "kinds"),
    [
        (person(1, "Karin Ekdahl"), person(2, "Ekdahl, Karin"), ["name"]),
        (person(1, "Karin Ekdahl", firm=7), person(2, "Karin Ekdal", firm=7), ["near-name", "organisation"]),
        (person(1, "Åsa Öberg"), person(2, "asa oberg"), ["name"]),
        (person(1, "", (PHONE, "+46701740612")), person(2, "", (PHONE, "+46701740621")), ["near-number"]),
        (person(1, "", (PHONE, "+46701740612")), person(2, "", (PHONE, "+460701740612")), ["number"]),
        (person(1, "Bo", (MAIL, "bo.lind@post.example")), person(2, "", (MAIL, "bolind+w@post.example")), ["mailbox"]),
        (person(1, "", (MAIL, "karin@post.example")), person(2, "", (MAIL, "karin@pots.example")), ["near-mail"]),
        (person(1, "K Ekdahl", MAILBOX), person(2, "Karin Ekdahl", WORK), ["mail-name"]),
        (person(1, "Karin Ekdahl", (PHONE, "+46701740612")), person(2, "Bo Lind", (PHONE, "+46701740613")), []),
        (person(1, "Karin Ekdahl", firm=7), person(2, "Bo Lind", firm=7), []),
        (person(1, "", (MAIL, "office@a.example")), person(2, "", (MAIL, "office@b.example")), []),
        (Traits(1, "Bo", None, (), (2,)), person(2, "Karin Ekdahl"), ["asked"]),
    ],
)  # fmt: skip
def test_what_speaks_for_it_is_found(one: Traits, other: Traits, kinds: list[str]) -> None:
    rare = {key.key for key in keys_of(one)} & {key.key for key in keys_of(other)}
    assert [reason.kind for reason in compare(one, other, rare)] == kinds


def test_who_is_alike_is_met_by_a_key() -> None:
    one = person(1, "Karin Ekdahl", (PHONE, "+46701740612"))
    for other in (
        person(2, "Karin Ekdal"),
        person(3, "", (PHONE, "+46701740672")),
        person(4, "Ekdahl Karin"),
    ):
        assert any(
            mine.key == theirs.key and passing(mine, [(other.id, theirs.said)])
            for mine in keys_of(one)
            for theirs in keys_of(other)
        )


def test_several_reasons_weigh_more_than_one_and_never_make_it_certain() -> None:
    karin, double = person(1, "Karin Ekdahl", MAILBOX, firm=7), person(2, "Karin Ekdahl", WORK, firm=7)
    reasons = compare(karin, double, {"n:ekdahl karin"})
    assert 0.55 < score(reasons) < 1
    assert score(reasons) > score(reasons[:1])


async def test_whoever_comes_twice_is_found_and_the_place_is_kept(firm: Klarruta) -> None:
    await known(firm, "Karin Ekdahl", MAILBOX)
    await catch_up(firm)
    await known(firm, "Karin Ekdal", WORK)
    assert await catch_up(firm) == 1
    (pair,) = await pairs(firm)
    assert (pair.a_id, pair.b_id) == (1, 2)
    assert await catch_up(firm) == 0


async def test_ruled_out_it_stays_away_until_something_new_speaks_for_it(
    firm: Klarruta, clock: Clock
) -> None:
    await known(firm, "Karin Ekdahl", MAILBOX)
    other = await known(firm, "Karin Ekdahl")
    await catch_up(firm)
    sofia = await firm.who("Sofia")
    await firm.do(lambda session: duplicates.dismiss(session, sofia, session.scalars(select(Pair)).one()))
    await change(firm, other, clock)
    assert (await pairs(firm))[0].dismissed_at is not None
    await firm.do(contacts.add_handles, other, [WORK])
    await change(firm, other, clock)
    assert (await pairs(firm))[0].dismissed_at is None


async def test_what_is_not_alike_any_more_leaves_the_queue(firm: Klarruta, clock: Clock) -> None:
    await known(firm, "Karin Ekdahl")
    other = await known(firm, "Karin Ekdahl")
    await catch_up(firm)
    await firm.do(lambda session: setattr(session.get_one(Contact, other), "name", "Bo Lind"))
    await change(firm, other, clock)
    assert await pairs(firm) == []


async def test_what_was_ruled_out_for_a_part_is_ruled_out_for_the_whole(firm: Klarruta, clock: Clock) -> None:
    first = await known(firm, "Karin Ekdahl")
    twin = await known(firm, "Karin Ekdahl")
    await catch_up(firm)
    sofia = await firm.who("Sofia")
    await firm.do(lambda session: duplicates.dismiss(session, sofia, session.scalars(select(Pair)).one()))
    whole = await known(firm, "Bo Lind")
    await firm.do(merging.merge, sofia, twin, whole, ["name"])
    await change(firm, whole, clock)
    assert [(p.a_id, p.b_id) for p in await pairs(firm) if p.dismissed_at is None] == []
    assert (first, whole) in [(p.a_id, p.b_id) for p in await pairs(firm)]


async def test_where_many_bear_a_name_it_says_nothing_any_more(firm: Klarruta) -> None:
    for _ in range(NAMESAKES):
        await known(firm, "Anna Andersson")
    await catch_up(firm)
    assert await pairs(firm)
    await known(firm, "Anna Andersson")
    await catch_up(firm)
    assert await pairs(firm) == []


async def test_what_is_found_does_not_depend_on_how_many_are_looked_at_in_one_go(
    firm: Klarruta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookout, "TOGETHER", 2)
    for number in range(30):
        ways = (PHONE, f"+467017406{number:02}"), (MAIL, f"karin.{number % 9}@post{number % 4}.example")
        await known(firm, ("Karin Ekdahl", "Karin Ekdal", "Bo Lind", "")[number % 4], ways[number % 2])
    found = []
    for lot in (2, 100):
        monkeypatch.setattr(lookout, "LOT", lot)
        await catch_up(firm)
        found.append({(pair.a_id, pair.b_id, str(pair.reasons)) for pair in await pairs(firm)})
        await firm.do(forget_everything)
    assert found[0]
    assert found[0] == found[1]


async def test_after_a_merge_was_taken_back_both_are_looked_at_again(firm: Klarruta) -> None:
    await known(firm, "Karin Ekdahl")
    await known(firm, "Karin Ekdahl")
    await catch_up(firm)
    sofia = await firm.who("Sofia")
    merge = await firm.do(merging.merge, sofia, 2, 1)
    await catch_up(firm)
    await firm.do(partings.part, sofia, merge.id)
    await catch_up(firm)
    assert [(pair.a_id, pair.b_id) for pair in await pairs(firm)] == [(1, 2)]


async def known(firm: Klarruta, name: str, *handles: tuple[str, str]) -> int:
    """Make a contact."""
    return await firm.do(contacts.add_contact, name, handles)


async def catch_up(firm: Klarruta) -> int:
    """Look at whoever changed, as the hub's loop does, and count them."""
    looked = 0
    while (found := await firm.db.read(lookout.look)) is not None:
        await firm.db.write(lookout.keep, found)
        looked += len(found.looked)
    return looked


def forget_everything(session: Session) -> None:
    """Have a store in which nobody was looked at yet."""
    for table in (Pair, LikenessKey, lookout.Look):
        session.execute(delete(table))


async def change(firm: Klarruta, contact_id: int, clock: Clock) -> None:
    """Have a card be changed now, and looked at."""
    clock.advance(minutes=1)

    def touch(session: Session) -> None:
        session.get_one(Contact, contact_id).changed_at = now()

    await firm.do(touch)
    await catch_up(firm)


async def pairs(firm: Klarruta) -> list[Pair]:
    """Give all pairs."""
    return await firm.db.read(lambda session: list(session.scalars(select(Pair).order_by(Pair.id))))
