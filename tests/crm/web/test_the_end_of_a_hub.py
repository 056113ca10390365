"""A hub that ends lets go of the servers that it wrote to."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from crm.campaigns import DONE, Campaign
from hub.web.keys import CHANNELS
from tests.crm.mailbox import Mailbox
from tests.crm.mailing_out import add_mailbox, agree, begin
from tests.crm.web.console import Consoles
from tests.crm.web.test_campaigns import campaign as campaign  # noqa: PLC0414 - the fixture
from tests.eventually import eventually
from tests.servers import sink as sinks


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
async def test_the_lines_over_which_a_campaign_left_are_not_left_open(
    campaign: int, mailbox: Mailbox, consoles: Consoles
) -> None:
    async with sinks.sink() as sink:

        def ground(session: Session) -> int:
            row = session.get_one(Campaign, campaign)
            row.channel_id = add_mailbox(session, sink.port).id
            agree(session, row, ["karin@kund.example", "lars@kund.example"])
            return row.channel_id

        async def is_done() -> bool:
            return await mailbox.db.read(lambda session: session.get_one(Campaign, campaign).state == DONE)

        channel = await mailbox.db.write(ground)
        channels = consoles.client.app[CHANNELS]  # type: ignore[index]
        await eventually(lambda: any(each.id == channel for each in channels), 30)
        await mailbox.db.write(begin, campaign)
        await eventually(is_done, 30)
        assert sink.lines, "one is kept for the next letters"
        await consoles.client.close()
        await eventually(lambda: not sink.lines, 10)  # by itself it would be in twenty seconds
