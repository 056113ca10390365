"""Orders as people and programs see them: lines, sums in their own way of writing, and what changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from msgspec import structs

from hub.channels import set_settings
from hub.db import Database
from hub.orders import Order
from tests.connectors.forms.test_shops import recorded
from tests.crm.test_orders import ORDER, SILL, WINDOW, later, ordered
from tests.crm.web.conftest import Api, Found, Sit
from tests.crm.website import Website
from tests.eventually import eventually
from tests.servers import shop as shops
from tests.servers.shop import KEY, SECRET, Shop, ago

Tell = Callable[..., Awaitable[None]]


@pytest.fixture
def shop(db: Database, api: Api) -> Tell:
    """Give what has the shop of a running hub tell of an order."""
    del api
    website = Website(db)

    async def tell(order: Order = ORDER) -> None:
        await db.write(lambda session: website.take(session, website.keep(session), ordered(order)))

    return tell


async def test_programs_get_the_order_and_what_changed(shop: Tell, api: Api) -> None:
    await shop()
    await shop(later(1, state="completed", lines=(WINDOW, SILL)))
    (came,) = await api.items("/interactions")
    order = came["order"]
    assert (came["kind"], order["number"], order["state"], order["cancelled"]) == (
        "order",
        "731",
        "completed",
        False,
    )
    assert (order["total"], order["currency"], order["changed_at"]) == (
        "15400.00",
        "SEK",
        "2026-11-20T11:00:00Z",
    )
    assert order["lines"][1] == {
        "name": "Sill, oak",
        "sku": "S1",
        "quantity": "1",
        "price": "450",
        "total": "450.00",
    }
    (change,) = order["changes"]
    assert change["words"] == ["it is “completed” now and was “processing”", "added: 1 x Sill, oak"]
    assert await api.ask("GET", f"/interactions/{came['id']}") == came


async def test_a_card_shows_lines_sums_and_where_it_goes(shop: Tell, sit: Sit) -> None:
    await shop()
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    page = await elin.reads("/contacts/1")
    assert "Order 731 processing" in page
    assert "Window 2x1 W21 2 x 7,700 15,400 Total 15,400 SEK" in page
    assert "Goes to Anna K Storgatan 1 411 24 Göteborg Delivery Our own van Payment Card" in page


async def test_sums_are_written_as_their_reader_writes_them(shop: Tell, sit: Sit) -> None:
    half = structs.replace(WINDOW, price="7700.5", total="15401.00")
    await shop(structs.replace(ORDER, lines=(half,), total="15401.00"))
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    await elin.sends("/preferences", language="sv")
    page = " ".join((await elin.reads("/contacts/1")).replace("\xa0", " ").split())
    assert "2 x 7 700,50 15 401,00" in page
    assert "15 401,00 SEK" in page


async def test_what_changed_stands_below_with_its_time(shop: Tell, sit: Sit) -> None:
    await shop()
    await shop(later(1, state="cancelled", cancelled=True))
    await shop(later(-1, state="pending"))
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    page = await elin.reads("/contacts/1")
    assert "Order 731 Cancelled" in page
    assert "it was cancelled; it is “cancelled” now and was “processing”" in page
    assert "it had been “pending” before; that came late and changes nothing" in page


async def test_orders_have_a_filter_of_their_own(shop: Tell, sit: Sit) -> None:
    await shop()
    elin = await sit("Elin Sandgren", "agent", "Front desk")
    await elin.sends("/contacts/1/notes", text="rings back at noon")
    page = await elin.reads("/contacts/1/timeline?show=orders", fragment=True)
    assert "Orders 1" in page
    assert "Window 2x1" in page
    assert "rings back at noon" not in page


@pytest.fixture
async def opened() -> AsyncIterator[Shop]:
    """Give a shop that can be asked."""
    async with shops.running() as shop:
        yield shop


async def test_what_the_hook_brought_and_what_the_list_brings_is_one_order(
    api: Api, db: Database, opened: Shop, sit: Sit
) -> None:
    opened.woo(731, ago(minutes=2))
    maria = await sit("Maria Berg", "admin")
    asked = {
        "catch_up": "woocommerce",
        "shop_address": opened.address,
        "shop_key": KEY,
        "shop_secret": SECRET,
    }
    await db.write(set_settings, "website", asked)
    (came,) = await eventually(lambda: api.items("/interactions"))
    assert came["order"]["state"] == "processing"
    hook = recorded("woocommerce-order")
    changed = hook.body.replace(b'"status":"processing"', b'"status":"completed"')
    changed = changed.replace(b"2026-11-20T10:02:44", f"{ago(minutes=1):%Y-%m-%dT%H:%M:%S}".encode())
    headers = {
        name: hook.headers[name] for name in hook.headers if name.startswith(("x-wc", "content-type", "user"))
    }
    intake = (await api.items("/forms"))[0]["intake"]
    async with api.client.post(str(intake), data=changed, headers=headers) as answer:
        assert answer.status == 200
    (came,) = await eventually(lambda: _completed(api))
    assert [change["words"] for change in came["order"]["changes"]] == [
        ["it is “completed” now and was “processing”"]
    ]
    page = await maria.reads("/channels")
    assert "Connected since" in page


async def test_a_key_that_the_shop_refuses_is_said_on_the_channel(
    api: Api, db: Database, opened: Shop, sit: Sit
) -> None:
    del api
    maria = await sit("Maria Berg", "admin")
    asked = {
        "catch_up": "woocommerce",
        "shop_address": opened.address,
        "shop_key": "ck_old",
        "shop_secret": SECRET,
    }
    await db.write(set_settings, "website", asked)

    async def refused() -> bool:
        return "The shop refuses the key: Sorry, you cannot list resources" in await maria.reads("/channels")

    await eventually(refused)
    await db.write(set_settings, "website", {"catch_up": ""})

    async def fine() -> bool:
        return not await refused()

    await eventually(fine)


async def _completed(api: Api) -> Found:
    return [each for each in await api.items("/interactions") if each["order"]["state"] == "completed"]
