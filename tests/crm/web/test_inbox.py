"""The inbox: what stands in it, how a conversation is read, and what is done with it; by rights."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from crm.contacts import Contact
from crm.conversations import Conversation
from crm.tasks import Task
from hub.clock import now
from tests.crm.mailbox import SALES, Mailbox, letter
from tests.crm.web.console import Consoles, Shown

EVE = {"sender": "Eve <eve@elsewhere.example>", "key": "eve@elsewhere.example"}


@pytest.fixture
async def inbox(mailbox: Mailbox) -> Mailbox:
    """Give a conversation that begins with Karin's letter to support@, which Sales answers."""
    await mailbox.gets(letter())
    await mailbox.firm.do(_give_to_sales)
    return mailbox


# Letters come before there is a hub that could take them first.
@pytest.fixture
async def two(inbox: Mailbox) -> Mailbox:
    """Give a second conversation with Karin, from sales@."""
    await inbox.gets(letter(subject="A door", key="two@tenant.example"), SALES)
    return inbox


@pytest.fixture
async def thread(inbox: Mailbox) -> Mailbox:
    """Give a second letter in the first conversation."""
    await inbox.gets(letter(subject="A door", key="two@tenant.example", In_Reply_To="<one@tenant.example>"))
    return inbox


@pytest.fixture
async def quoted(inbox: Mailbox) -> Mailbox:
    """Give a letter of Eve's that quotes the conversation with Karin."""
    await inbox.gets(letter(**EVE, In_Reply_To="<one@tenant.example>"))
    return inbox


async def last(inbox: Mailbox) -> int:
    """Give the number of the newest conversation."""
    return (await inbox.conversations())[-1].id


def undo(done: Shown) -> str:
    """Give the address that takes something back."""
    return re.findall(r'action="(/(?:deeds|regroupings)/\d+)"', done.html)[0]


def _give_to_sales(session: Session) -> None:
    for kind in (Conversation, Task):
        session.execute(update(kind).values(department_id=1))


@pytest.mark.usefixtures("inbox")
async def test_the_room_shows_who_wrote_about_what_and_the_last_words(consoles: Consoles) -> None:
    shown = await consoles.get("Elin", "/inbox?view=unassigned")
    for words in ("Karin Nyman", "A window", "Does it close?", "Unassigned 1", "All 1"):
        assert words in shown.words
    assert "Choose a conversation" in shown.words
    assert "Nothing waits here" in (await consoles.get("Elin", "/inbox")).words


@pytest.mark.usefixtures("inbox")
async def test_the_address_holds_the_view_and_the_conversation(consoles: Consoles) -> None:
    shown = await consoles.get("Elin", "/inbox?view=unassigned&turn=us")
    (href,) = set(re.findall(r'href="(/inbox/\d+\?[^"]*)"', shown.html))
    opened = await consoles.get("Elin", unescape(href))
    assert 'aria-current="true"' in opened.html
    assert "waits for us since" in opened.words
    assert "nobody has it yet" in opened.words
    again = (await consoles.part("Elin", "/inbox/1/reading?view=unassigned&turn=us")).html
    assert 'href="/inbox?turn=us&amp;view=unassigned"' in again


async def test_opening_takes_from_nobody(inbox: Mailbox, consoles: Consoles) -> None:
    await consoles.get("Elin", "/inbox/1")
    (conversation,) = await inbox.conversations()
    assert conversation.assignee_id is None


async def test_it_is_taken_and_given_back(inbox: Mailbox, consoles: Consoles) -> None:
    elin = await inbox.firm.who("Elin")
    done = await consoles.press("Elin", "/inbox/1/assignment", to=f"user:{elin.user_id}", had="")
    assert "A window: yours now" in done.words
    assert "A window" in (await consoles.get("Elin", "/inbox")).words
    late = await consoles.press("Sofia", "/inbox/1/assignment", to="user:3", had="")
    assert "Somebody was faster: it is with Elin Sandgren now" in late.words
    await consoles.press("Elin", "/inbox/1/assignment?to=department:1", "DELETE")
    (conversation,) = await inbox.conversations()
    assert conversation.assignee_id is None


