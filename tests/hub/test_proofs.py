"""The little work that a browser does for a form: it counts once, in time, and only if it was done."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import pytest

from hub import proofs
from hub.clock import Clock, now
from hub.db import Database


def solve(challenge: str) -> str:
    """Do the work as a browser does it."""
    salt, _expires, wanted, _signature = challenge.split(".")
    for number in range(proofs.MOST):
        if sha256(f"{salt}{number}".encode()).hexdigest() == wanted:
            return f"{challenge}.{number}"
    raise AssertionError


@pytest.fixture
async def proof(db: Database) -> str:
    """Give a proof that nobody used yet."""
    return solve(proofs.challenge(await db.write(proofs.make_key), now()))


async def test_work_that_was_done_counts_once(db: Database, proof: str) -> None:
    assert await db.write(proofs.spend, proof, 1, now())
    assert not await db.write(proofs.spend, proof, 2, now())


async def test_an_item_that_is_read_again_keeps_its_own(db: Database, proof: str) -> None:
    assert await db.write(proofs.spend, proof, 1, now())
    assert await db.write(proofs.spend, proof, 1, now())


async def test_work_expires(db: Database, proof: str) -> None:
    late = now() + proofs.LASTS + timedelta(seconds=1)
    assert not await db.write(proofs.spend, proof, 1, late)


@pytest.mark.parametrize(
    "wrong", ["", "a.b.c.d.e", "....", "x" * 1000, "é.1.2.3.4", "a.99999999999999.c.d.1"]
)
async def test_nonsense_is_no_work(db: Database, proof: str, wrong: str) -> None:
    assert proof
    assert not await db.write(proofs.spend, wrong, 1, now())


@pytest.mark.parametrize("part", range(5), ids=["salt", "expires", "hash", "signature", "number"])
async def test_a_proof_that_was_tampered_with_is_none(db: Database, proof: str, part: int) -> None:
    parts = proof.split(".")
    parts[part] = f"{parts[part][:-1]}{(int(parts[part][-1], 16) + 1) % 10}"
    assert not await db.write(proofs.spend, ".".join(parts), 1, now())


async def test_there_is_one_key(db: Database) -> None:
    assert await db.write(proofs.make_key) == await db.write(proofs.make_key)


async def test_what_expired_is_forgotten(db: Database, proof: str, clock: Clock) -> None:
    await db.write(proofs.spend, proof, 1, now())
    assert await db.write(proofs.forget) == 0
    clock.advance(hours=2, seconds=1)
    assert await db.write(proofs.forget) == 1
