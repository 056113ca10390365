"""What leaves by WhatsApp: as the Cloud API takes it, and what its refusals mean."""

from __future__ import annotations

import hmac
from hashlib import sha256
from pathlib import Path

import pytest
from msgspec import structs

from connectors.whatsapp import WhatsApp, WhatsAppSettings
from hub.chats import Button, SendMessage, ShowTyping, Template
from hub.clock import now
from hub.connector import (
    Answer,
    AuthFailed,
    Blocked,
    Doubt,
    InDoubt,
    Opposed,
    Ours,
    Raw,
    Refused,
    Sent,
    Unavailable,
)
from hub.letters import Enclosure
from tests.servers import graph
from tests.servers.graph import NUMBER, Meta, refusal

KARIN = "46701740612"
READY = Template(name="order_ready", language="sv", text="Hej {1}!\nDina {2} är här.")


@pytest.fixture
def whatsapp(meta: Meta) -> WhatsApp:
    """Give a number of ours."""
    return WhatsApp("wa", "sesame", WhatsAppSettings(
        phone_number_id=NUMBER, access_token=graph.TOKEN, base_url=meta.address,
    ))  # fmt: skip


def file(name: str, type_: str, size: int = 10) -> Enclosure:
    return Enclosure(name=name, type=type_, blob="b", size=size, content=b"x" * size)


async def test_words_leave_with_what_they_answer(whatsapp: WhatsApp, meta: Meta) -> None:
    told = await whatsapp.send(SendMessage(to=KARIN, text="Vi kommer på tisdag. 🪟", answers="wamid.TEXT"))
    assert told == Sent("wamid.SENT1")
    assert meta.sent == [{
        "messaging_product": "whatsapp", "recipient_type": "individual", "to": KARIN, "type": "text",
        "text": {"body": "Vi kommer på tisdag. 🪟", "preview_url": False}, "context": {"message_id": "wamid.TEXT"},
    }]  # fmt: skip


async def test_who_hides_his_number_is_written_to_by_his_id(whatsapp: WhatsApp, meta: Meta) -> None:
    await whatsapp.send(SendMessage(to="SE.98237498237498", text="Hej"))
    assert meta.sent[0]["recipient"] == "SE.98237498237498"
    assert "to" not in meta.sent[0]


@pytest.mark.parametrize(("name", "type_", "kind"), [
    ("fönster.jpg", "image/jpeg", "image"), ("film.mp4", "video/mp4", "video"),
    ("ritning.pdf", "application/pdf", "document"),
])  # fmt: skip
async def test_a_file_is_uploaded_and_leaves_as_what_it_is(
    whatsapp: WhatsApp, meta: Meta, name: str, type_: str, kind: str
) -> None:
    await whatsapp.send(SendMessage(to=KARIN, text="Så här", file=file(name, type_)))
    ((media, uploaded),) = meta.uploads.items()
    named = {"filename": name} if kind == "document" else {}
    assert (uploaded[0], uploaded[2]) == (type_, b"x" * 10)
    assert (meta.sent[0]["type"], meta.sent[0][kind]) == (kind, {"id": media, "caption": "Så här", **named})


@pytest.mark.parametrize(("type_", "most"), [("image/jpeg", 5), ("video/mp4", 16), ("audio/mpeg", 16)])
async def test_a_file_leaves_up_to_the_size_that_whatsapp_takes_of_its_kind(
    whatsapp: WhatsApp, meta: Meta, type_: str, most: int
) -> None:
    await whatsapp.send(SendMessage(to=KARIN, file=file("a", type_, most * 1_000_000)))
    with pytest.raises(Refused, match=f"takes {most} MB"):
        await whatsapp.send(SendMessage(to=KARIN, file=file("a", type_, most * 1_000_000 + 1)))
    assert len(meta.sent) == len(meta.uploads) == 1


async def test_a_file_of_a_kind_that_whatsapp_does_not_take_is_refused_in_its_words(
    whatsapp: WhatsApp,
) -> None:
    with pytest.raises(Refused, match="Param file must be a file with one of the following types"):
        await whatsapp.send(SendMessage(to=KARIN, file=file("allt.zip", "application/zip")))


