"""Chats on the card and in the inbox: read as chats, answered where they are read, and how a channel answers first."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.chats import Chat, ChatManner, ChatMedia, ChatMessage
from crm.conversations import Conversation, Interaction
from hub.clock import now
from hub.events import Command
from hub.store import blobs_of
from hub.users import add_user
from tests.crm.chat_room import Came, ChatRoom, chat_with
from tests.crm.klarruta import Klarruta
from tests.crm.pigeons import DAY, Loft, Pigeon
from tests.crm.web.console import Consoles, Shown

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def room(firm: Klarruta, consoles: Consoles) -> ChatRoom:
    """Give the company's chats."""
    del consoles
    return ChatRoom(firm)


@pytest.fixture
async def desk(loft: Loft, consoles: Consoles, monkeypatch: pytest.MonkeyPatch) -> Loft:
    """Give a chat that is answered by pigeon, at everybody's consoles; each one arrives."""

    async def fly(_pigeon: Pigeon, command: Command) -> str:
        return f"r{id(command)}"

    del consoles
    monkeypatch.setattr(Pigeon, "send", fly, raising=False)
    return loft


async def card_of(loft: Loft) -> str:
    return f"/contacts/{(await loft.chat()).contact_id}"


async def reads(consoles: Consoles, chat: Chat, name: str = "Elin") -> Shown:
    """Open the only conversation of a chat."""
    wanted = select(Conversation.id).where(Conversation.contact_id == chat.contact_id)
    found = await consoles.firm.db.read(lambda session: session.scalars(wanted).one())
    return await consoles.get(name, f"/inbox/{found}")


async def ours(loft: Loft) -> list[str]:
    """Give what we said."""
    wanted = select(Interaction.text).where(Interaction.direction == "out").order_by(Interaction.id)
    return list(await loft.db.read(lambda session: session.scalars(wanted).all()))


async def test_a_chat_is_read_as_one_with_who_wrote_what(room: ChatRoom, consoles: Consoles) -> None:
    ira = await room.opens()
    await room.says(ira, "Do you measure in Kortedala?", 9 * MINUTE)
    await room.answers(ira, "We do.", "Johan", 5 * MINUTE, delivered_at=now())
    page = await reads(consoles, ira)
    assert re.search(
        "Klarruta on Telegram .* Ira Petrova Do you measure in Kortedala.* Johan Lindh We do.", page.words
    )
    assert "Delivered" in page.words
    assert "@ira_p" in page.words
    assert "yours" not in page.words  # to open it takes it from nobody


async def test_what_was_changed_withdrawn_and_liked_is_told(room: ChatRoom, consoles: Consoles) -> None:
    ira = await room.opens()
    before = [{"text": "Eleven windows", "until": now().isoformat()}]
    await room.says(ira, "Twelve windows", came=Came(values={"before": before, "edited_at": now()}))
    await room.says(ira, "wrong chat", came=Came(values={"withdrawn_at": now()}))
    await room.answers(ira, "Thank you", "Elin", reactions=[{"by": ira.handle, "emoji": "👍"}])
    words = (await reads(consoles, ira)).words
    assert re.search("Twelve windows .* edited Eleven windows until today", words)
    assert re.search("Withdrawn .* What stood there wrong chat", words)
    assert "👍 Ira Petrova" in words


async def test_files_are_shown_in_place_or_said_to_be_on_their_way(
    room: ChatRoom, consoles: Consoles
) -> None:
    ira = await room.opens()
    late = ChatMedia(
        ref="a", kind="photo", name="", type="image/jpeg", size=9, due_at=now() + timedelta(hours=1)
    )
    lost = ChatMedia(
        ref="b", kind="video", name="film.mp4", type="video/mp4", size=None, error="it is too large"
    )
    files = (
        ("view.png", "image/png", b"png"),
        ("hello.ogg", "audio/ogg", b"OggS"),
        ("plan.pdf", "application/pdf", b"x"),
    )
    await room.says(ira, "", came=Came(files=files, media=(late, lost)))
    page = await reads(consoles, ira)
    assert '<audio controls preload="none" src="/files/' in page.html
    assert 'alt="Picture: view.png"' in page.html
    assert "plan.pdf" in page.words
    assert "is being fetched" in page.words
    assert "cannot be had: it is too large" in page.words


async def test_a_picture_opens_in_the_browser_and_a_voice_plays(
    room: ChatRoom, consoles: Consoles, tmp_path: Path
) -> None:
    ira = await room.opens()
    await room.says(
        ira, "", came=Came(files=(("view.png", "image/png", b"png"), ("a.ogg", "audio/ogg", b"OggS")))
    )
    for content in (b"png", b"OggS"):
        blobs_of(tmp_path).put_now(content)
    page = await reads(consoles, ira)
    picture, voice = re.findall(r'src="(/files/\d+)"', page.html)
    assert (await consoles.header("Elin", f"{picture}?look=1", "Content-Disposition")) == "inline"
    assert (await consoles.header("Elin", picture, "Content-Disposition")).startswith("attachment")
    assert (await consoles.header("Elin", voice, "Content-Type")) == "audio/ogg"


