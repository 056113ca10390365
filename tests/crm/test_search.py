"""Search finds people, companies, tasks and what was written, by what of it is known, and nothing not meant for you."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import search_feed, search_index, tags
from crm.contacts import MAIL, PHONE, Contact, add_contact, add_handles, organisation
from crm.conversations import add_note
from crm.fields import CustomField
from crm.search import Question, find, people_beginning, people_matching
from crm.search_index import CONTACT, INTERACTION, ORGANISATION, TASK
from crm.tasks import Task, add_task, complete
from hub.app import indexing
from hub.clock import now
from hub.db import Database
from hub.said import said
from hub.users import Viewer, find_department
from tests.crm.klarruta import Klarruta

KARIN = "Karin Ekdahl"
FEDOR = "Фёдор Ёлкин"


async def indexed(db: Database) -> None:
    """Have the index know everything."""
    follower = indexing(db)
    await db.write(search_feed.install)
    while await follower.step():
        pass


async def found(firm: Klarruta, who: str, text: str, kind: str = CONTACT) -> list[str]:
    """Give the names of what somebody finds."""
    viewer = await firm.who(who)

    def names(session: Session) -> list[str]:
        ids = find(session, viewer, Question(text=text))[kind].ids
        return [_name(session, kind, each) for each in ids]

    await indexed(firm.db)
    return await firm.db.read(names)


def _name(session: Session, kind: str, number: int) -> str:
    record = session.get_one(search_feed.SOURCES[kind], number)
    return str(
        getattr(record, "name", None) or getattr(record, "title", None) or getattr(record, "summary", "")
    )


@pytest.fixture
async def firm(firm: Klarruta) -> Klarruta:
    """Give the company with people to find."""

    def people(session: Session) -> None:
        sales, service = (find_department(session, name).id for name in ("Sales", "Service"))
        ekbacken = organisation(session, "Brf Ekbacken").id
        handles = [(PHONE, "+46701740612"), (MAIL, "karin@ekdahl.example")]
        karin = add_contact(session, KARIN, handles, organisation_id=ekbacken, department_id=sales,
                            fields={"roof": {"kind": "text", "value": "Tegelröd", "unit": ""}})  # fmt: skip
        add_contact(session, FEDOR, [(PHONE, "+79213334455")], department_id=sales)
        add_contact(session, "Åke Sjölund", department_id=service)
        add_note(session, karin, None, "Vill ha fönster mot gården, två glas", counts_as_contact=False)

    await firm.db.write(people)
    return firm


async def test_a_person_is_found_by_whatever_is_known(firm: Klarruta) -> None:
    known = ["Karin", "ekd", "KARIN ekdahl", "kar ekd", "ekdahl karin", "070-174 06 12", "+46 70 174 06 12",
             "0046701740612", "0612", "740612", "070", "karin@ekdahl.example", "karin@ek", "ekbacken", "tegelrod",
             "tegelröd"]  # fmt: skip
    assert {text: await found(firm, "Elin", text) for text in known} == {text: [KARIN] for text in known}


async def test_letters_and_numbers_are_read_as_people_write_them(firm: Klarruta) -> None:
    written = ["федор", "ёлкин", "ЕЛКИН", "8-921-333-44-55", "89213334455", "+7 921 333"]
    assert {text: await found(firm, "Elin", text) for text in written} == {text: [FEDOR] for text in written}


async def test_a_slip_of_the_pen_is_forgiven(firm: Klarruta) -> None:
    assert await found(firm, "Elin", "Carin Ekdal") == []
    viewer = await firm.who("Elin")
    near = await firm.db.read(
        lambda session: find(session, viewer, Question(text="Carin Ekdal"))[CONTACT].near
    )
    assert len(near) == 1


async def test_words_of_notes_and_companies_are_found(firm: Klarruta) -> None:
    assert await found(firm, "Elin", "fonster glas", INTERACTION) == ["Vill ha fönster mot gården, två glas"]
    assert await found(firm, "Elin", "brf ekb", ORGANISATION) == ["Brf Ekbacken"]


async def test_a_sentence_of_the_machine_is_found_as_it_is_told(firm: Klarruta) -> None:
    title = said("Answer %(name)s", name="Märta")
    task_id = await firm.db.write(
        add_task, title=title, kind="form", why="", why_me="", contact_id=None, interaction_id=None,
        department_id=1, assignee_id=None, created_at=now(),
    )  # fmt: skip
    assert await found(firm, "Elin", "answer marta", TASK) == ["Answer Märta"]
    assert await found(firm, "Elin", "%(name)s", TASK) == []
    viewer = await firm.who("Elin")

    def open_ones(session: Session, *, done: bool) -> list[int]:
        return list(find(session, viewer, Question(text="märta", done=done))[TASK].ids)

    assert await firm.db.read(open_ones, done=False) == [task_id]
    await firm.db.write(lambda session: complete(session, session.get_one(Task, task_id), None))
    assert await firm.db.read(open_ones, done=False) == []


async def test_tags_are_found_and_fields_that_not_everybody_may_see_are_not(firm: Klarruta) -> None:
    def mark(session: Session) -> int:
        karin = session.scalars(select(Contact.id).where(Contact.name == KARIN)).one()
        session.add(CustomField(name="roof", label="Roof", kind="text", choices=[], aliases=[], position=1))
        return tags.add(session, [karin], "Stamkund").id

    tag_id = await firm.db.write(mark)
    assert await found(firm, "Elin", "stamk tegel") == [KARIN]

    def close(session: Session) -> None:
        session.scalars(select(CustomField)).one().see = ["manager"]
        session.get_one(tags.Tag, tag_id).retired_at = now()

    await firm.db.write(close)
    assert await found(firm, "Elin", "stamkund") == []
    assert await found(firm, "Maria", "tegelröd") == []


async def test_nobody_finds_what_he_may_not_see(firm: Klarruta) -> None:
    assert await found(firm, "Nils", "karin") == []
    assert await found(firm, "Nils", "fönster", INTERACTION) == []
    assert await found(firm, "Nils", "ekbacken", ORGANISATION) == []
    assert await found(firm, "Nils", "ake") == ["Åke Sjölund"]
    assert await found(firm, "Maria", "karin") == [KARIN]


async def test_what_changes_is_found_anew_and_what_was_merged_no_more(firm: Klarruta) -> None:
    assert await found(firm, "Elin", "karin") == [KARIN]

    def change(session: Session) -> None:
        karin = session.scalars(select(Contact).where(Contact.name == KARIN)).one()
        karin.name = "Katarina Ek"
        add_handles(session, karin.id, [(MAIL, "kata@post.example")])

    await firm.db.write(change)
    assert await found(firm, "Elin", "karin") == ["Katarina Ek"]  # by her address
    assert await found(firm, "Elin", "kata@post") == ["Katarina Ek"]

    def merge(session: Session) -> None:
        both = session.scalars(select(Contact).order_by(Contact.id).limit(2)).all()
        both[0].merged_into_id = both[1].id

    await firm.db.write(merge)
    assert await found(firm, "Elin", "katarina") == []


async def test_a_killed_indexer_catches_up(firm: Klarruta) -> None:
    await indexed(firm.db)
    await firm.db.write(add_contact, "Bo Lind", department_id=1)
    lot = await firm.db.read(search_feed.gather)  # read, and killed before it was written
    assert lot is not None
    await firm.db.write(add_contact, "Bo Lindgren", department_id=1)
    assert sorted(await found(firm, "Elin", "bo lin")) == ["Bo Lind", "Bo Lindgren"]
    await firm.db.write(search_feed.index, lot)  # somebody else was faster: nothing is done twice
    assert await firm.db.read(search_feed.waiting, 10) == 0


async def test_triggers_that_a_migration_lost_are_made_again(firm: Klarruta) -> None:
    await indexed(firm.db)

    def lose(session: Session) -> None:
        everything = search_feed.search_triggers._standing(session)
        for name, table in everything.items():
            of_table = "" if search_index.is_sqlite(session) else f" ON {table}"
            session.connection().exec_driver_sql(f"DROP TRIGGER {name}{of_table}")

    await firm.db.write(lose)
    await firm.db.write(add_contact, "Lena Falk", department_id=1)
    assert await found(firm, "Elin", "lena") == ["Lena Falk"]


async def test_whoever_comes_while_a_large_store_is_noted_is_found_before_the_end_of_it(
    firm: Klarruta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_feed, "SLICE", 2)
    for number in range(6):
        await firm.do(add_contact, f"Lena Falk {number}", department_id=1)
    await indexed(firm.db)
    await firm.db.write(search_feed.rebuild)
    follower = indexing(firm.db)
    await follower.step()  # the first two of each kind are noted, and that there are more
    await firm.do(add_contact, "Bo Lind", department_id=1)
    await follower.step()
    elin = await firm.who("Elin")

    def people(session: Session, text: str) -> int:
        return len(find(session, elin, Question(text=text))[CONTACT].ids)

    assert await firm.db.read(people, "bo lind") == 1
    assert await firm.db.read(people, "lena") < 6
    await indexed(firm.db)
    assert await firm.db.read(people, "lena") == 6


async def test_while_the_index_is_made_anew_lists_still_know_everybody(firm: Klarruta) -> None:
    await indexed(firm.db)
    await firm.db.write(search_feed.rebuild)
    elin, nils = await firm.who("Elin"), await firm.who("Nils")

    def listed(session: Session, who: Viewer, text: str = "karin") -> list[str]:
        ids = people_matching(session, who, text)
        return list(session.scalars(select(Contact.name).where(Contact.id.in_(ids))))

    assert await firm.db.read(lambda session: find(session, elin, Question(text="karin"))[CONTACT].ids) == ()
    assert await firm.db.read(listed, elin) == [KARIN]
    assert await found(firm, "Elin", "karin") == [KARIN]
    assert await firm.db.read(listed, elin) == [KARIN]
    assert await firm.db.read(listed, nils) == []
    assert await firm.db.read(listed, elin, "…") == []


@pytest.mark.parametrize("anew", [False, True])
async def test_people_are_found_by_how_any_of_their_words_begins(firm: Klarruta, *, anew: bool) -> None:
    await indexed(firm.db)
    if anew:
        await firm.db.write(search_feed.rebuild)
    elin, nils, maria = [await firm.who(name) for name in ("Elin", "Nils", "Maria")]

    def begun(session: Session, who: Viewer, *beginnings: str) -> list[str | None]:
        found = people_beginning(session, who, beginnings, 50)
        return [session.get_one(Contact, each).name for each in found]

    assert await firm.db.read(begun, elin, "kar", "zzz") == [KARIN]
    assert await firm.db.read(begun, maria, "Kar") == [KARIN]
    assert await firm.db.read(begun, nils, "kar") == []
    assert await firm.db.read(begun, elin, "…") == []


ODD = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="\"'*:()^-+|&!<>\\{}[]~ aåё0\0\ud800%_", max_size=40),
    st.sampled_from(
        ["NEAR(a b)", "a AND", "OR", "col:x", "'; DROP TABLE contacts; --", "a" * 500, "1 2 " * 99]
    ),
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(ODD, min_size=5, max_size=5))
async def test_no_text_is_obeyed_and_none_raises(firm: Klarruta, texts: list[str]) -> None:
    maria = await firm.who("Maria")

    def ask(session: Session) -> None:
        for text in texts:
            find(session, maria, Question(text=text))
            session.scalars(people_matching(session, maria, text)).all()
            people_beginning(session, maria, [text], 50)

    await firm.db.read(ask)