async def test_words_beside_a_sound_follow_it(whatsapp: WhatsApp, meta: Meta) -> None:
    command = SendMessage(
        to=KARIN, text="Lyssna", file=file("a.mp3", "audio/mpeg"), answers="wamid.T", message_id="m1"
    )
    told = await whatsapp.send(command)
    assert (meta.sent[0]["type"], meta.sent[0]["context"]) == ("audio", {"message_id": "wamid.T"})
    (rest,) = told.rests
    assert rest.command == structs.replace(command, file=None, answers="", message_id="m1-words")


async def test_buttons_leave_cut_to_what_there_is_room_for_and_addresses_as_lines(
    whatsapp: WhatsApp, meta: Meta
) -> None:
    buttons = (Button(text="Tisdag", payload="tuesday"), Button(text="En annan dag, men vilken som helst"),
               Button(text="Karta", url="https://klarruta.example/karta"))  # fmt: skip
    await whatsapp.send(SendMessage(to=KARIN, text="När passar det?", buttons=buttons))
    assert meta.sent[0]["interactive"] == {
        "type": "button", "body": {"text": "När passar det?\nKarta: https://klarruta.example/karta"},
        "action": {"buttons": [
            {"type": "reply", "reply": {"id": "tuesday", "title": "Tisdag"}},
            {"type": "reply", "reply": {"id": "En annan dag, men vilken som helst", "title": "En annan dag, men vi"}},
        ]},
    }  # fmt: skip


async def test_buttons_stand_below_a_picture(whatsapp: WhatsApp, meta: Meta) -> None:
    picture = file("a.png", "image/png")
    await whatsapp.send(SendMessage(to=KARIN, text="Den?", file=picture, buttons=(Button(text="Ja"),)))
    assert meta.sent[0]["interactive"]["header"] == {"type": "image", "image": {"id": "1000000"}}


@pytest.mark.parametrize(("text", "count"), [("", 1), ("x" * 1_025, 1), ("När?", 4)])
async def test_buttons_for_which_there_is_no_room_are_refused_before_they_leave(
    whatsapp: WhatsApp, meta: Meta, text: str, count: int
) -> None:
    buttons = tuple(Button(text=str(number)) for number in range(count))
    with pytest.raises(Refused):
        await whatsapp.send(SendMessage(to=KARIN, text=text, buttons=buttons))
    assert meta.sent == []


async def test_a_template_leaves_with_its_values_after_24_hours(whatsapp: WhatsApp, meta: Meta) -> None:
    meta.late = {KARIN}
    with pytest.raises(Refused, match="More than 24 hours have passed"):
        await whatsapp.send(SendMessage(to=KARIN, text="Hej"))
    await whatsapp.send(SendMessage(to=KARIN, template=READY, values=("Karin", "fönster\n och dörrar")))
    assert meta.sent[0]["template"] == {
        "name": "order_ready", "language": {"code": "sv"},
        "components": [{"type": "body", "parameters": [
            {"type": "text", "text": "Karin"}, {"type": "text", "text": "fönster och dörrar"},
        ]}],
    }  # fmt: skip


