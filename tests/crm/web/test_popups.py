"""The card is there before hello: on the screens of those whose telephones ring, and gone from them when it is over."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

import pytest
from aiohttp.test_utils import TestClient
from msgspec import structs
from sqlalchemy.orm import Session

from crm import call_guides, call_results, callers, contacts, conversations, merging, search_feed, sla
from crm.contacts import PHONE
from crm.setup import setup
from hub.clock import Clock, now
from hub.events import Talk
from hub.users import Viewer
from tests.crm.klarruta import Klarruta
from tests.crm.switchboard import KARIN, Switchboard
from tests.crm.test_intake_races import at_once
from tests.crm.web.console import Consoles


@pytest.fixture
async def consoles(firm: Klarruta, client: TestClient) -> Consoles:
    """Give everybody a console of one hub."""
    return Consoles(firm, client)


@pytest.fixture
async def pbx(firm: Klarruta, consoles: Consoles) -> Switchboard:
    """Give the company's PBX."""
    del consoles
    made = Switchboard(firm)
    await made.open()
    return made


RUSSIAN, TWIN = "+79215550102", "+89215550102"  # two spellings of one number


def index(session: Session) -> None:
    """Index what was written, as the hub does behind the traffic."""
    while lot := search_feed.gather(session):
        search_feed.index(session, lot)


async def words(consoles: Consoles, name: str) -> str:
    """Give what rings for somebody."""
    return (await consoles.part(name, "/popups")).words


async def test_all_whose_telephones_ring_see_who_calls_and_others_do_not(
    pbx: Switchboard, consoles: Consoles
) -> None:
    await pbx.tells(pbx.rings())
    for name in ("Elin", "Johan"):
        shown = await words(consoles, name)
        assert "Calls you" in shown
        assert "070-174 06 12" in shown
        assert "Nobody we know" in shown
        assert "queue sales" in shown
    assert await words(consoles, "Sofia") == ""


async def test_it_goes_from_the_others_when_one_answers_and_from_all_at_the_end(
    pbx: Switchboard, consoles: Consoles
) -> None:
    call = pbx.rings()
    await pbx.tells(call)
    call = pbx.answered(call, "101")
    await pbx.tells(call)
    assert "In talk" in await words(consoles, "Elin")
    assert await words(consoles, "Johan") == ""
    await pbx.tells(pbx.ended(call, seconds=30))
    assert await words(consoles, "Elin") == ""


async def test_a_known_caller_is_shown_with_what_is_open_and_what_happened(
    pbx: Switchboard, consoles: Consoles
) -> None:
    await pbx.misses(name="Karin Ekdahl")
    await pbx.tells(pbx.rings())
    shown = await consoles.part("Elin", "/popups")
    assert "Karin Ekdahl" in shown.words
    assert "Call back Karin Ekdahl" in shown.words
    assert "Call: missed" in shown.words
    assert 'href="/contacts/1"' in shown.html


async def test_who_may_not_open_the_card_sees_the_name_alone(pbx: Switchboard, consoles: Consoles) -> None:
    nils = (await consoles.firm.who("Nils")).user_id
    await pbx.firm.do(contacts.add_contact, "Karin Ekdahl", [(PHONE, KARIN)], responsible_id=nils)
    await pbx.tells(pbx.rings())
    shown = await consoles.part("Elin", "/popups")
    assert "Karin Ekdahl" in shown.words
    assert "Responsible: Nils Åkerman" in shown.words
    assert "/contacts/1" not in shown.html


async def test_a_name_with_markup_is_a_name(pbx: Switchboard, consoles: Consoles) -> None:
    await pbx.misses(name="<script>alert(1)</script>")
    await pbx.tells(pbx.rings())
    assert "<script>alert" not in (await consoles.part("Elin", "/popups")).html


async def test_who_has_no_telephone_is_shown_none(pbx: Switchboard, consoles: Consoles) -> None:
    await pbx.tells(pbx.rings(KARIN, ""))
    assert await words(consoles, "Maria") == ""


