"""Channels are rows; a running hub keeps in step with them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import channels as module
from hub.channels import Channel, Channels, add_channel
from hub.db import Database
from tests.eventually import eventually


def add_form(session: Session, name: str = "website") -> str:
    return add_channel(session, name, name.title(), "form", {"title": "A price"}).token


def rename(session: Session) -> None:
    channel = session.scalars(select(Channel)).one()
    channel.settings = {**channel.settings, "title": "Another title"}


async def test_name_and_token_must_belong_together(db: Database) -> None:
    token = await db.write(add_form)
    other = await db.write(add_form, "service")
    channels = Channels(db)
    await channels.load()
    assert channels.admit("website", token) is not None
    assert channels.admit("website", other) is None
    assert channels.admit("shop", token) is None


async def test_a_channel_that_another_process_adds_is_taken_up_by_the_running_hub(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GLANCE", 0.01)
    channels = Channels(db)
    await channels.load()
    running = asyncio.create_task(channels.run())
    token = await db.write(add_form)
    await eventually(lambda: channels.admit("website", token) is not None)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_a_connector_lives_on_until_its_own_row_changes(db: Database) -> None:
    token = await db.write(add_form)
    channels = Channels(db)
    await channels.load()
    before = channels.by_token(token)
    await channels.load()
    assert channels.by_token(token) is before
    await db.write(rename)
    await channels.load()
    assert channels.by_token(token) is not before


async def test_a_setting_that_does_not_exist_is_refused_in_words(db: Database) -> None:
    with pytest.raises(ValueError, match="titel"):
        await db.write(lambda session: add_channel(session, "shop", "Shop", "form", {"titel": "Our shop"}))


def spoil(session: Session) -> None:
    channel = session.scalars(select(Channel).where(Channel.name == "website")).one()
    channel.settings = {"of a newer version": True}


async def test_a_channel_whose_settings_are_refused_goes_on_as_it_was_and_harms_no_other(
    db: Database,
) -> None:
    token = await db.write(add_form)
    other = await db.write(add_form, "service")
    channels = Channels(db)
    await channels.load()
    await db.write(spoil)
    for _ in range(2):
        await channels.load()
        assert channels.admit("website", token) is not None
        assert channels.admit("service", other) is not None
    fresh = Channels(db)
    await fresh.load()
    assert fresh.admit("service", other) is not None


async def test_a_secret_that_the_other_side_renews_is_kept_and_its_connector_lives_on(db: Database) -> None:
    await db.write(add_channel, "post", "Post", "mail", {"refresh_token": "r0"})
    channels = Channels(db)
    await channels.load()
    (before,) = channels
    await before.connector.renew("refresh_token", "r0", "r1")
    await before.connector.renew("refresh_token", "an older one", "r2")
    await channels.load()
    assert next(iter(channels)).connector is before.connector
    kept = await db.read(lambda session: session.scalars(select(Channel.settings)).one())
    assert kept["refresh_token"] == "r1"  # noqa: S105 - made up


async def test_a_connector_knows_where_others_send_things_to_its_channel_once_that_is_said(
    db: Database,
) -> None:
    token = await db.write(add_form)
    for url, address in (("https://hub.example/", f"https://hub.example/in/website/{token}"), ("", "")):
        channels = Channels(db, url)
        await channels.load()
        assert next(iter(channels)).connector.address == address


async def test_at_the_end_all_connectors_let_go_and_one_that_is_silent_holds_nobody_up(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FAREWELL", 0.05)
    for name in ("fails", "website", "silent"):
        await db.write(add_form, name)
    channels, gone = Channels(db), list[str]()
    await channels.load()

    def goodbye(name: str) -> Callable[[], Awaitable[None]]:
        async def close() -> None:
            gone.append(name)
            if name == "fails":
                raise OSError("reset")
            if name == "silent":
                await asyncio.Event().wait()

        return close

    for each in channels:
        monkeypatch.setattr(each.connector, "close", goodbye(each.name))
    await asyncio.wait_for(channels.close(), 10)
    assert sorted(gone) == ["fails", "silent", "website"]
