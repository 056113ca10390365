"""Segments: each condition means whom it says, and turned round everybody else, on both stores."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import segment_changes, segment_rules, tags
from crm.campaigns import Campaign
from crm.contacts import Contact, Organisation
from crm.desk import Refusal
from crm.fields import CustomField
from crm.segment_words import words
from crm.segments import Segment
from hub.audit import history
from hub.languages import Listener, speaking_to
from hub.users import Viewer
from tests.crm.klarruta import Klarruta
from tests.crm.mailroom import AUTUMN, KARIN, NEWS, PEOPLE, SPRING, Rule, asks, fill, meant, rule
from tests.plans import plan

MARIA = Viewer(None, "manager", None, "Maria Berg")


@pytest.fixture
async def post(firm: Klarruta) -> Klarruta:
    """Give the company with those who may be meant."""
    await firm.do(fill)
    return firm


CASES = [
    (asks("field", field="windows"), "Karin Lars"),
    (asks("field", field="windows", least="10"), "Karin"),
    (asks("field", field="windows", most="11"), ""),
    (asks("field", field="budget", least="50000", most="100000"), "Karin"),
    (asks("field", field="house", value="villa"), "Karin"),
    (asks("field", field="moves_in", least="2026-04-30", most="2026-05-02"), "Karin"),
    (asks("field", field="owner", value="no"), "Lars"),
    (asks("field", field="remark", value="OAK"), "Karin"),
    (asks("tag", tag=1), "Karin Anna"),
    (asks("department", department=1), "Karin Lars"),
    (asks("department", department=0), "Per"),
    (asks("responsible", user=1), "Karin"),
    (asks("responsible", user=0), "Lars Anna Per"),
    (asks("organisation"), "Karin"),
    (asks("organisation", organisation=1), "Karin"),
    (asks("reached", by="mail"), "Karin Lars Anna"),
    (asks("reached", by="phone"), "Karin Per"),
    (asks("moment", of="made", before=300), "Lars"),
    (asks("moment", of="last", within=30), "Karin Lars"),
    (asks("moment", of="last"), "Karin Lars Anna"),
    (asks("interactions"), "Karin Lars Anna"),
    (asks("interactions", kind="call", within=30), "Karin"),
    (asks("interactions", kind="call", direction="out"), "Karin"),
    (asks("interactions", kind="call", least=2), "Karin"),
    (asks("interactions", kind="call", least=1, most=2), "Anna"),
    (asks("interactions", least=0, most=0), "Per"),
    (asks("interactions", channel=0, since="2020-01-01", until="2200-12-31"), "Karin Lars Anna"),
    (asks("deals"), "Karin Lars"),
    (asks("deals", state="open"), "Karin"),
    (asks("deals", state="won", within=380, before=350), "Karin"),
    (asks("deals", state="won", within=300), ""),
    (asks("deals", state="lost", worth_least=200_000, currency="SEK"), "Lars"),
    (asks("deals", worth_most=100, currency="SEK"), "Karin"),
    (asks("deals", product=1, stage=2, pipeline=1), "Karin"),
    (asks("deals", product=1, stage=1), ""),
    (asks("deals", least=2), "Karin"),
    (asks("consent", list=NEWS, state="given"), "Karin"),
    (asks("consent", list=NEWS, state="withdrawn"), "Lars"),
    (asks("consent", list=NEWS, state="asked"), "Anna"),
    (asks("consent", list=2, state="given"), ""),
    (asks("suppressed"), "Anna"),
    (asks("suppressed", list=NEWS), "Lars Anna"),
    (asks("suppressed", list=2), "Anna"),
    (asks("campaign", campaign=SPRING), "Karin Lars"),
    (asks("campaign", campaign=SPRING, fate="not-opened"), "Lars"),
    (asks("campaign", campaign=SPRING, fate="clicked"), "Karin"),
    (asks("campaign", fate="not-answered", within=60), "Karin"),
    (asks("campaign", campaign=SPRING, within=10), ""),
    (asks("campaign", campaign=SPRING, fate="bought"), ""),
    (asks("campaign", campaign=SPRING, fate="not-bought"), "Karin Lars"),
    (rule(asks("tag", tag=1), asks("reached", by="phone")), "Karin"),
    (rule(asks("deals"), asks("department", department=0), of="any"), "Karin Lars Per"),
    (rule(asks("deals"), asks("department", department=0), of="none"), "Anna"),
]


@pytest.mark.parametrize(("wanted", "who"), CASES, ids=str)
async def test_a_condition_means_whom_it_says_and_turned_round_all_others(
    post: Klarruta, wanted: Rule, who: str
) -> None:
    found = await meant(post.db, rule(wanted))
    assert " ".join(found) == who
    others = await meant(post.db, rule(wanted, of="none"))
    assert others == [name for name in PEOPLE if name not in found]
    twice = await meant(post.db, rule(rule(wanted, of="none"), of="none"))
    assert twice == found


async def test_a_rule_without_conditions_is_everybody_but_merged_cards(post: Klarruta) -> None:
    assert await meant(post.db, rule()) == list(PEOPLE)
    assert await meant(post.db, rule(of="any")) == list(PEOPLE)


async def test_what_was_joined_is_asked_for_by_what_it_became(post: Klarruta) -> None:
    def join(session: Session) -> None:
        builder = tags.make(session, "Builder")
        tags.join(session, session.get_one(tags.Tag, 1), builder)
        tags.add(session, [4], "Builder")
        other = Organisation(name="Glas AB")
        session.add(other)
        session.flush()
        session.get_one(Organisation, 1).merged_into_id = other.id
        session.get_one(Contact, KARIN).organisation_id = other.id

    await post.do(join)
    assert await meant(post.db, rule(asks("tag", tag=1))) == ["Karin", "Anna", "Per"]
    assert await meant(post.db, rule(asks("organisation", organisation=1))) == ["Karin"]


async def test_who_sees_less_is_given_less(post: Klarruta) -> None:
    nils, elin = await post.who("Nils"), await post.who("Elin")
    assert await meant(post.db, rule(), nils) == ["Anna"]
    assert await meant(post.db, rule(), elin) == ["Karin", "Lars"]
    assert await meant(post.db, rule(asks("deals")), nils) == []


HOSTILE = [
    (None, "cannot be read"),
    ({}, "cannot be read"),
    ({"of": "all", "rules": "all"}, "cannot be read"),
    ({"what": "tag", "tag": 1}, "cannot be read"),
    (rule(asks("tags", tag=1)), "cannot be read"),
    (rule(asks("tag", tag="1 OR 1=1")), "cannot be read"),
    (rule(asks("tag", tag=2**70)), "cannot be read"),
    (rule(asks("tag", tag=1, more=1)), "cannot be read"),
    (rule(asks("field", field="a\0b")), "cannot be read"),
    (rule(asks("field", field="windows", value="x" * 201)), "cannot be read"),
    (rule(asks("interactions", within=10**9)), "cannot be read"),
    (rule(asks("interactions", since="0001-01-01")), "A day lies"),
    (rule(asks("interactions", until="9999-12-31")), "A day lies"),
    (rule(*[asks("reached", by="mail")] * 50), "at most 50"),
    (rule(rule()), "needs a condition"),
]


@pytest.mark.parametrize(("wanted", "why"), HOSTILE, ids=lambda each: str(each)[:60])
def test_a_rule_that_makes_no_sense_is_refused_in_words(wanted: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        segment_rules.parse(wanted)


@pytest.mark.parametrize("depth", [5, 200, 20_000])
def test_groups_in_groups_end_somewhere(depth: int) -> None:
    deep: Rule = asks("reached", by="mail")
    for _ in range(depth):
        deep = rule(deep)
    with pytest.raises(ValueError, match="deep"):
        segment_rules.parse(deep)


UNKNOWN = [
    (asks("field", field='windows")) OR 1=1 --'), "no field"),
    (asks("field", field="windows", value="many"), "many"),
    (asks("field", field="windows", least="1..2"), "1..2"),
    (asks("field", field="remark", least="1"), "no least"),
    (asks("tag", tag=99), "tag"),
    (asks("department", department=99), "department"),
    (asks("responsible", user=99), "nobody"),
    (asks("organisation", organisation=99), "company"),
    (asks("deals", stage=99), "stage"),
    (asks("deals", worth_least=1), "currency"),
    (asks("consent", list=99, state="given"), "list"),
    (asks("campaign", campaign=99), "campaign"),
    (asks("campaign", campaign=AUTUMN, fate="not-opened"), "does not count"),
]


@pytest.mark.parametrize(("wanted", "why"), UNKNOWN, ids=str)
async def test_what_is_not_there_is_refused_rather_than_nobodys(
    post: Klarruta, wanted: Rule, why: str
) -> None:
    for of in ("all", "none"):
        with pytest.raises(Refusal, match=why):
            await post.db.read(segment_rules.count, None, rule(wanted, of=of))
    with pytest.raises(Refusal, match=why):
        await post.do(segment_changes.make, MARIA, "Odd", rule(wanted))


async def test_text_that_looks_like_sql_is_text(post: Klarruta) -> None:
    wanted = rule(asks("field", field="remark", value="%' OR '1'='1"))
    assert await meant(post.db, wanted) == []


async def test_a_field_that_somebody_may_not_see_is_neither_asked_nor_told(post: Klarruta) -> None:
    def hide(session: Session) -> None:
        session.scalars(select(CustomField).where(CustomField.name == "budget")).one().see = ["admin"]

    await post.do(hide)
    wanted = rule(asks("field", field="budget", least="50000"))
    with pytest.raises(Refusal, match="may not see"):
        await post.db.read(segment_rules.count, MARIA, wanted)
    assert await meant(post.db, wanted) == ["Karin"]
    told = await post.db.read(words, MARIA, segment_rules.parse(wanted))
    assert "50000" not in told
    assert "Budget" not in told


async def test_a_rule_is_said_in_the_readers_language(post: Klarruta) -> None:
    wanted = segment_rules.parse(rule(
        asks("deals", state="won", worth_least=1_000_000, currency="SEK", before=350, within=380),
        rule(asks("tag", tag=1), asks("interactions", kind="call", direction="in", least=2, within=90), of="any"),
        rule(asks("campaign", campaign=SPRING, fate="got"), of="none"),
    ))  # fmt: skip
    english = await post.db.read(words, None, wanted)
    assert english == (
        "Won deals worth at least SEK\N{NO-BREAK SPACE}10,000.00 350 to 380 days ago, and (tagged “Architect”, or "
        "calls from the contact: at least 2 in the last 90 days), and none of: got “Spring”"
    )
    with speaking_to(Listener("sv")):
        swedish = await post.db.read(words, None, wanted)
    assert "Architect" in swedish
    assert "Vunna affärer" in swedish


async def test_it_is_kept_changed_retired_and_its_history_says_so(post: Klarruta) -> None:
    made = await post.do(segment_changes.make, MARIA, "  Architects ", rule(asks("tag", tag=1)))
    assert (made.name, made.rule["of"]) == ("Architects", "all")

    def change(session: Session) -> list[str]:
        segment = session.get_one(Segment, made.id)
        segment_changes.change(session, MARIA, segment, "Architects", rule(asks("reached", by="mail")))
        segment_changes.change(session, MARIA, segment, "Architects", rule(asks("reached", by="mail")))
        segment_changes.retire(session, MARIA, segment, retired=True)
        session.flush()
        return [entry.verb for entry in history(session, "segment", made.id)]

    assert await post.do(change) == ["removed", "changed", "made"]
    assert await post.db.read(segment_changes.segments) == []
    with pytest.raises(Refusal, match="Another segment"):
        await post.do(segment_changes.make, MARIA, "Architects", rule())
    for name in ("", "x" * 81, "a\nb\x07"):
        with pytest.raises(Refusal, match="1 to 80"):
            await post.do(segment_changes.make, MARIA, name, rule())


async def test_it_says_which_campaigns_use_it(post: Klarruta) -> None:
    made = await post.do(segment_changes.make, MARIA, "Architects", rule(asks("tag", tag=1)))

    def use(session: Session) -> list[str]:
        spring, autumn = (session.get_one(Campaign, each) for each in (SPRING, AUTUMN))
        spring.segments, autumn.without = [made.id, 77], [made.id]
        session.flush()
        return [each.name for each in segment_changes.used_by(session, [made.id])[made.id]]

    assert await post.do(use) == ["Autumn", "Spring"]


FOUND_BY = [
    (asks("tag", tag=1), "contact_tags"),
    (asks("consent", list=NEWS, state="given"), "consents"),
    (asks("suppressed", list=NEWS), "suppressions"),
    (asks("campaign", campaign=SPRING), "deliveries"),
]


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("wanted", "table"), FOUND_BY, ids=str)
async def test_what_stands_beside_the_card_is_found_by_an_index(
    post: Klarruta, wanted: Rule, table: str
) -> None:
    found = await post.db.read(plan, segment_rules.count, None, rule(wanted))
    steps = [line for line in found.splitlines() if table in line and "SETUP" not in line.upper()]
    assert steps
    assert all("USING" in line and "INDEX" in line for line in steps), found