async def test_it_says_the_country_and_what_time_it_is_there(pbx: Switchboard, consoles: Consoles) -> None:
    await pbx.tells(pbx.rings("+12125550123"))
    shown = await words(consoles, "Elin")
    assert re.search(r"United States · \d\d:\d\d there", shown)
    await pbx.tells(pbx.rings(KARIN))
    assert "Sweden" in await words(consoles, "Johan")


async def test_what_is_open_stands_with_its_clock_before_what_happened(
    pbx: Switchboard, consoles: Consoles
) -> None:
    await pbx.misses(name="Karin Ekdahl")
    (task,) = await pbx.tasks()
    await pbx.db.write(lambda session: sla.promise(session, setup(session), task.id, "form", 1, now()))
    await pbx.tells(pbx.rings())
    html = (await consoles.part("Elin", "/popups")).html
    assert html.index("Call back Karin Ekdahl") < html.index("Call: missed")
    assert 'class="clock"' in html[: html.index("Call back Karin Ekdahl")]


async def test_it_says_whether_who_is_responsible_is_free(pbx: Switchboard, consoles: Consoles) -> None:
    johan = (await consoles.firm.who("Johan")).user_id
    await pbx.firm.do(contacts.add_contact, "Karin Ekdahl", [(PHONE, KARIN)], responsible_id=johan)
    call = pbx.rings(KARIN, "101")
    await pbx.tells(call)
    assert "Responsible: Johan Lindh free" in await words(consoles, "Elin")
    await pbx.tells(pbx.answered(pbx.rings("+46701740613", "102"), "102"))
    assert "Responsible: Johan Lindh in a call" in await words(consoles, "Elin")


async def test_a_screen_reader_is_told_by_words_and_not_by_each_refresh(
    pbx: Switchboard, consoles: Consoles
) -> None:
    await pbx.tells(pbx.rings())
    html = (await consoles.part("Elin", "/popups")).html
    assert 'data-says="Calls you. 070-174 06 12. Your telephone 101, queue sales"' in html
    assert "role=" not in html.split("<article")[0]
    assert "aria-live" not in html