async def test_whoever_was_passed_on_goes_onto_the_card_with_a_press(
    room: ChatRoom, consoles: Consoles
) -> None:
    ira = await room.opens()
    cards = [{"label": "name", "value": "Sven Petrov"}, {"label": "phone", "value": "+46701740655"}]
    spot = {"latitude": 57.75, "longitude": 12.03, "name": "Kortedala torg"}
    await room.says(ira, "Here", came=Came(values={"cards": cards, "spot": spot}))
    page = await reads(consoles, ira)
    assert "openstreetmap.org/?mlat=57.75" in page.html
    assert "Sven Petrov" in page.words
    added = await consoles.press("Elin", f"/contacts/{ira.contact_id}/handles", value="+46701740655")
    assert added.status == 200
    assert "070-174 06 55" in (await consoles.get("Elin", f"/contacts/{ira.contact_id}")).words


async def test_of_a_long_chat_the_last_fifty_stand_there_and_older_ones_on_demand(
    room: ChatRoom, consoles: Consoles
) -> None:
    ira = await room.opens()
    for number in range(53):
        await room.says(ira, f"Line {number}.", timedelta(minutes=60 - number))
    page = await reads(consoles, ira)
    assert '<p class="text">Line 3.</p>' in page.html
    assert '<p class="text">Line 2.</p>' not in page.html
    older = re.search(r'hx-get="(/inbox/\d+/reading\?most=\d+)"', page.html)
    assert older
    assert '<p class="text">Line 0.</p>' in (await consoles.part("Elin", older[1])).html


async def test_the_card_tells_of_all_chats_and_one_of_them_answers(
    room: ChatRoom, consoles: Consoles
) -> None:
    ira = await room.opens()
    await room.says(ira, "By Telegram", 9 * MINUTE)
    other = await room.firm.do(_also, ira.contact_id)
    await room.says(other, "By Viber", MINUTE)
    page = await consoles.get("Elin", f"/contacts/{ira.contact_id}")
    assert "Klarruta on Telegram" in page.words
    assert "Klarruta on Viber" in page.words
    assert f'data-chat="{other.id}"' in page.html  # where she wrote last
    chosen = await consoles.press("Elin", f"/contacts/{ira.contact_id}/answer", chat=str(ira.id), show="1")
    assert f'data-chat="{ira.id}"' in chosen.html


def _also(session: Session, contact_id: int) -> Chat:
    return chat_with(session, "viber", "Ira", contact_id=contact_id)


async def test_the_inbox_names_the_messenger_and_narrows_down_to_it(
    room: ChatRoom, consoles: Consoles
) -> None:
    await room.says(await room.opens(), "Do you measure?")
    await room.says(await room.opens("viber", "Mats Forsling", ""), "And the price?")
    page = await consoles.get("Elin", "/inbox?view=all")
    assert "Telegram Ira Petrova" in page.words.replace("Choose Ira Petrova, Do you measure? ", "")
    narrowed = await consoles.get("Elin", "/inbox?view=all&by=viber")
    assert "Mats Forsling" in narrowed.words
    assert "Ira Petrova" not in narrowed.words


async def test_what_is_typed_is_kept_and_sent_once_and_makes_it_the_writers(
    desk: Loft, consoles: Consoles
) -> None:
    at = f"{await card_of(desk)}/answer"
    assert (await consoles.press("Elin", at, body="They are re")).status == 204
    shown = await consoles.part("Elin", at)
    assert "They are re" in shown.html
    assert "They are re" not in (await consoles.part("Johan", at)).html
    for _press in range(2):
        sent = await consoles.press("Elin", f"{at}/message", body="They are ready", turn="0")
        assert sent.status == 200
    assert await ours(desk) == ["They are ready"]
    assert "They are re" not in sent.html
    assert "yours" in (await reads(consoles, await desk.chat())).words


async def test_what_is_refused_stays_where_it_was_typed(desk: Loft, consoles: Consoles) -> None:
    at = f"{await card_of(desk)}/answer"
    refused = await consoles.press("Elin", f"{at}/message", body="Ready", buttons="one\ntwo\nthree")
    assert refused.status == 409
    assert "2 buttons" in refused.words
    assert await ours(desk) == []


async def test_files_go_along_and_are_taken_away_again(desk: Loft, consoles: Consoles) -> None:
    at = f"{await card_of(desk)}/answer"
    shown = await consoles.upload("Elin", f"{at}/files", "plan.txt", b"a plan")
    assert "plan.txt" in shown.words
    removal = re.search(r'hx-delete="([^"]+)"', shown.html)
    assert removal
    assert "plan.txt" not in (await consoles.press("Elin", removal[1], "DELETE")).words
    await consoles.upload("Elin", f"{at}/files", "plan.txt", b"a plan")
    await consoles.press("Elin", f"{at}/message", body="Here it is")
    page = await consoles.get("Elin", await card_of(desk))
    assert "plan.txt" in page.words
    assert await ours(desk) == ["Here it is"]


