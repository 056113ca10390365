"""Meta's web hooks, from its post to what the hub makes of it: proven, whole, once, and in each chat's order."""

from __future__ import annotations

import json
from collections import defaultdict

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.meta.hooks import MetaConnector
from hub.chats import MessageFate, MessageReceived
from hub.connector import Raw
from tests.connectors.meta.conftest import Hub
from tests.connectors.meta.recorded import CHANNELS, NINE, WHATSAPP, names, post
from tests.servers.graph import APP_SECRET, Meta, doubled_and_shuffled, signed

WORD, GUESSED, NEW = "a word of ours", "guessed", "the new one"
KINDS = ["whatsapp", "messenger", "instagram"]


def body(kind: str, name: str) -> bytes:
    return post(kind, name).body


@pytest.mark.parametrize("kind", KINDS)
async def test_meta_is_told_that_the_address_is_ours(hub: Hub, kind: str) -> None:
    await hub.set_up(kind, verify_token=WORD)
    query = {"hub.mode": "subscribe", "hub.verify_token": WORD, "hub.challenge": "1158201444"}
    async with aiohttp.ClientSession() as client, client.get(hub.url(kind), params=query) as answer:
        assert (answer.status, await answer.text(), answer.content_type) == (200, "1158201444", "text/plain")
    assert await hub.items() == []  # and so the word is in no journal


async def test_without_a_word_of_ours_the_last_part_of_the_address_is_it(hub: Hub) -> None:
    url = hub.url("whatsapp")
    query = {"hub.mode": "subscribe", "hub.verify_token": url.rpartition("/")[2], "hub.challenge": "7"}
    async with aiohttp.ClientSession() as client, client.get(url, params=query) as answer:
        assert (answer.status, await answer.text()) == (200, "7")


@pytest.mark.parametrize("wrong", [
    {"hub.verify_token": "guessed"}, {"hub.verify_token": ""}, {"hub.mode": "unsubscribe"},
    {"hub.challenge": "<script>alert(1)</script>"}, {"hub.challenge": ""},
])  # fmt: skip
async def test_whoever_does_not_know_the_word_is_told_nothing(hub: Hub, wrong: dict[str, str]) -> None:
    url = hub.url("whatsapp")
    query = {
        "hub.mode": "subscribe",
        "hub.verify_token": url.rpartition("/")[2],
        "hub.challenge": "7",
        **wrong,
    }
    async with aiohttp.ClientSession() as client, client.get(url, params=query) as answer:
        assert answer.status == 403
        assert "script" not in await answer.text()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_post_is_answered_and_understood(hub: Hub, meta: Meta, kind: str) -> None:
    assert await meta.posts(hub.url(kind), body(kind, "text")) == [200]
    (item,) = await hub.settled()
    (event,) = hub.understood
    assert isinstance(event, MessageReceived)
    assert event.text.startswith("Hej! När kan ni mäta")
    assert item.done_at is not None


async def test_a_forged_post_is_refused_and_kept_apart(hub: Hub, meta: Meta) -> None:
    url = hub.url("whatsapp")
    assert await meta.posts(url, body("whatsapp", "text"), secret=GUESSED, tries=1) == [401]
    async with aiohttp.ClientSession() as client, client.post(url, data=body("whatsapp", "image")) as answer:
        assert answer.status == 401
    apart = await hub.items()
    assert [item.set_aside_why for item in apart] == [
        "Its signature was made with another secret, or over other words.", "It carries no signature."
    ]  # fmt: skip
    assert hub.understood == []


async def test_a_post_whose_letters_were_written_anew_is_no_longer_proven(hub: Hub) -> None:
    content = body("whatsapp", "text")
    anew = json.dumps(json.loads(content), ensure_ascii=False).encode()
    async with (
        aiohttp.ClientSession() as client,
        client.post(hub.url("whatsapp"), data=anew, headers=signed(content)) as answer,
    ):
        assert answer.status == 401


async def test_the_app_secret_before_holds_until_meta_has_the_new_one(hub: Hub, meta: Meta) -> None:
    await hub.set_up("whatsapp", app_secret=NEW, earlier_app_secret=APP_SECRET)
    assert await meta.posts(hub.url("whatsapp"), body("whatsapp", "text")) == [200]
    assert await meta.posts(hub.url("whatsapp"), body("whatsapp", "image"), secret=NEW) == [200]


