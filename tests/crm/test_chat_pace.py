"""What a message of a chat costs: it is to be at the console at once. Its statements may become fewer, not more."""

from __future__ import annotations

import pytest

from tests.asked import asked
from tests.crm.messenger import Messenger

MOST = (
    17  # with the beginning of the transaction, the item, and the looks at the set-up and at who is blocked
)


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_a_further_message_asks_no_more_of_the_store_than_it_did(messenger: Messenger) -> None:
    await messenger.writes("Hello")
    await messenger.writes("It is about the windows")
    take = await messenger.taking(messenger.message("Are you there?"))
    with asked() as told:
        await messenger.db.write(take)
    assert len(told) <= MOST, told