async def test_it_is_closed_with_a_reason_and_opened_again(inbox: Mailbox, consoles: Consoles) -> None:
    assert "Closed: A window" in (await consoles.press("Elin", "/inbox/1/closing", why="Answered")).words
    shown = await consoles.get("Elin", "/inbox/1?view=all&state=closed")
    assert re.search("Closed .* by Elin Sandgren: Answered", shown.words)
    assert "Open again: A window" in (await consoles.press("Elin", "/inbox/1/closing", "DELETE")).words
    (task,) = await inbox.tasks()
    assert task.done_at is None


@pytest.mark.usefixtures("inbox")
async def test_it_is_put_off_and_had_back(consoles: Consoles) -> None:
    at = (now() + timedelta(days=2)).isoformat()
    assert "Snoozed until" in (await consoles.press("Elin", "/inbox/1/snooze", at=at)).words
    assert "A window" in (await consoles.get("Elin", "/inbox?view=all&state=snoozed")).words
    assert "Have it back now" in (await consoles.get("Elin", "/inbox/1")).words
    await consoles.press("Elin", "/inbox/1/snooze", "DELETE")
    assert "A window" in (await consoles.get("Elin", "/inbox?view=all")).words


@pytest.mark.usefixtures("two")
async def test_what_can_be_done_stands_in_a_menu_and_without_scripts_on_a_page(consoles: Consoles) -> None:
    menu = await consoles.part("Maria", "/inbox/1/deeds?open=close")
    for words in ("Take it", "Johan Lindh", "In 1 hour", "Settled by phone", "Make it a part of …", "A door"):
        assert words in menu.words
    page = await consoles.get("Maria", "/inbox/1/deeds?open=assign")
    assert "Open the conversation" in page.words


async def test_many_are_closed_at_once_and_that_is_taken_back(two: Mailbox, consoles: Consoles) -> None:
    other = await last(two)
    done = await consoles.press("Maria", "/inbox/many", id=["1", str(other)], close="Not for us")
    assert "2 conversations: closed: Not for us" in done.words
    assert all(each.closed_at for each in await two.conversations())
    await consoles.press("Maria", undo(done), "DELETE")
    assert not any(each.closed_at for each in await two.conversations())


@pytest.mark.parametrize(
    ("pressed", "words"),
    [
        pytest.param({"give": "department:2"}, "2 conversations: given to Service", id="give"),
        pytest.param({"tag_on": "1", "tag": "Warranty"}, "2 conversations: tagged Warranty", id="tag"),
        pytest.param(
            {"snooze": "1", "until": "2099-01-01T09:00"}, "2 conversations: snoozed until", id="snooze"
        ),
    ],
)
@pytest.mark.usefixtures("two")
async def test_all_that_match_are_meant_by_one_press(
    consoles: Consoles, pressed: dict[str, str | list[str]], words: str
) -> None:
    done = await consoles.press("Maria", "/inbox/many", all="1", query="view=all", **pressed)
    assert words in done.words


@pytest.mark.usefixtures("two")
async def test_the_list_is_narrowed_down_and_kept_as_a_view(consoles: Consoles) -> None:
    await consoles.press("Maria", "/inbox/1/tags", name="Warranty")
    tagged = (await consoles.get("Maria", "/inbox?view=all&tag=1")).words
    assert "A window" in tagged
    assert "A door" not in tagged
    door = (await consoles.get("Maria", f"/inbox?view=all&channel={SALES}")).words
    assert "A window" not in door
    assert "None is like that" in (await consoles.get("Maria", "/inbox?view=all&touched.to=2001-01-01")).words
    assert (
        "Kept as “Warranty cases”"
        in (
            await consoles.press("Maria", "/inbox/views", name="Warranty cases", query="view=all&tag=1")
        ).words
    )
    assert "Warranty cases" in (await consoles.get("Maria", "/inbox")).words


async def test_two_become_one_and_are_parted_again(two: Mailbox, consoles: Consoles) -> None:
    other = await last(two)
    done = await consoles.press("Maria", f"/inbox/{other}/merge", into="1")
    assert "became one" in done.words
    shown = await consoles.get("Maria", f"/inbox/{other}")
    assert "“A door” is a part of this" in shown.words
    assert "Maria Berg: “A door” became a part of “A window”" in shown.words
    await consoles.press("Maria", undo(done), "DELETE")
    assert [touch.conversation_id for touch in await two.touches()] == [1, other]


