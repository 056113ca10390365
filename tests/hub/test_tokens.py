"""API tokens: shown once, found by their hash, with scopes."""

from __future__ import annotations

import pytest

from hub import tokens
from hub.clock import Clock
from hub.db import Database


async def test_a_token_is_found_until_it_is_revoked(db: Database) -> None:
    token = await db.write(tokens.create, "shop system", ["contacts:read"])
    assert token.startswith("rb_")
    found = await db.read(tokens.find, token)
    assert found is not None
    assert (found.name, found.scopes, found.viewer.sees_all) == ("shop system", ["contacts:read"], True)
    await db.write(tokens.revoke, "shop system")
    assert await db.read(tokens.find, token) is None


async def test_the_store_does_not_know_the_token(db: Database) -> None:
    token = await db.write(tokens.create, "shop system", ["all"])
    found = await db.read(tokens.find, token)
    assert found is not None
    assert token not in found.hash


async def test_use_is_noted_at_most_once_a_minute(db: Database, clock: Clock) -> None:
    token = await db.write(tokens.create, "shop system", ["all"])
    found = await db.read(tokens.find, token)
    assert found is not None
    assert found.stale
    await db.write(tokens.touch, found.id)
    clock.advance(seconds=30)
    assert not (await db.read(tokens.find, token)).stale  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "scopes", "words"),
    [
        ("", ["all"], "needs a name"),
        ("shop", [], "needs a scope"),
        ("shop", ["contacts"], "“contacts” is no scope"),
        ("shop", ["contacts:delete"], "is no scope"),
    ],
)
async def test_a_wrong_wish_is_told_in_words(db: Database, name: str, scopes: list[str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        await db.write(tokens.create, name, scopes)


async def test_two_tokens_cannot_share_a_name_but_a_revoked_one_frees_it(db: Database) -> None:
    await db.write(tokens.create, "shop", ["all"])
    with pytest.raises(ValueError, match="already"):
        await db.write(tokens.create, "shop", ["all"])
    await db.write(tokens.revoke, "shop")
    await db.write(tokens.create, "shop", ["all"])


async def test_what_is_not_there_cannot_be_revoked(db: Database) -> None:
    with pytest.raises(LookupError, match="no token called “shop”"):
        await db.write(tokens.revoke, "shop")


@pytest.mark.parametrize(
    ("scopes", "needed", "opened"),
    [
        ({"all"}, "tasks:write", True),
        ({"tasks:read"}, "tasks:read", True),
        ({"tasks:write"}, "tasks:read", True),
        ({"tasks:read"}, "tasks:write", False),
        ({"contacts:write"}, "tasks:read", False),
    ],
)
def test_a_scope_opens_its_resource_and_writing_includes_reading(
    scopes: set[str], needed: str, *, opened: bool
) -> None:
    assert tokens.opens(scopes, needed) is opened
