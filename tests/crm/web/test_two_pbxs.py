"""Two real PBXs with the same queues and telephones: whoever is connected to one calls by that, and both are seen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from hub.channels import Channel
from hub.db import Database
from hub.users import find_user
from tests.connectors.asterisk.stage import CUSTOMER, SALES
from tests.crm.switchboard import CHANNEL
from tests.crm.web.office import Office, Serve, Visit, opened
from tests.crm.web.test_who_answers import path_of, sees
from tests.eventually import eventually
from tests.servers import asterisk as asterisk_server
from tests.servers.asterisk import Asterisk

NORTH = 1

pytestmark = pytest.mark.parametrize("store", ["sqlite"], indirect=True)


@pytest.fixture
def north() -> Iterator[Asterisk]:
    """Give another PBX, at which nobody's telephone is connected."""
    with asterisk_server.running() as server:
        yield server


@pytest.fixture
async def office(
    db: Database,
    asterisk: Asterisk,
    north: Asterisk,
    tmp_path: Path,
    aiohttp_server: Serve,
    aiohttp_client: Visit,
) -> AsyncIterator[Office]:
    """Open the office, whose hub had another PBX first."""
    settings = {"port": north.ami_port, "secret": north.secret, "departments": ["sales = Sales"]}
    await db.write(
        lambda session: session.add(
            Channel(id=NORTH, name="north", title="North", kind="asterisk", token="n", settings=settings)  # noqa: S106
        )
    )
    async with opened(db, asterisk, tmp_path, aiohttp_server, aiohttp_client) as made:
        await eventually(lambda: db.read(_shows_all), 20)
        yield made


def _shows_all(session: Session) -> bool:
    return all(session.get_one(Channel, each).up_at for each in (NORTH, CHANNEL))


async def test_a_click_and_what_follows_go_by_the_pbx_where_the_telephone_is(
    office: Office, north: Asterisk
) -> None:
    await sees(office, "Elin Sandgren Free")
    assert (await office.clicks()).status == 200
    staff = await office.stage.rings("101")
    staff.answers()
    customer = await office.stage.rings("customer")
    customer.answers()
    await office.sees("In talk")
    johan = (await office.firm.who("Johan")).user_id
    await office.presses("transfer", to=str(johan))
    colleague = await office.stage.rings("102")
    colleague.answers()
    await staff.is_over()
    await colleague.hears()
    await office.sees("In talk", "Johan")
    customer.hangs_up()
    call = await office.ended()
    assert (call.channel_id, [each.extension for each in call.spoken]) == (CHANNEL, ["101", "102"])
    assert "0 calls processed" in north.tell("core show calls")


async def test_the_queues_of_both_are_on_the_wallboard_and_one_answers_those_of_his_own(
    office: Office,
) -> None:
    customer = await office.stage.customer_calls(SALES)
    await sees(office, "sales Sales · Office 1 waits")
    await sees(office, "sales Sales · North 0 wait")
    await sees(office, "Elin Sandgren Rings")
    customer.hangs_up()
    await sees(office, "sales Sales · Office 0 wait")
    offered = (await office.consoles.get("Maria", await path_of(office, "Nils", "telephone"))).words
    assert "support Office" in offered
    assert "support North" not in offered


async def test_an_extension_that_neither_shows_is_not_guessed(office: Office) -> None:
    await sees(office, "Elin Sandgren Free")
    await office.firm.do(_moves)
    answer = await office.consoles.press("Elin", "/calls", number=CUSTOMER)
    assert (answer.status, "which PBX has extension 909 (North, Office)" in answer.words) == (409, True)


def _moves(session: Session) -> None:
    find_user(session, "elin@klarruta.example").extension = "909"
