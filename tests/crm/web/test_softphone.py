"""What a softphone is given: to its own person's page alone, once it may, and by an address that is the PBX's."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy.orm import Session

from connectors.asterisk.settings import AsteriskSettings
from hub import audit
from hub.channels import add_channel
from hub.connector import WrongSetting
from hub.exchange import Relay
from hub.preferences import choose
from hub.users import User, add_user, find_user, viewer
from hub.web.keys import CHANNELS
from tests.crm.klarruta import Klarruta
from tests.crm.web.console import Consoles

SECRET = "seven green doors"  # noqa: S105 - an invented one
WEBSOCKET = "wss://pbx.klarruta.example:8089/ws"

Give = Callable[[], Awaitable[User]]


@pytest.fixture
async def consoles(firm: Klarruta, client: TestClient) -> Consoles:
    """Give everybody a console of one hub; Annika sets it up, and its PBX takes browsers."""
    await firm.do(add_user, "annika@klarruta.example", "Annika Kron", "admin")
    await firm.do(add_channel, "pbx", "Office", "asterisk", {"webrtc": WEBSOCKET})
    await client.app[CHANNELS].load()  # type: ignore[union-attr]
    return Consoles(firm, client)


@pytest.fixture
def give(firm: Klarruta, consoles: Consoles) -> Give:
    """Give what gives Elin a softphone, which she switches on."""

    async def do() -> User:
        elin = await firm.do(find_user, "elin@klarruta.example")
        await consoles.send("Annika", f"/people/{elin.id}/softphone", sip_user="104", secret=SECRET)
        await firm.do(choose, viewer(elin), softphone=True)
        return elin

    return do


async def test_it_is_given_to_its_own_person_and_the_secret_is_shown_to_nobody(
    consoles: Consoles, give: Give
) -> None:
    elin = await give()
    shown = await consoles.get("Annika", f"/people/{elin.id}")
    assert "A browser is the telephone “104” at the PBX" in shown.words
    assert SECRET not in shown.html
    assert "softphone-bar" in (await consoles.get("Elin", "/tasks")).html
    assert "softphone" not in (await consoles.get("Annika", "/tasks")).html
    given = json.loads((await consoles.send("Elin", "/softphone/account")).html)
    assert given == {"address": WEBSOCKET, "host": "pbx.klarruta.example", "user": "104", "secret": SECRET,
                     "name": elin.name, "ice_servers": []}  # fmt: skip
    assert (await consoles.send("Annika", "/softphone/account")).status == 409


async def test_the_audit_says_once_in_a_sign_in_that_it_was_used(
    firm: Klarruta, consoles: Consoles, give: Give
) -> None:
    elin = await give()
    for _ in range(2):
        await consoles.send("Elin", "/softphone/account")
    consoles.cookies.clear()
    await consoles.send("Elin", "/softphone/account")
    verbs = [entry.verb for entry in await firm.do(audit.history, "user", elin.id)]
    assert verbs.count(audit.USED) == 2


async def test_the_account_is_kept_by_no_cache_and_asked_for_from_no_other_site(
    client: TestClient, consoles: Consoles, give: Give
) -> None:
    await give()
    cookie = {"Cookie": f"ringback={await consoles._cookie('Elin')}"}
    asked = await client.post("/softphone/account", headers=cookie | {"Sec-Fetch-Site": "same-origin"})
    assert (asked.status, asked.headers["Cache-Control"]) == (200, "no-store")
    foreign = await client.post("/softphone/account", headers=cookie | {"Sec-Fetch-Site": "cross-site"})
    assert foreign.status == 403


async def test_its_window_may_speak_with_the_pbx_and_no_other_page_may(
    client: TestClient, consoles: Consoles, give: Give
) -> None:
    await give()
    cookie = {"Cookie": f"ringback={await consoles._cookie('Elin')}"}
    window = await client.get("/softphone", headers=cookie)
    assert f"connect-src 'self' {WEBSOCKET}" in window.headers["Content-Security-Policy"]
    other = await client.get("/tasks", headers=cookie)
    assert WEBSOCKET not in other.headers["Content-Security-Policy"]


async def test_colleagues_are_found_and_a_number_outside_is_taken_as_it_is_dialled(
    firm: Klarruta, consoles: Consoles, give: Give
) -> None:
    await give()

    def sits(session: Session) -> None:
        find_user(session, "johan@klarruta.example").extension = "102"

    await firm.do(sits)
    found = await consoles.part("Elin", "/softphone/colleagues?q=joh")
    assert "Johan Lindh 102 · Free" in found.words
    assert 'data-ask="102"' in found.html
    assert "Nobody of this name" in (await consoles.part("Elin", "/softphone/colleagues?q=07x")).words
    outside = await consoles.part("Elin", "/softphone/colleagues?q=070-174+06+12")
    assert 'data-give="0701740612"' in outside.html
    assert 'data-give="102"' in (await consoles.part("Elin", "/softphone/colleagues?q=102")).html


async def test_who_has_none_or_switched_it_off_is_told_why(
    firm: Klarruta, consoles: Consoles, give: Give
) -> None:
    assert "an admin gives it to you" in (await consoles.get("Elin", "/softphone")).words
    elin = await give()
    await firm.do(choose, viewer(elin), softphone=False)
    assert "switched off" in (await consoles.get("Elin", "/softphone")).words
    assert (await consoles.send("Elin", "/softphone/account")).status == 409


async def test_it_is_taken_away(consoles: Consoles, give: Give) -> None:
    elin = await give()
    await consoles.press("Annika", f"/people/{elin.id}/softphone", "DELETE")
    assert (await consoles.send("Elin", "/softphone/account")).status == 409
    assert "softphone-bar" not in (await consoles.get("Elin", "/tasks")).html


async def test_a_user_without_a_secret_is_refused_in_words(firm: Klarruta, consoles: Consoles) -> None:
    elin = await firm.do(find_user, "elin@klarruta.example")
    for fields, words in (
        ({"sip_user": "104"}, "Enter the secret"),
        ({"sip_user": "1 04", "secret": SECRET}, "A user at the PBX"),
        ({"sip_user": "104", "secret": "x" * 201}, "at most 200 letters"),
    ):
        answer = await consoles.press("Annika", f"/people/{elin.id}/softphone", **fields)
        assert (answer.status, words in answer.words) == (409, True)


@pytest.mark.parametrize("address", [WEBSOCKET, "ws://127.0.0.1:8088/ws", "wss://[2001:db8::1]/ws", ""])
def test_an_address_of_a_websocket_is_taken(address: str) -> None:
    assert AsteriskSettings(webrtc=address).webrtc == address


STUN, TURN = "stun:turn.example:3478", "turns:[2001:db8::1]:5349?transport=tcp"


def test_servers_for_other_networks_are_given_as_browsers_take_them() -> None:
    settings = AsteriskSettings(ice_servers=(STUN, TURN), turn_user="klarruta", turn_secret=SECRET)
    assert settings.relays == [Relay(STUN), Relay(TURN, "klarruta", SECRET)]


@pytest.mark.parametrize(
    ("servers", "user"),
    [((TURN,), ""), (("http://turn.example",), "k"), (("turn:a b",), "k"), (("stun:",), "k")],
)
def test_servers_that_could_not_help_are_refused(servers: tuple[str, ...], user: str) -> None:
    with pytest.raises(WrongSetting):
        AsteriskSettings(ice_servers=servers, turn_user=user, turn_secret=SECRET)


@pytest.mark.parametrize(
    "address", ["ws://pbx.example/ws", "https://pbx.example", "wss://a b", "wss://a; script-src *", "wss://"]
)
def test_what_is_no_safe_address_is_refused(address: str) -> None:
    with pytest.raises(WrongSetting):
        AsteriskSettings(webrtc=address)
