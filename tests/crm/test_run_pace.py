"""What a run costs: the statements of the windows process from beginning to end, which may become fewer, not more."""

from __future__ import annotations

import pytest

from hub.db import Database
from tests.asked import asked
from tests.bench import runs
from tests.crm.sale import WINDOWS, Sale

MOST = 161  # in eleven transactions, and with the seven looks of the timer and one at the end


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_a_run_of_the_windows_process_asks_no_more_of_the_store_than_it_did(db: Database) -> None:
    sale = Sale(db)
    await sale.found()
    version, boss = await sale.publish(WINDOWS.read_bytes()), await sale.firm.who("Maria")
    await runs.walked(sale, version, boss)
    with asked() as told:
        await runs.walked(sale, version, boss)
    assert len(told) <= MOST