@pytest.mark.parametrize(("template", "values", "words"), [
    (READY, ("Karin",), "another number of values"),
    (structs.replace(READY, language="de"), ("Karin", "x"), "no such template in this language"),
])  # fmt: skip
async def test_a_template_that_does_not_fit_is_refused_in_words(
    whatsapp: WhatsApp, template: Template, values: tuple[str, ...], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        await whatsapp.send(SendMessage(to=KARIN, template=template, values=values))


async def test_that_one_of_us_writes_is_shown_below_the_message_that_came_last(
    whatsapp: WhatsApp, meta: Meta
) -> None:
    await whatsapp.send(ShowTyping(to=KARIN, seen="wamid.TEXT"))
    assert meta.typing == [{"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.TEXT",
                            "typing_indicator": {"type": "text"}}]  # fmt: skip
    await whatsapp.send(ShowTyping(to=KARIN))  # it is not known which message that is
    assert len(meta.typing) == 1


REGAIN = '{"1":[{"type":"whatsapp","estimated_time_to_regain_access":9}]}'  # minutes
TROUBLES = [
    (refusal(4, "Application request limit reached", status=400), Unavailable, 300.0),
    (refusal(80007, "Rate limit issues"), Unavailable, 300.0),
    (refusal(130429, "Rate limit hit", status=429), Unavailable, 5.0),
    (refusal(130429, "Rate limit hit", status=429, **{"Retry-After": "17"}), Unavailable, 17.0),
    (refusal(80007, "Rate limit issues", **{"X-Business-Use-Case-Usage": REGAIN}), Unavailable, 540.0),
    (refusal(131048, "Spam rate limit hit"), Unavailable, 3600.0),
    (refusal(131056, "Pair rate limit hit"), Unavailable, 6.0),
    (refusal(131000, "Something went wrong", status=500), InDoubt, None),
    (refusal(131000, "Something went wrong", status=400), Unavailable, None),
    (refusal(2, "Service temporarily unavailable", status=503), InDoubt, None),
    (refusal(999_999, "Something that we do not know", status=500), InDoubt, None),
    (refusal(131016, "Service unavailable", status=500), Unavailable, None),
    (refusal(131026, "Message undeliverable"), Refused, None),
    (refusal(131049, "This message was not delivered to maintain healthy ecosystem"), Refused, None),
    (refusal(131047, "Re-engagement message"), Refused, None),
    (refusal(131050, "User has stopped receiving marketing messages"), Opposed, None),
    (refusal(368, "Temporarily blocked for policies violations", status=403), Ours, None),
    (refusal(131031, "Business Account locked", status=403), Ours, None),
    (refusal(132001, "Template does not exist", status=404), Ours, None),
    (refusal(132015, "Template is Paused"), Ours, None),
    (refusal(132016, "Template is Disabled"), Ours, None),
    (refusal(131051, "Unsupported message type", status=501), Refused, None),
    (refusal(190, "Error validating access token", status=401), AuthFailed, None),
    (refusal(10, "Permission denied", status=403), AuthFailed, None),
    (refusal(551, "This person isn't available"), Blocked, None),
    (refusal(999_999, "Something that we do not know"), Refused, None),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(TROUBLES)))
async def test_each_error_is_what_it_means(whatsapp: WhatsApp, meta: Meta, number: int) -> None:
    answer, kind, pause = TROUBLES[number]
    meta.troubles = [refusal_again(answer)]
    with pytest.raises(kind) as caught:
        await whatsapp.send(SendMessage(to=KARIN, text="Hej"))
    assert type(caught.value) is kind
    assert getattr(caught.value, "after", None) == pause
    assert str(caught.value)
    assert meta.sent == []


def refusal_again(answer: graph.web.Response) -> graph.web.Response:
    """Give it anew: an answer is given once."""
    headers = {name: value for name, value in answer.headers.items() if not name.startswith("Content")}
    return graph.web.Response(
        body=answer.body, status=answer.status, headers=headers, content_type="application/json"
    )


@pytest.mark.parametrize(("status", "kind"), [
    (500, InDoubt), (502, InDoubt), (503, InDoubt), (504, InDoubt), (429, Unavailable), (404, Refused),
    (401, AuthFailed),
])  # fmt: skip
async def test_an_answer_of_whoever_stands_before_meta_is_understood(
    whatsapp: WhatsApp, meta: Meta, status: int, kind: type[Exception]
) -> None:
    meta.troubles = [graph.web.Response(status=status, text="<html>Bad Gateway</html>")]
    with pytest.raises(kind):
        await whatsapp.send(SendMessage(to=KARIN, text="Hej"))


async def test_who_says_when_to_come_again_has_sent_nothing(whatsapp: WhatsApp, meta: Meta) -> None:
    meta.troubles = [graph.web.Response(status=503, headers={"Retry-After": "7"})]
    with pytest.raises(Unavailable) as caught:
        await whatsapp.send(SendMessage(to=KARIN, text="Hej"))
    assert caught.value.after == 7


async def test_a_message_whose_answer_never_came_is_in_doubt(whatsapp: WhatsApp, meta: Meta) -> None:
    meta.troubles = ["hang up"]
    with pytest.raises(InDoubt):
        await whatsapp.send(SendMessage(to=KARIN, text="Hej"))
    assert len(meta.sent) == 1  # and it was there