async def test_a_part_is_split_off(thread: Mailbox, consoles: Consoles) -> None:
    assert "Split here" in (await consoles.get("Maria", "/inbox/1")).words
    touch = (await thread.touches())[-1].id
    assert "Split off" in (await consoles.press("Maria", "/inbox/1/split", touch=str(touch))).words
    assert "Split off “A window”" in (await consoles.get("Maria", f"/inbox/{await last(thread)}")).words


async def test_a_possible_follow_up_is_joined_or_kept_apart_by_one_press(
    quoted: Mailbox, consoles: Consoles
) -> None:
    other = await last(quoted)
    shown = await consoles.get("Maria", f"/inbox/{other}")
    assert "Possible follow-up of “A window”" in shown.words
    assert "Follow-up?" in (await consoles.get("Maria", "/inbox?view=all")).words
    await consoles.press("Maria", f"/inbox/{other}/apart")
    assert "No, keep apart" not in (await consoles.get("Maria", f"/inbox/{other}")).words
    await consoles.press("Maria", f"/inbox/{other}/apart", "DELETE")
    assert "Joined with “A window”" in (await consoles.press("Maria", f"/inbox/{other}/join")).words
    assert [touch.conversation_id for touch in await quoted.touches()] == [1, 1]


async def test_who_may_not_see_what_it_quotes_may_not_join_it(quoted: Mailbox, consoles: Consoles) -> None:
    other = await last(quoted)
    await consoles.press("Maria", f"/inbox/{other}/assignment", to="department:2")
    assert ">Join<" not in (await consoles.get("Nils", f"/inbox/{other}")).html
    refused = await consoles.press("Nils", f"/inbox/{other}/join")
    assert "another department's" in refused.words


@pytest.mark.usefixtures("inbox")
async def test_another_departments_conversation_is_not_there(consoles: Consoles) -> None:
    assert "A window" not in (await consoles.get("Nils", "/inbox?view=all")).words
    for path in ("/inbox/1", "/inbox/1/reading", "/inbox/1/deeds"):
        assert (await consoles.get("Nils", path)).status == 404
    assert (await consoles.press("Nils", "/inbox/1/closing", why="x")).status == 404


@pytest.mark.usefixtures("inbox")
async def test_the_navigation_counts_what_waits_for_me_or_for_nobody(consoles: Consoles) -> None:
    rooms = await consoles.part("Elin", "/frame/rooms?at=/today")
    assert "Inbox 1 waits" in rooms.words
    await consoles.press("Elin", "/inbox/1/closing", why="Answered")
    assert "Inbox 1" not in (await consoles.part("Elin", "/frame/rooms?at=/today")).words


@pytest.mark.usefixtures("inbox")
async def test_what_was_done_stands_in_its_history(consoles: Consoles) -> None:
    await consoles.press("Elin", "/inbox/1/closing", why="Answered")
    history = await consoles.get("Elin", "/audit/conversation/1")
    assert history.status == 200
    assert "Answered" in history.words


async def test_who_else_writes_an_answer_is_seen_beside_the_conversation(
    inbox: Mailbox, consoles: Consoles
) -> None:
    number, contact = await last(inbox), (await inbox.cards())[-1].id
    await consoles.press("Maria", f"/contacts/{contact}/presence", writing="letter")
    shown = await consoles.get("Elin", f"/inbox/{number}")
    assert "Maria Berg is writing a letter" in shown.words


async def test_a_conversation_that_went_along_stands_in_the_list_of_the_hand_over(
    inbox: Mailbox, consoles: Consoles
) -> None:
    elin, johan = await inbox.firm.who("Elin"), await inbox.firm.who("Johan")
    (task,), (card,), (thread,) = await inbox.tasks(), await inbox.cards(), await inbox.conversations()

    def quiet(session: Session) -> None:
        session.get_one(Task, task.id).done_at = now()
        session.get_one(Conversation, thread.id).assignee_id = elin.user_id
        session.get_one(Contact, card.id).responsible_id = elin.user_id

    await inbox.db.write(quiet)
    path = f"/people/{elin.user_id}/handover"
    given = await consoles.send("Sofia", path, item=[f"contact:{card.id}"], to=f"user:{johan.user_id}")
    shown = await consoles.get("Sofia", given.location)
    assert (f'href="/inbox/{thread.id}"' in shown.html, "A window Conversation" in shown.words) == (
        True,
        True,
    )
