"""What a run of the windows process costs: what it asks of the store, and what it leaves behind in memory."""

from __future__ import annotations

import gc

import pytest

from hub.db import Database
from tests.asked import asked
from tests.bench import runs
from tests.crm.sale import WINDOWS, Sale

MOST = 164  # in twelve transactions, and with the seven looks of the timer and one at the end
LEFT = 300  # objects that name each other: one that is not let go leaves twice as many


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_a_run_of_the_windows_process_asks_no_more_of_the_store_than_it_did(db: Database) -> None:
    sale = Sale(db)
    await sale.found()
    version, boss = await sale.publish(WINDOWS.read_bytes()), await sale.firm.who("Maria")
    await runs.walked(sale, version, boss)
    with asked() as told:
        await runs.walked(sale, version, boss)
    assert len(told) <= MOST


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_a_run_leaves_hardly_anything_that_would_have_to_be_looked_for_as_garbage(db: Database) -> None:
    sale = Sale(db)
    await sale.found()
    version, boss = await sale.publish(WINDOWS.read_bytes()), await sale.firm.who("Maria")
    await runs.walked(sale, version, boss)
    gc.collect()
    gc.disable()
    try:
        await runs.walked(sale, version, boss)
        assert gc.collect() < LEFT
    finally:
        gc.enable()