class TestWhoIsIt:
    """Several have the number, or nobody."""

    @pytest.fixture
    async def two(self, pbx: Switchboard) -> tuple[int, int]:
        """Give two people with spellings of one number."""
        place = (await pbx.firm.who("Elin")).department_id
        first = await pbx.firm.do(
            contacts.add_contact, "Karin Ekdahl", [(PHONE, RUSSIAN)], department_id=place
        )
        second = await pbx.firm.do(
            contacts.add_contact, "Mats Forsling", [(PHONE, TWIN)], department_id=place
        )
        return first, second

    async def test_one_press_says_which_of_several_it_is_and_nothing_else_is_remembered(
        self, pbx: Switchboard, consoles: Consoles, two: tuple[int, int]
    ) -> None:
        call = pbx.rings(RUSSIAN)
        await pbx.tells(call)
        shown = await consoles.part("Elin", "/popups")
        assert "Several have this number" in shown.words
        assert f'value="{two[1]}" data-digit="2"' in shown.html
        answer = await consoles.press("Elin", "/popups/1/contact", contact=str(two[1]))
        assert "It is Mats Forsling" in answer.words
        assert 'href="/contacts/2"' in (await consoles.part("Johan", "/popups")).html
        await pbx.tells(pbx.ended(pbx.answered(call), seconds=9))
        assert [each.contact_id for each in await pbx.calls()] == [two[1]]
        await pbx.tells(pbx.rings(RUSSIAN))
        assert "Several have this number" in await words(consoles, "Elin")

    async def test_a_wrong_press_is_taken_back(
        self, pbx: Switchboard, consoles: Consoles, two: tuple[int, int]
    ) -> None:
        await pbx.tells(pbx.rings(RUSSIAN))
        await consoles.press("Elin", "/popups/1/contact", contact=str(two[0]))
        assert (await consoles.press("Elin", "/popups/1/contact", "DELETE")).status == 200
        assert "Several have this number" in await words(consoles, "Elin")

    async def test_of_two_who_say_it_at_once_the_second_hears_who_it_is(
        self, pbx: Switchboard, consoles: Consoles, two: tuple[int, int]
    ) -> None:
        await pbx.tells(pbx.rings(RUSSIAN))
        answers = await asyncio.gather(
            consoles.press("Elin", "/popups/1/contact", contact=str(two[0])),
            consoles.press("Johan", "/popups/1/contact", contact=str(two[1])),
        )
        assert sorted(answer.status for answer in answers) == [200, 409]
        assert "It is known already who this is" in " ".join(answer.words for answer in answers)

    async def test_only_those_who_have_the_number_can_be_chosen(
        self, pbx: Switchboard, consoles: Consoles, two: tuple[int, int]
    ) -> None:
        del two
        other = await pbx.firm.do(contacts.add_contact, "Somebody Else")
        await pbx.tells(pbx.rings(RUSSIAN))
        assert (await consoles.press("Elin", "/popups/1/contact", contact=str(other))).status == 409
        assert (await consoles.press("Elin", "/popups/1/contact", contact="9" * 30)).status == 409

    async def test_one_press_makes_the_card_of_somebody_new_and_the_call_belongs_to_it(
        self, pbx: Switchboard, consoles: Consoles
    ) -> None:
        call = pbx.rings(name="Karin Ekdahl")
        await pbx.tells(call)
        assert 'value="Karin Ekdahl"' in (await consoles.part("Elin", "/popups")).html
        answer = await consoles.press("Elin", "/popups/1/card", name="Karin  Ekdahl")
        assert "The call is on the card of Karin Ekdahl" in answer.words
        await pbx.tells(pbx.ended(pbx.answered(call), seconds=9))
        (card,) = await pbx.cards()
        assert card.name == "Karin Ekdahl"
        assert [each.contact_id for each in await pbx.calls()] == [card.id]

    async def test_two_who_press_at_once_make_one_card(self, pbx: Switchboard, consoles: Consoles) -> None:
        await pbx.tells(pbx.rings())
        answers = await asyncio.gather(
            *[
                consoles.press(name, "/popups/1/card", name=f"Karin, says {name}")
                for name in ("Elin", "Johan")
            ]
        )
        assert [answer.status for answer in answers] == [200, 200]
        (card,) = await pbx.cards()
        assert all(f"The call is on the card of {card.name}" in answer.words for answer in answers)

    async def test_two_deeds_that_meet_between_looking_and_writing_make_one_card(
        self, pbx: Switchboard, consoles: Consoles
    ) -> None:
        await pbx.tells(pbx.rings())
        viewers = [await consoles.firm.who(name) for name in ("Elin", "Johan")]

        def making(viewer: Viewer) -> Callable[[Session], object]:
            def make(session: Session) -> int:
                call = callers.call_of(session, viewer, 1)
                assert call is not None
                return callers.make_card(session, viewer, call, "Karin").id

            return make

        await at_once(pbx.db, *[making(viewer) for viewer in viewers])
        assert len(await pbx.cards()) == 1

    async def test_two_calls_from_one_new_number_make_one_card(
        self, pbx: Switchboard, consoles: Consoles
    ) -> None:
        await pbx.tells(pbx.rings(KARIN, "101"))
        await pbx.tells(pbx.rings(KARIN, "102"))
        await asyncio.gather(
            consoles.press("Elin", "/popups/1/card", name="Karin"),
            consoles.press("Johan", "/popups/2/card", name="Karin Ekdahl"),
        )
        (card,) = await pbx.cards()
        assert [each.contact_id for each in await pbx.calls()] == [card.id, card.id]

    async def test_a_withheld_number_gets_a_card_by_name_alone(
        self, pbx: Switchboard, consoles: Consoles
    ) -> None:
        await pbx.tells(pbx.rings(None, withheld=True))
        assert (await consoles.press("Elin", "/popups/1/card", name=" ")).status == 409
        assert (await consoles.press("Elin", "/popups/1/card", name="Karin")).status == 200

    async def test_a_letter_in_which_the_number_stands_suggests_the_name(
        self, pbx: Switchboard, consoles: Consoles
    ) -> None:
        place = (await pbx.firm.who("Elin")).department_id
        anna = await pbx.firm.do(contacts.add_contact, "Anna Berg", department_id=place)
        letter = "We need new windows.\n\nKind regards\nPer-Olof von Sydow\nChair\n070-174 06 12\n"
        await pbx.firm.do(conversations.add_note, anna, None, letter, counts_as_contact=False)
        await pbx.db.write(index)
        await pbx.tells(pbx.rings())
        shown = await consoles.part("Elin", "/popups")
        assert 'value="Per-Olof von Sydow"' in shown.html
        assert "The number stands so in what Anna Berg wrote" in shown.words

    async def test_a_card_that_was_merged_meanwhile_leads_on(
        self, pbx: Switchboard, consoles: Consoles
    ) -> None:
        await pbx.tells(pbx.rings(name="Karin"))
        await consoles.press("Elin", "/popups/1/card", name="Karin")
        elin = await consoles.firm.who("Elin")
        whole = await pbx.firm.do(contacts.add_contact, "Karin Ekdahl", department_id=elin.department_id)
        await pbx.firm.do(merging.merge, elin, 1, whole)
        shown = await consoles.part("Elin", "/popups")
        assert "Karin Ekdahl" in shown.words
        assert f'href="/contacts/{whole}"' in shown.html

    async def test_who_has_nothing_to_do_with_a_call_does_nothing_to_it(
        self, pbx: Switchboard, consoles: Consoles
    ) -> None:
        await pbx.tells(pbx.rings())
        for deed in ("contact", "card", "note", "task", "result", "away"):
            assert (await consoles.press("Maria", f"/popups/1/{deed}", name="Karin")).status == 404