async def test_a_certain_message_is_answered(desk: Loft, consoles: Consoles) -> None:
    asked = await desk.asks("And the door?")
    at = f"{await card_of(desk)}/answer"
    shown = await consoles.press("Elin", at, answers=str(asked), body="Next week", show="1")
    assert "Ira Petrova And the door?" in shown.words
    await consoles.press("Elin", f"{at}/message", body="Next week", answers=str(asked))
    said = await desk.db.read(
        lambda session: session.scalars(select(ChatMessage).where(ChatMessage.outgoing_id > 0)).one()
    )
    assert said.answers_id == asked


async def test_the_time_that_is_left_is_told_and_then_only_a_template_goes(
    desk: Loft, consoles: Consoles
) -> None:
    await desk.changes(last_in_at=now() - timedelta(seconds=DAY) + timedelta(hours=2, minutes=14, seconds=30))
    at = f"{await card_of(desk)}/answer"
    assert "2 h 14 min left to answer in your own words" in (await consoles.part("Elin", at)).words
    await desk.changes(last_in_at=now() - timedelta(days=2))
    over = await consoles.part("Elin", at)
    assert "The time to answer in your own words is over" in over.words
    assert 'name="body"' not in over.html
    values = {"template": "ready\nen", "value-1": "Ira", "value-2": "windows"}
    sent = await consoles.press("Elin", f"{at}/message", **values)
    assert sent.status == 200
    assert await ours(desk) == ["Hello Ira, your windows are ready."]


async def test_who_blocked_us_is_not_written_to(desk: Loft, consoles: Consoles) -> None:
    await desk.changes(blocked_at=now())
    page = await consoles.get("Elin", await card_of(desk))
    assert "Ira Petrova lets us write no more here" in page.words
    assert 'name="body"' not in page.html
    refused = await consoles.press("Elin", f"{await card_of(desk)}/answer/message", body="Hello?")
    assert refused.status == 409


async def test_that_somebody_blocked_us_is_told_as_what_he_did(desk: Loft, consoles: Consoles) -> None:
    await desk.is_blocked()
    for page in (await consoles.get("Elin", await card_of(desk)), await reads(consoles, await desk.chat())):
        assert "Blocked us: nothing that we write arrives" in page.words
        assert "Written elsewhere" not in page.words
        assert page.html.count('<div class="bubble') == 1  # what she wrote


async def test_of_a_message_in_doubt_somebody_decides(room: ChatRoom, consoles: Consoles) -> None:
    ira = await room.opens()
    await room.says(ira, "Hello")
    ended = {"unknown_at": now(), "begun_at": now(), "error": "the line broke"}
    touch = await room.answers(ira, "Hello Ira", "Elin", left_at=None, remote_id=None, row=ended)
    page = await reads(consoles, ira)
    assert "Unknown the line broke It left Send again" in page.words
    assert (await consoles.press("Elin", f"/chat-messages/{touch}/arrival")).status == 200
    assert "Unknown" not in (await reads(consoles, ira)).words


async def test_colleagues_see_who_writes_an_answer(desk: Loft, consoles: Consoles) -> None:
    card = await card_of(desk)
    await consoles.press("Elin", f"{card}/presence", writing="chat")
    assert "Elin Sandgren is writing an answer" in (await consoles.part("Johan", f"{card}/presence")).words


async def test_a_chat_of_another_department_is_not_answered(room: ChatRoom, consoles: Consoles) -> None:
    ira = await room.opens()
    await room.says(ira, "Hello")
    at = f"/contacts/{ira.contact_id}/answer"
    assert (await consoles.part("Nils", at)).status == 404
    assert (await consoles.press("Nils", f"{at}/message", body="Hi")).status == 404
    assert (await consoles.press("Nils", f"{at}/typing", chat=str(ira.id))).status == 404


async def test_an_admin_sets_first_answers_and_sees_how_it_will_go(desk: Loft, consoles: Consoles) -> None:
    await desk.firm.do(add_user, "amir@klarruta.example", "Amir Hadad", "admin", None)
    at = f"/first-answers/{desk.live.id}"
    assert "First answers" in (await consoles.get("Amir", f"/channels/{desk.live.id}")).words
    said = {"greeting": "Welcome", "question-1": "Your name?", "means-1": "name", "handing_over": "In a moment",
            "asks_person": "a person\nhuman", "most": "3"}  # fmt: skip
    talk = await consoles.press("Amir", f"{at}/preview", **said)
    assert re.search("Welcome Your name. .* Karin Ekdahl .* In a moment", talk.words)
    assert (await consoles.press("Amir", at, **said)).status == 200
    kept = await desk.db.read(lambda session: session.get_one(ChatManner, desk.live.id))
    assert (kept.questions, kept.most) == ([{"text": "Your name?", "means": "name"}], 3)
    wrong = await consoles.press("Amir", at, **{"question-1": "What?", "means-1": "shoe size"})
    assert wrong.status == 422
    assert (await consoles.get("Elin", at)).status == 403
