"""What leaves by Messenger and Instagram, who writes there, and the files that they send."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from connectors.instagram import Instagram, InstagramSettings
from connectors.messenger import Messenger, MessengerSettings
from connectors.meta.direct import Direct
from hub.chats import Button, MessageReceived, SendMessage, ShowTyping, Template
from hub.connector import Blocked, InDoubt, Refused, Sent
from hub.introductions import introduced
from hub.letters import Enclosure
from hub.public_files import PublicFiles
from tests.connectors.meta.recorded import INSTAGRAMS, MESSENGER, meant
from tests.servers import graph
from tests.servers.graph import INSTAGRAM, PAGE, Meta, refusal

IRA = "6392737804183417"
PDF = Enclosure(name="Ritning.pdf", type="application/pdf", blob="b", size=4, content=b"%PDF")


@pytest.fixture
def messenger(meta: Meta) -> Messenger:
    """Give a page of ours."""
    return Messenger("fb", "sesame", MessengerSettings(
        page_id=PAGE, access_token=graph.TOKEN, base_url=meta.address,
    ))  # fmt: skip


@pytest.fixture
def instagram(meta: Meta) -> Instagram:
    """Give an account of ours."""
    return Instagram("ig", "sesame", InstagramSettings(
        account_id=INSTAGRAM, access_token=graph.TOKEN, base_url=meta.address,
    ))  # fmt: skip


@pytest.fixture(params=["messenger", "instagram"])
def direct(request: pytest.FixtureRequest) -> Direct:
    """Give either."""
    given: Direct = request.getfixturevalue(request.param)
    return given


async def test_words_leave_as_an_answer_within_the_window(direct: Direct, meta: Meta) -> None:
    told = await direct.send(SendMessage(to=IRA, text="Vi kommer på tisdag.", answers="m_TEXT"))
    assert told == Sent("m_SENT1")
    assert meta.sent == [{
        "recipient": {"id": IRA}, "messaging_type": "RESPONSE", "message": {"text": "Vi kommer på tisdag."},
        "reply_to": {"mid": "m_TEXT"},
    }]  # fmt: skip


async def test_buttons_are_quick_replies_and_addresses_lines(direct: Direct, meta: Meta) -> None:
    buttons = (
        Button(text="Tisdag", payload="tuesday"),
        Button(text="Karta", url="https://klarruta.example/karta"),
    )
    await direct.send(SendMessage(to=IRA, text="När?", buttons=buttons))
    assert meta.sent[0]["message"] == {
        "text": "När?\nKarta: https://klarruta.example/karta",
        "quick_replies": [{"content_type": "text", "title": "Tisdag", "payload": "tuesday"}],
    }


async def test_a_file_is_uploaded_and_its_words_follow_it(direct: Direct, meta: Meta) -> None:
    told = await direct.send(SendMessage(to=IRA, text="Så här blir det.", file=PDF, message_id="m1"))
    ((attachment, uploaded),) = meta.uploads.items()
    assert uploaded == ("file", "Ritning.pdf", b"%PDF")
    assert meta.sent[0]["message"] == {
        "attachment": {"type": "file", "payload": {"attachment_id": attachment}}
    }
    (rest,) = told.rests
    assert rest.command == SendMessage(to=IRA, text="Så här blir det.", message_id="m1-more")


async def test_instagram_counts_bytes_so_that_the_rest_of_long_words_follows(
    instagram: Instagram, meta: Meta
) -> None:
    text = "Привет, мы приедем во вторник. " * 30  # 900 letters, 1,600 bytes
    first = await instagram.send(SendMessage(to=IRA, text=text.strip()))
    (rest,) = first.rests
    assert isinstance(rest.command, SendMessage)
    second = await instagram.send(rest.command)
    assert second.rests == ()
    assert " ".join(each["message"]["text"] for each in meta.sent) == text.strip()


async def test_instagram_leaves_by_its_page_where_that_is_set_up(meta: Meta) -> None:
    by_page = Instagram("ig", "sesame", InstagramSettings(
        account_id=INSTAGRAM, page_id=PAGE, access_token=graph.TOKEN, base_url=meta.address,
    ))  # fmt: skip
    await by_page.send(SendMessage(to=IRA, text="x" * 1_000))
    await by_page.send(SendMessage(to=IRA, file=PDF))
    assert (by_page.sends_as, len(meta.sent), len(meta.uploads)) == (PAGE, 2, 1)


async def test_messenger_takes_two_thousand_letters_of_any_alphabet(messenger: Messenger, meta: Meta) -> None:
    assert (await messenger.send(SendMessage(to=IRA, text="Ж" * 2_000))).rests == ()
    assert len(meta.sent) == 1


async def test_who_blocked_us_is_blocked_and_who_wrote_long_ago_refused(direct: Direct, meta: Meta) -> None:
    meta.blocked, meta.late = {"1"}, {"2"}
    with pytest.raises(Blocked, match="does not let us write to him"):
        await direct.send(SendMessage(to="1", text="Hej"))
    with pytest.raises(Refused, match="More than 24 hours have passed") as caught:
        await direct.send(SendMessage(to="2", text="Hej"))
    assert not isinstance(caught.value, Blocked)


async def test_a_file_too_large_for_meta_is_refused_in_words(messenger: Messenger, meta: Meta) -> None:
    meta.troubles = [refusal(100, "Attachment size exceeds allowable limit", subcode=2018109)]
    with pytest.raises(Refused, match="larger than Meta takes"):
        await messenger.send(SendMessage(to=IRA, text="Hej"))


async def test_an_answer_that_never_came_leaves_it_in_doubt(direct: Direct, meta: Meta) -> None:
    meta.troubles = ["hang up"]
    with pytest.raises(InDoubt):
        await direct.send(SendMessage(to=IRA, text="Hej"))


async def test_there_are_no_templates(direct: Direct) -> None:
    with pytest.raises(Refused, match="no templates"):
        await direct.send(SendMessage(to=IRA, template=Template(name="x", language="sv", text="x")))


async def test_that_one_of_us_writes_is_shown(direct: Direct, meta: Meta) -> None:
    await direct.send(ShowTyping(to=IRA))
    assert meta.typing == [{"recipient": {"id": IRA}, "sender_action": "typing_on"}]


async def test_who_writes_is_asked_for_once_and_named(direct: Direct, meta: Meta) -> None:
    recorded = MESSENGER if direct.kind == "messenger" else INSTAGRAMS
    events = meant(recorded, "text")
    who = events[0].chat if isinstance(events[0], MessageReceived) else ""
    meta.people[who] = {"first_name": "Ira", "last_name": "Pavlova", "username": "ira_p", "id": who}
    for _ in range(2):
        (event,) = await introduced(direct, events)
        assert isinstance(event, MessageReceived)
        assert (event.sender.name, event.sender.username) == ("Ira Pavlova", "ira_p")
        assert event.sender.id == f"{direct.own}:{who}"
        meta.people.clear()  # she is known by now


async def test_a_message_of_somebody_whom_nobody_names_comes_all_the_same(direct: Direct) -> None:
    recorded = MESSENGER if direct.kind == "messenger" else INSTAGRAMS
    events = meant(recorded, "text")
    assert list(await introduced(direct, events)) == list(events)


@pytest.fixture
async def elsewhere() -> AsyncIterator[str]:
    """Give the address of a file that lies with nobody in particular."""

    async def picture(_request: web.Request) -> web.Response:
        return web.Response(body=b"\xff\xd8\xff", content_type="image/jpeg")

    app = web.Application()
    app.router.add_get("/1.jpg", picture)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/1.jpg"
    await runner.cleanup()


async def test_a_file_is_fetched_from_where_the_message_says(
    direct: Direct, elsewhere: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anywhere = PublicFiles(is_public=lambda _address: True, schemes=("http",))
    monkeypatch.setattr(Direct, "files", anywhere)
    await direct.bring(elsewhere, tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"\xff\xd8\xff"


@pytest.mark.parametrize("address", [
    "http://scontent.xx.fbcdn.net/1.jpg", "https://127.0.0.1/1.jpg", "https://10.0.0.1/1.jpg", "https://[::1]/",
    "https://169.254.169.254/latest/meta-data", "file:///etc/passwd", "not an address",
])  # fmt: skip
async def test_no_file_is_fetched_out_of_our_own_network(
    direct: Direct, tmp_path: Path, address: str
) -> None:
    with pytest.raises(Refused):
        await direct.bring(address, tmp_path / "file")