async def test_one_whose_answer_takes_too_long_is_in_doubt(
    whatsapp: WhatsApp, meta: Meta, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.meta.graph.WAITING", graph.aiohttp.ClientTimeout(total=0.2))
    meta.troubles = [5.0]
    with pytest.raises(InDoubt):
        await whatsapp.send(SendMessage(to=KARIN, text="Hej"))


async def test_an_answer_that_cannot_be_read_leaves_it_in_doubt(whatsapp: WhatsApp, meta: Meta) -> None:
    meta.troubles = [graph.web.Response(text="OK"), graph.web.json_response({"messages": []})]
    for _ in range(2):
        with pytest.raises(InDoubt):
            await whatsapp.send(SendMessage(to=KARIN, text="Hej"))


async def test_where_nobody_is_nothing_was_sent() -> None:
    nowhere = WhatsAppSettings(
        phone_number_id=NUMBER, access_token=graph.TOKEN, base_url="http://127.0.0.1:9"
    )
    with pytest.raises(Unavailable):
        await WhatsApp("wa", "sesame", nowhere).send(SendMessage(to=KARIN, text="Hej"))


async def test_without_a_token_or_a_number_it_says_which_is_missing(meta: Meta) -> None:
    bare = WhatsAppSettings(phone_number_id=NUMBER, base_url=meta.address)
    with pytest.raises(AuthFailed, match="No access token"):
        await WhatsApp("wa", "sesame", bare).send(SendMessage(to=KARIN, text="Hej"))
    with pytest.raises(Refused, match="ID of our phone number"):
        await WhatsApp("wa", "sesame", WhatsAppSettings()).send(SendMessage(to=KARIN, text="Hej"))


async def test_secrets_may_lie_in_files_and_change_there(meta: Meta, tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("access_token", "app_secret", "verify_token")}
    settings = WhatsAppSettings(
        phone_number_id=NUMBER,
        base_url=meta.address,
        **{f"{name}_file": str(path) for name, path in files.items()},
    )
    whatsapp = WhatsApp("wa", "sesame", settings)
    with pytest.raises(AuthFailed, match="its file cannot be read"):
        await whatsapp.send(SendMessage(to=KARIN, text="Hej"))
    post = Raw(body=b"{}", headers={"x-hub-signature-256": "sha256=0"}, received_at=now())
    assert "No app secret" in (whatsapp.doubt(post) or Doubt("", Answer(status=0))).why
    for name, path in files.items():
        path.write_text(f"{graph.TOKEN if name == 'access_token' else name}\n")
    await whatsapp.send(SendMessage(to=KARIN, text="Hej"))
    assert len(meta.sent) == 1
    signed = hmac.new(b"app_secret", b"{}", sha256).hexdigest()
    assert whatsapp.doubt(structs.replace(post, headers={"x-hub-signature-256": f"sha256={signed}"})) is None
    query = "hub.mode=subscribe&hub.verify_token=verify_token&hub.challenge=7"
    answer = whatsapp.refuse(Raw(body=b"", headers={":method": "GET", ":query": query}, received_at=now()))
    assert answer is not None
    assert answer.body == b"7"


async def test_a_file_of_a_customer_is_fetched_by_its_id(
    whatsapp: WhatsApp, meta: Meta, tmp_path: Path
) -> None:
    meta.media["1003383421387256"] = ("image/jpeg", b"\xff\xd8\xff" * 100_000)
    await whatsapp.bring("1003383421387256", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"\xff\xd8\xff" * 100_000


@pytest.mark.parametrize("ref", ["404", "../me/accounts", "me/accounts?limit=1", "", "1 2"])
async def test_a_file_that_meta_does_not_know_is_never_had(
    whatsapp: WhatsApp, tmp_path: Path, ref: str
) -> None:
    with pytest.raises(Refused):
        await whatsapp.bring(ref, tmp_path / "file")


@pytest.mark.parametrize("address", [
    "https://attacker.example/file", "http://169.254.169.254/latest", "http://lookaside.fbsbx.com/file", "file:///etc/passwd",
    "https://fbsbx.com.attacker.example/file", "", "https://[",
])  # fmt: skip
async def test_the_token_is_sent_to_meta_alone(whatsapp: WhatsApp, tmp_path: Path, address: str) -> None:
    with pytest.raises(Refused, match="no place of its own"):
        await whatsapp.graph.download(address, tmp_path / "file", 100)


async def test_a_file_that_is_too_large_is_not_fetched_to_its_end(
    whatsapp: WhatsApp, meta: Meta, tmp_path: Path
) -> None:
    meta.media["1"] = ("video/mp4", b"x" * 2_000_001)
    with pytest.raises(Refused, match="larger than 2 MB"):
        await whatsapp.graph.download(f"{meta.address}/files/1", tmp_path / "file", 2_000_000)
