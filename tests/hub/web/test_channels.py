"""The room Channels: health in words, settings from the connector's own manual, pause, token and test, with undo."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, ClassVar

import msgspec
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import audit, comparisons
from hub import channels as hub_channels
from hub.channels import Channel, Channels, add_channel
from hub.clock import Clock, now
from hub.comparable import Day
from hub.connector import Line, Raw, Secret, Settings, WrongSetting
from hub.db import Database
from hub.journal import Inbound
from tests.hub.web.conftest import Shop, SignIn, Visitor

FRAGMENT = {"HX-Request": "true"}


class TillSettings(Settings, frozen=True, kw_only=True):
    """What a till is set up with."""

    shops: Annotated[tuple[str, ...], msgspec.Meta(title="Shops", description="Which shops ring it.")] = ()
    seconds: Annotated[float, msgspec.Meta(title="Patience", ge=0)] = 2.0
    loud: Annotated[bool, msgspec.Meta(title="Loud", extra={"group": "Sounds"})] = True
    bells: Annotated[tuple[str, ...], msgspec.Meta(title="Bells", extra={"group": "Sounds"})] = ("low",)
    song: Annotated[str, msgspec.Meta(title="Song", max_length=9, extra={"group": "Sounds"})] = ""
    password: Annotated[Secret, msgspec.Meta(title="Password")] = ""
    program: Annotated[str, msgspec.Meta(title="Program", extra={"by_command": True})] = "beep"

    def __post_init__(self) -> None:
        """Refuse a shop that is nowhere."""
        if "nowhere" in self.shops:
            raise WrongSetting("shops", "Nowhere is no place for a shop")


class Till(Shop):
    """A shop with settings, which can be tried."""

    kind: ClassVar[str] = "till"
    settings_type: ClassVar[type[Settings]] = TillSettings

    def read(self, raw: Raw) -> tuple[()]:
        """Understand nothing, and mind nothing."""
        assert raw.body
        return ()

    def trial(self) -> Raw:
        """Give a harmless item."""
        return Raw(body=b"beep", headers={}, received_at=now())


@pytest.fixture
async def channels(db: Database, monkeypatch: pytest.MonkeyPatch) -> Channels:
    """Give the channels of a hub that has one, “till”."""
    monkeypatch.setattr(hub_channels, "connector_kinds", lambda: {Till.kind: Till})
    for module in ("hub.channel_changes", "hub.web.channels", "hub.web.channel_views"):
        monkeypatch.setattr(f"{module}.connector_kinds", lambda: {Till.kind: Till})
    await db.write(add_channel, "till", "The till", Till.kind, {"password": "sesame"})
    known = Channels(db)
    await known.load()
    return known


@pytest.fixture
def intake(channels: Channels) -> str:
    """Give the address to which the till sends."""
    return f"/in/till/{channels.get(1).token}"


Row = Callable[[], Awaitable[Channel]]


@pytest.fixture
def till(db: Database) -> Row:
    """Give the channel as it stands in the store."""
    return lambda: db.read(lambda session: session.scalars(select(Channel)).one())


async def press(visitor: Visitor, path: str, **fields: str) -> str:
    """Press a button and give what is answered."""
    answer = await visitor.post(path, data=fields, headers=FRAGMENT)
    return await answer.text()


def filled(**changes: str) -> Mapping[str, str]:
    """Give the form of settings as it is sent."""
    return {
        "channel-title": "The till",
        "shops": "",
        "seconds": "2",
        "loud": "yes",
        "bells": "low",
        "song": "",
        "password": "",
        **changes,
    }


async def words_of_audit(db: Database) -> list[tuple[str, dict[str, list[object]]]]:
    return await db.read(
        lambda session: [(each.words, each.changes) for each in audit.history(session, "channel", 1)]
    )


async def test_managers_see_and_admins_change(visitor: Visitor, sign_in: SignIn) -> None:
    await sign_in("agent")
    assert (await visitor.get("/channels")).status == 403
    await sign_in("manager")
    assert "The till" in await (await visitor.get("/channels")).text()
    assert "disabled" in await (await visitor.get("/channels/1")).text()
    for path in ("/channels/1", "/channels/1/pause", "/channels/1/token", "/channels"):
        assert (await visitor.post(path, data={})).status == 403


async def test_settings_are_a_form_of_the_connectors_own_manual_and_a_secret_is_never_shown(
    visitor: Visitor, sign_in: SignIn, till: Row, db: Database
) -> None:
    await sign_in("admin")
    page = await (await visitor.get("/channels/1")).text()
    assert "Which shops ring it." in page
    assert "sesame" not in page
    await press(visitor, "/channels/1", **filled(shops="north\nsouth", seconds="0,5"))
    settings = (await till()).settings
    assert settings == {
        "shops": ["north", "south"], "seconds": 0.5, "loud": True, "bells": ["low"], "song": "", "password": "sesame",
        "program": "beep",
    }  # fmt: skip
    await press(visitor, "/channels/1", **filled(password="open"))  # noqa: S106 - an example
    assert (await till()).settings["password"] == "open"  # noqa: S105 - an example
    assert all("open" not in str(entry) for entry in await words_of_audit(db))
    assert "Keep none" in await (await visitor.get("/channels/1")).text()
    await press(visitor, "/channels/1", **filled(**{"forget password": "yes"}))
    assert (await till()).settings["password"] == ""


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"seconds": "soon"}, "seconds", "Write a number"),
        ({"seconds": "-1"}, "seconds", "0"),
        ({"shops": "nowhere"}, "shops", "Nowhere is no place for a shop"),
        ({"channel-title": " "}, "channel-title", "Say what colleagues call it."),
    ],
)
async def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(
    visitor: Visitor, sign_in: SignIn, till: Row, wrong: dict[str, str], field: str, words: str
) -> None:
    await sign_in("admin")
    before = (await till()).settings
    answer = await visitor.post("/channels/1", data=filled(**wrong), allow_redirects=False)
    page = await answer.text()
    assert answer.status == 422
    assert words in page.split(f'name="{field}"')[1].split("</div>")[0]
    assert (await till()).settings == before


async def test_settings_that_belong_together_are_folded_up_unless_one_is_wrong(
    visitor: Visitor, sign_in: SignIn
) -> None:
    await sign_in("admin")
    page = await (await visitor.get("/channels/1")).text()
    assert (
        page.index('for="s-password"')
        < page.index('<details class="part"><summary>')
        < page.index('id="s-loud"')
    )
    assert "1 set" not in page
    await press(visitor, "/channels/1", **filled(song="Waltz"))
    assert "1 set" in await (await visitor.get("/channels/1")).text()
    answer = await visitor.post("/channels/1", data=filled(song="A long, long waltz"))
    assert '<details class="part" open>' in await answer.text()


async def test_which_program_is_run_no_browser_changes(visitor: Visitor, sign_in: SignIn, till: Row) -> None:
    await sign_in("admin")
    page = await (await visitor.get("/channels/1")).text()
    assert "It is changed on the command line alone." in page
    assert "Saved" in await press(visitor, "/channels/1", **filled(seconds="3", program="rm -rf"))
    assert (await till()).settings["program"] == "beep"


async def test_a_change_of_settings_is_undone_and_what_was_changed_since_stays(
    visitor: Visitor, sign_in: SignIn, till: Row
) -> None:
    await sign_in("admin")
    answer = await press(visitor, "/channels/1", **filled(seconds="7", shops="north"))
    undo = answer.split('action="')[1].split('"')[0]
    await press(visitor, "/channels/1", **filled(seconds="7", shops="south"))
    await visitor.delete(undo, headers=FRAGMENT)
    settings = (await till()).settings
    assert (settings["seconds"], settings["shops"]) == (2.0, ["south"])


async def test_a_paused_channel_keeps_what_comes_and_goes_on_with_it(
    visitor: Visitor, sign_in: SignIn, till: Row, db: Database, intake: str
) -> None:
    await sign_in("admin")
    assert "What comes is kept" in await press(visitor, "/channels/1/pause")
    assert (await visitor.post(intake, data=b"x")).status == 200
    assert "Paused since" in await (await visitor.get("/channels")).text()
    assert "its channel is paused" in await (await visitor.get("/journal")).text()
    await press(visitor, "/channels/1/pause", _method="delete")
    assert (await till()).paused_at is None
    assert [words for words, _ in await words_of_audit(db)] == ["resumed", "paused"]


@pytest.mark.parametrize(("term", "lives"), [("week", True), ("now", False)])
async def test_an_old_address_works_until_its_time_is_up(
    visitor: Visitor, sign_in: SignIn, intake: str, clock: Clock, term: str, *, lives: bool
) -> None:
    await sign_in("admin")
    await press(visitor, "/channels/1/token", term=term)
    assert (await visitor.post(intake, data=b"x")).status == (200 if lives else 404)
    new = await (await visitor.get("/channels/1")).text()
    assert ("The old address works until" in new) == lives
    clock.advance(days=8)
    assert (await visitor.post(intake, data=b"x")).status == 404
    address = "/in/" + new.split('value="http')[1].split("/in/")[1].split('"')[0]
    assert (await visitor.post(address, data=b"x")).status == 200


async def test_a_test_goes_the_real_road_and_says_what_became_of_it(
    visitor: Visitor, sign_in: SignIn, db: Database
) -> None:
    await sign_in("admin")
    page = await (await visitor.post("/channels/1/trials")).text()
    assert "It waits to be read." in page
    (item,) = await db.read(lambda session: session.scalars(select(Inbound)).all())
    assert (item.body, item.key.startswith("test:")) == (b"beep", True)


async def test_a_new_channel_gets_a_name_for_addresses(
    visitor: Visitor, sign_in: SignIn, db: Database
) -> None:
    await sign_in("admin")
    for _ in range(2):
        await visitor.post("/channels", data={"title": "Fråga om reparation!", "kind": "till"})
    names = await db.read(lambda session: list(session.scalars(select(Channel.name).order_by(Channel.id))))
    assert names == ["till", "fraga-om-reparation", "fraga-om-reparation-2"]
    assert (
        "Say what colleagues call it." in await (await visitor.post("/channels", data={"title": ""})).text()
    )


async def test_what_failed_says_why(visitor: Visitor, sign_in: SignIn, db: Database, intake: str) -> None:
    await visitor.post(intake, data=b"x")

    def fail(session: Session) -> None:
        item = session.scalars(select(Inbound)).one()
        item.due_at, item.failed_at, item.error = None, now(), "The drawer is stuck"

    await db.write(fail)
    await sign_in("manager")
    assert "1 could not be read" in await (await visitor.get("/channels")).text()
    assert "The drawer is stuck" in await (await visitor.get("/channels/1")).text()


class Phone(Till):
    """A till that listens."""

    async def run(self, line: Line) -> None:
        """Hear nothing."""


MINUTE = timedelta(minutes=1)


def set_all(session: Session, values: Mapping[str, object]) -> None:
    for row in session.scalars(select(Channel)):
        for name, value in values.items():
            setattr(row, name, value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ["Not connected yet"]),
        (
            {"doing": "Reads what was there: 50 of 120"},
            ["Not connected yet", "Reads what was there: 50 of 120"],
        ),
        ({"up_at": MINUTE}, ["Connected since today"]),
        ({"up_at": MINUTE, "unheard_at": 3 * MINUTE}, ["Connected since today", "Not heard between today"]),
        (
            {"up_at": MINUTE, "unheard_at": 3 * MINUTE, "filled": "3 calls were found."},
            ["Not heard between today", "3 calls were found."],
        ),
        (
            {"up_at": MINUTE, "unheard_at": 3 * MINUTE, "unfilled": "No such file."},
            ["Not heard between today", "No such file."],
        ),
        ({"trouble_at": MINUTE, "trouble": "no route"}, ["Not reachable since today", "no route"]),
        (
            {"trouble_at": MINUTE, "trouble": "wrong password", "refused_at": MINUTE},
            ["Refused since today", "wrong password: mend the settings."],
        ),
    ],
)
async def test_one_that_listens_says_how_it_is(
    visitor: Visitor, sign_in: SignIn, db: Database, monkeypatch: pytest.MonkeyPatch, clock: Clock,
    changes: Mapping[str, timedelta | str], words: Sequence[str],
) -> None:  # fmt: skip
    monkeypatch.setattr("hub.web.channel_views.connector_kinds", lambda: {Till.kind: Phone})
    clock.shift = datetime.combine(now().date(), time(12), UTC) - now()
    values = {
        name: now() - value if isinstance(value, timedelta) else value for name, value in changes.items()
    }
    await db.write(set_all, values)
    await sign_in("manager")
    for path in ("/channels", "/channels/1"):
        page = await (await visitor.get(path)).text()
        assert [each for each in words if each not in page] == []


async def test_days_that_were_compared_say_what_was_missing(
    visitor: Visitor, sign_in: SignIn, db: Database
) -> None:
    await sign_in("manager")
    assert "Compared with" not in await (await visitor.get("/channels/1")).text()
    await db.write(comparisons.keep, 1, [Day(date(2026, 11, 24), 1204, 3), Day(date(2026, 11, 25), 7, 0)])
    page = await (await visitor.get("/channels/1")).text()
    newer, older = page.partition("Tue 24 Nov")[::2]
    assert ("Wed 25 Nov" in newer, "all" in newer) == (True, True)
    assert ("1204" in older, "3 were missing and were fetched" in older) == (True, True)


async def test_one_to_which_nothing_is_sent_has_no_address(
    visitor: Visitor, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sign_in("manager")
    assert "Things are sent to" in await (await visitor.get("/channels/1")).text()
    monkeypatch.setattr("hub.web.channels.takes_posts", lambda _kind: False)
    assert "Things are sent to" not in await (await visitor.get("/channels/1")).text()