async def test_without_an_app_secret_nothing_is_taken(hub: Hub, meta: Meta) -> None:
    await hub.set_up("whatsapp", app_secret="")
    assert await meta.posts(hub.url("whatsapp"), body("whatsapp", "text"), tries=1) == [401]
    (item,) = await hub.items()
    assert item.set_aside_why == "No app secret is set up: nothing can be proven."


async def test_a_post_sent_again_is_the_same_item(hub: Hub, meta: Meta) -> None:
    content = body("whatsapp", "text")
    assert await meta.posts(hub.url("whatsapp"), content, content, content) == [200] * 3
    assert len(await hub.settled()) == len(hub.understood) == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_a_batch_of_a_hundred_is_as_many_items_in_the_order_of_their_chats(
    hub: Hub, meta: Meta, kind: str
) -> None:
    assert await meta.posts(hub.url(kind), body(kind, "batch-of-100")) == [200]
    whole, *parts = await hub.settled()
    sent_twice = 10 if kind == "whatsapp" else 0  # the same status at the same second
    assert whole.became == f"{100 - sent_twice} parts, each an item of its own"
    assert all(part.done_at for part in parts)
    chats = defaultdict[str, list[int]](list)
    for event in hub.understood:
        if isinstance(event, MessageReceived):
            chats[event.chat].append(int(event.text.removeprefix("Meddelande ")))
    assert all(numbers == sorted(numbers) for numbers in chats.values())
    assert sum(map(len, chats.values())) == (60 if kind == "whatsapp" else 100)


async def test_a_message_alone_and_in_a_batch_is_one_item(hub: Hub, meta: Meta) -> None:
    batch = json.loads(body("messenger", "batch-of-100"))
    alone = {**batch, "entry": batch["entry"][41:42]}
    assert await meta.posts(hub.url("messenger"), alone) == [200]
    await hub.settled()
    assert await meta.posts(hub.url("messenger"), batch) == [200]
    items = await hub.settled()
    assert len(items) == 101  # the batch and its hundred
    assert {event.key for event in hub.understood if isinstance(event, MessageReceived)} == {
        f"m_B{number}" for number in range(100)
    }


async def test_one_in_trouble_holds_up_no_other(hub: Hub, meta: Meta) -> None:
    batch = json.loads(body("messenger", "batch-of-100"))
    batch["entry"][3]["messaging"][0]["sender"] = {"user_ref": "nobody"}
    assert await meta.posts(hub.url("messenger"), batch) == [200]
    items = await hub.settled()
    assert [item.error for item in items if item.error] == ["It does not say who wrote it."]
    assert len(hub.understood) == 99