class TestTheNote:
    """Written while one talks."""

    async def test_it_stands_on_the_card_and_in_every_window(
        self, pbx: Switchboard, consoles: Consoles
    ) -> None:
        call = pbx.answered(pbx.rings(name="Karin"))
        await pbx.tells(call)
        kept = await consoles.press("Elin", "/popups/1/note", text="Twelve windows\n", was="")
        assert kept.html == "Twelve windows"
        assert "Twelve windows" in await words(consoles, "Elin")
        await pbx.tells(pbx.ended(call, seconds=9))
        timeline = await consoles.part("Elin", "/contacts/1/timeline")
        assert "answered by Elin Sandgren, 9 seconds" in timeline.words
        assert "Twelve windows" in timeline.words

    async def test_it_is_written_on_after_the_end(self, pbx: Switchboard, consoles: Consoles) -> None:
        call = pbx.answered(pbx.rings(name="Karin"))
        await pbx.tells(call)
        await consoles.press("Elin", "/popups/1/note", text="Twelve", was="")
        await pbx.tells(pbx.ended(call, seconds=9))
        assert "Call ended" in await words(consoles, "Elin")
        await consoles.press("Elin", "/popups/1/note", text="Twelve windows", was="Twelve")
        assert "Twelve windows" in (await consoles.part("Elin", "/contacts/1/timeline")).words
        await consoles.press("Elin", "/popups/1/away")
        assert await words(consoles, "Elin") == ""
        late = await consoles.press(
            "Elin", "/popups/1/note", text="Twelve windows, wood", was="Twelve windows"
        )
        assert late.html == "Twelve windows, wood"

    async def test_two_windows_that_write_at_once_lose_nothing(
        self, pbx: Switchboard, consoles: Consoles
    ) -> None:
        await pbx.tells(pbx.answered(pbx.rings()))
        await consoles.press("Elin", "/popups/1/note", text="Twelve", was="")
        await consoles.press("Elin", "/popups/1/note", text="Twelve windows", was="Twelve")
        both = await consoles.press("Elin", "/popups/1/note", text="Twelve of wood", was="Twelve")
        assert both.html == "Twelve windows\n\nof wood"
        again = await consoles.press("Elin", "/popups/1/note", text="Twelve of wood", was="Twelve")
        assert again.html == both.html

    async def test_two_who_talked_have_a_note_each(self, pbx: Switchboard, consoles: Consoles) -> None:
        call = pbx.answered(pbx.rings(name="Karin"))
        await pbx.tells(call)
        await consoles.press("Elin", "/popups/1/note", text="Wants Johan", was="")
        call = structs.replace(call, talking=("102",), talks=(Talk("101", 9),))
        await pbx.tells(call)
        assert "Handed on" in await words(consoles, "Elin")
        await consoles.press("Johan", "/popups/1/note", text="Got him", was="")
        await pbx.tells(pbx.ended(call, seconds=5))
        line = (await consoles.part("Elin", "/contacts/1/timeline")).words
        assert "Elin Sandgren: Wants Johan Johan Lindh: Got him" in line

    async def test_who_did_not_talk_writes_none(self, pbx: Switchboard, consoles: Consoles) -> None:
        await pbx.tells(pbx.rings())
        assert (await consoles.press("Elin", "/popups/1/note", text="x", was="")).status == 409


