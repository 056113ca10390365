"""What a run costs: the statements of the windows process from beginning to end, which may become fewer, not more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from hub.db import Database
from tests.bench import runs
from tests.crm.sale import WINDOWS, Sale

MOST = 195  # in eleven transactions, and with the seven looks of the timer and one at the end


@contextmanager
def counted() -> Iterator[list[str]]:
    """Give what is asked of the store meanwhile."""
    asked: list[str] = []

    def note(*told: object) -> None:
        asked.append(str(told[2]))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_a_run_of_the_windows_process_asks_no_more_of_the_store_than_it_did(db: Database) -> None:
    sale = Sale(db)
    await sale.found()
    version, boss = await sale.publish(WINDOWS.read_bytes()), await sale.firm.who("Maria")
    await runs.walked(sale, version, boss)
    with counted() as asked:
        await runs.walked(sale, version, boss)
    assert len(asked) <= MOST