async def test_what_is_another_numbers_is_said_and_not_made(hub: Hub, meta: Meta) -> None:
    told = json.loads(body("whatsapp", "text"))
    told["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "999"
    assert await meta.posts(hub.url("whatsapp"), told) == [200]
    (item,) = await hub.settled()
    assert (
        item.error == "It is for the number with the ID 999, which is another channel's: set up one for it."
    )
    assert hub.understood == []


async def test_what_is_another_pages_is_said_and_not_made(hub: Hub, meta: Meta) -> None:
    told = json.loads(body("messenger", "text"))
    told["entry"][0]["id"] = "999"
    assert await meta.posts(hub.url("messenger"), told) == [200]
    (item,) = await hub.settled()
    assert item.error == "It is for the page 999, which is another channel's: set up one for it."


async def test_statuses_doubled_and_in_any_order_are_each_told_once(hub: Hub, meta: Meta) -> None:
    hooks = [body("whatsapp", f"status-{each}") for each in ("sent", "delivered", "read", "played", "failed")]
    assert set(await meta.posts(hub.url("whatsapp"), *doubled_and_shuffled(hooks))) == {200}
    await hub.settled()
    fates = [event.fate for event in hub.understood if isinstance(event, MessageFate)]
    assert sorted(fates) == ["delivered", "failed", "read", "read", "sent"]


async def test_a_post_that_broke_off_is_kept_and_says_so(hub: Hub, meta: Meta) -> None:
    content = body("whatsapp", "text")[:-20]
    assert await meta.posts(hub.url("whatsapp"), content) == [200]
    (item,) = await hub.settled()
    assert item.error == "It is no JSON, or it broke off on its way."


async def test_an_empty_post_is_refused_and_not_kept(hub: Hub, meta: Meta) -> None:
    assert await meta.posts(hub.url("whatsapp"), b"", tries=1) == [400]
    assert await hub.items() == []


def test_a_post_that_is_larger_than_meta_sends_is_refused() -> None:
    refused = WHATSAPP.refuse(Raw(body=b" " * (5 << 20), headers={":method": "POST"}, received_at=NINE))
    assert refused is not None
    assert refused.status == 413


@pytest.mark.parametrize("kind", KINDS)
async def test_an_echo_becomes_no_message(hub: Hub, meta: Meta, kind: str) -> None:
    echo = "echo-of-the-app" if kind == "whatsapp" else "echo"
    assert await meta.posts(hub.url(kind), body(kind, echo)) == [200]
    (item,) = await hub.settled()
    assert (item.done_at is not None, hub.understood) == (True, [])


NESTED = b'{"object":"whatsapp_business_account","entry":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
OF_WHATSAPP = (
    b'{"object":"whatsapp_business_account","entry":[{"changes":[{"field":"messages","value":%s}]}]}'
)
JUNK = [
    b"", b"\xff\xfe", b"[]", b"null", b'"\\ud800"', b"{}", NESTED, b'{"object":"page","entry":1e999}',
    b'{"object": NaN}', b'{"object":"page","entry":' + b"9" * 5000 + b"}", b'{"object":"page","entry":[{},[],1]}',
    b'{"object":"instagram","entry":[{"id":{},"messaging":[{"sender":[],"message":7}],"changes":[{"value":[]}]}]}',
    OF_WHATSAPP % b'{"messages":[{}]}', OF_WHATSAPP % b'{"errors":[{"code":"x"}]}', OF_WHATSAPP % b"[]",
]  # fmt: skip


def gives_events_or_says_why_not(channel: MetaConnector, raw: Raw) -> None:
    """Read it, as a whole and in parts."""
    for ask in (channel.read, channel.parts):
        try:
            ask(raw)
        except ValueError as error:
            if not str(error):
                raise


@pytest.mark.parametrize("channel", CHANNELS, ids=KINDS)
@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_junk_is_refused_in_words_and_breaks_nothing(channel: MetaConnector, junk: bytes) -> None:
    raw = Raw(body=junk, headers={":query": "\udcff&&=%"}, received_at=NINE)
    gives_events_or_says_why_not(channel, raw)
    assert channel.key(raw)
    assert isinstance(channel.stream(raw), str)
    assert channel.asks(raw) is False


@given(st.data())
def test_whatever_a_post_says_its_reader_gives_events_or_says_why_not(data: st.DataObject) -> None:
    channel = data.draw(st.sampled_from(CHANNELS))
    told = json.loads(body(channel.kind, data.draw(st.sampled_from(names(channel.kind)))))
    _spoil(told, data)
    raw = Raw(body=json.dumps(told).encode(), headers={}, received_at=NINE)
    gives_events_or_says_why_not(channel, raw)
    assert channel.key(raw)


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.just([[]]), st.just({"": {"": None}}),
    st.just("1" * 4_000), st.just("\ud83d"), st.integers(min_value=1 << 70),
)  # fmt: skip


def _spoil(told: object, data: st.DataObject) -> None:
    """Put something odd in the place of one part."""
    while True:
        within: object
        if isinstance(told, dict) and told:
            place: object = data.draw(st.sampled_from(sorted(told)))
            within = told[place]
        elif isinstance(told, list) and told:
            place = data.draw(st.integers(0, min(len(told), 3) - 1))
            within = told[place]  # type: ignore[call-overload]
        else:
            return
        if not isinstance(within, dict | list) or not within or data.draw(st.integers(0, 4)) == 0:
            told[place] = data.draw(ODD)  # type: ignore[index]
            return
        told = within


def test_control_characters_and_half_letters_do_not_reach_a_card() -> None:
    told = json.loads(body("whatsapp", "text"))
    message = told["entry"][0]["changes"][0]["value"]["messages"][0]
    message["text"]["body"] = "Hej\x00\x1b[31m\u202e du\ud83d\r\nda\tjo"
    (event,) = WHATSAPP.read(Raw(body=json.dumps(told).encode(), headers={}, received_at=NINE))
    assert isinstance(event, MessageReceived)
    assert event.text == "Hej[31m du\N{REPLACEMENT CHARACTER}\nda\tjo"