class TestTheNextTask:
    """Made in the talk, in one line."""

    async def test_it_is_the_contacts_and_planned_as_said(self, pbx: Switchboard, consoles: Consoles) -> None:
        await pbx.tells(pbx.rings(name="Karin"))
        await consoles.press("Elin", "/popups/1/card", name="Karin")
        await pbx.tells(pbx.answered(pbx.rings(), "101"))
        johan = (await consoles.firm.who("Johan")).user_id
        await pbx.tells(pbx.answered(pbx.rings(KARIN), "101"))
        for fields in (
            {"title": "Send the offer", "when": "today"},
            {"title": "Measure", "when": "tomorrow", "to": f"user:{johan}"},
            {"title": "Order", "when": "at", "at": "2099-01-05T09:00"},
        ):
            assert (await consoles.press("Elin", "/popups/2/task", **fields)).status == 200
        made = {task.title: task for task in await pbx.tasks()}
        assert {task.contact_id for task in made.values()} == {1}
        assert made["Send the offer"].planned_for is None
        assert made["Measure"].assignee_id == johan
        assert made["Measure"].planned_for > now()
        assert made["Order"].planned_for.year == 2099

    async def test_what_makes_no_sense_is_said(self, pbx: Switchboard, consoles: Consoles) -> None:
        await pbx.tells(pbx.answered(pbx.rings()))
        nothing = await consoles.press("Elin", "/popups/1/task", title=" ", when="today")
        past = await consoles.press("Elin", "/popups/1/task", title="x", when="at", at="1999-01-01T00:00")
        odd = await consoles.press("Elin", "/popups/1/task", title="x", when="at", at="soon")
        assert (nothing.status, past.status, odd.status) == (409, 409, 409)
        assert "Choose a day and a time" in odd.words


class TestTheResult:
    """What came of it, in one keystroke."""

    @pytest.fixture
    async def sales(self, pbx: Switchboard) -> int:
        """Give the department of those who talk, which has results."""
        elin = await pbx.firm.who("Elin")
        assert elin.department_id
        await pbx.firm.do(call_results.make_offered, elin, elin.department_id)
        return elin.department_id

    async def require(self, pbx: Switchboard, department_id: int) -> None:
        """Have each call of the department need a result."""
        elin = await pbx.firm.who("Elin")
        await pbx.firm.do(call_guides.write, elin, department_id, "", required=True)

    async def test_who_talked_says_it_and_the_card_shows_it(
        self, pbx: Switchboard, consoles: Consoles, sales: int
    ) -> None:
        del sales
        call = pbx.answered(pbx.rings(name="Karin"))
        await pbx.tells(call)
        await pbx.tells(pbx.ended(call, seconds=9))
        shown = await consoles.part("Elin", "/popups")
        assert "What came of it?" in shown.words
        assert await words(consoles, "Johan") == ""
        said = await consoles.press("Elin", "/popups/1/result", result="1")
        assert "Result: Settled" in said.words
        assert await words(consoles, "Elin") == ""
        line = (await consoles.part("Elin", "/contacts/1/timeline")).words
        assert "answered by Elin Sandgren, 9 seconds: Settled" in line
        (kept,) = await pbx.calls()
        assert (kept.result_id, kept.result_by) == (1, (await consoles.firm.who("Elin")).user_id)
        assert kept.result_at is not None

    async def test_it_may_make_a_task_and_both_are_taken_back(
        self, pbx: Switchboard, consoles: Consoles, sales: int
    ) -> None:
        del sales
        await pbx.talks(name="Karin Ekdahl")
        await consoles.press("Elin", "/popups/1/result", result="2")
        (task,) = await pbx.tasks()
        assert task.title == "Wants an offer: Karin Ekdahl"
        assert task.planned_for > now()
        await consoles.press("Elin", "/popups/1/result", "DELETE")
        (task,) = await pbx.tasks()
        assert task.done_at is not None
        assert "What came of it?" in await words(consoles, "Elin")
        assert ": Wants an offer" not in (await consoles.part("Elin", "/contacts/1/timeline")).words

    async def test_one_that_is_not_needed_can_be_put_away(
        self, pbx: Switchboard, consoles: Consoles, sales: int
    ) -> None:
        del sales
        await pbx.talks()
        assert (await consoles.press("Elin", "/popups/1/away")).status == 200
        assert await words(consoles, "Elin") == ""
        await consoles.press("Elin", "/popups/1/away", "DELETE")
        assert "What came of it?" in await words(consoles, "Elin")

    async def test_one_that_is_needed_stays_over_night_and_stands_on_today(
        self, pbx: Switchboard, consoles: Consoles, sales: int, clock: Clock
    ) -> None:
        await self.require(pbx, sales)
        await pbx.talks(name="Karin Ekdahl")
        await pbx.talks("+46701740613")
        assert (await consoles.press("Elin", "/popups/1/away")).status == 409
        clock.advance(hours=15)
        assert "What came of it?" in await words(consoles, "Elin")
        today = await consoles.part("Elin", "/today/fragment?whose=mine")
        assert "2 calls without a result" in today.words
        assert "Karin Ekdahl" in today.words
        await consoles.press("Elin", "/popups/1/result", result="3")
        assert "1 call without a result" in (await consoles.part("Elin", "/today/fragment?whose=mine")).words

    async def test_missed_calls_ask_for_none(self, pbx: Switchboard, consoles: Consoles, sales: int) -> None:
        await self.require(pbx, sales)
        await pbx.misses()
        assert await words(consoles, "Elin") == ""

    async def test_a_call_that_ended_while_nobody_listened_asks_as_well(
        self, pbx: Switchboard, consoles: Consoles, sales: int
    ) -> None:
        del sales
        await pbx.tells(pbx.answered(pbx.rings()))
        await pbx.lists()
        assert "What came of it?" in await words(consoles, "Elin")

    async def test_a_result_of_another_department_or_a_retired_one_is_none(
        self, pbx: Switchboard, consoles: Consoles, sales: int
    ) -> None:
        del sales
        other = (await consoles.firm.who("Nils")).department_id
        await pbx.firm.do(call_results.make_offered, await pbx.firm.who("Nils"), other)
        await pbx.talks()
        await consoles.press("Sofia", "/call-results/1", "DELETE")
        for result in ("1", "7", "99", "x"):
            assert (await consoles.press("Elin", "/popups/1/result", result=result)).status == 409

    async def test_several_that_are_over_lie_open_two_at_once(
        self, pbx: Switchboard, consoles: Consoles, sales: int
    ) -> None:
        del sales
        for number in range(4):
            await pbx.talks(f"+4670174061{number}")
        shown = await consoles.part("Elin", "/popups")
        assert shown.html.count("<article") == 2
        assert "2 more calls lie open" in shown.words
