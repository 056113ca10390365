"""A shop is asked what changed: all of it comes, once, and why it does not come is said in words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import cast

import pytest
from aiohttp import ClientTimeout, web

from connectors.forms import Forms, FormSettings
from connectors.forms.shops import catching_up, link
from connectors.forms.shops.catching_up import CatchingUp
from hub.board import Board
from hub.connector import AuthFailed, Raw, Unavailable, WrongSetting, listens
from tests.connectors.forms.test_shops import recorded
from tests.servers import shop as shops
from tests.servers.shop import Shop, ago, busy


class Heard:
    """What a line was told; a `Line` for one listener. It fails at the item of this number."""

    def __init__(self, breaks_at: int = 0) -> None:
        """Hear nothing yet."""
        self.items: dict[str, Raw] = {}
        self.marks: dict[str, str] = {}
        self.words: list[str] = []
        self.breaks_at = breaks_at

    async def accept(self, key: str, raw: Raw, stream: str | None = None) -> None:
        """Keep an item."""
        del stream
        if self.breaks_at and len(self.items) + 1 == self.breaks_at:
            raise ConnectionError
        self.items.setdefault(key, raw)

    async def up(self) -> None:
        """Hear that all is heard."""
        self.words.append("up")

    async def doing(self, words: str) -> None:
        """Hear what goes on."""
        self.words.append(words)

    async def missed_since(self) -> datetime | None:
        """Have missed nothing."""
        return None

    async def filled(self, words: str) -> None:
        """Hear what was found out."""
        self.words.append(words)

    async def unfilled(self, words: str) -> None:
        """Hear why it cannot be."""
        self.words.append(words)

    async def mark(self, name: str, value: str) -> None:
        """Keep how far it was read."""
        self.marks[name] = value

    async def marked(self, name: str) -> str:
        """Give that."""
        return self.marks.get(name, "")

    def show(self, look: Callable[[], Board]) -> None:
        """Show nothing."""
        del look


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """Give a shop."""
    async with shops.running() as opened:
        yield opened


def forms(shop: Shop, kind: str = "woocommerce", **settings: object) -> Forms:
    """Give the channel of a shop."""
    keys = {"shop_key": shops.KEY, "shop_secret": shops.SECRET}
    if kind == "shopify":
        keys = {"shop_key": shops.TOKEN}
    return Forms(
        "website", "sesame", FormSettings(catch_up=kind, shop_address=shop.address, **(keys | settings))
    )


async def ask(channel: Forms, heard: Heard) -> int:
    """Ask once."""
    return await cast("CatchingUp", channel.run.__self__).ask(heard)  # type: ignore[attr-defined]


def numbers(heard: Heard) -> list[int]:
    """Give the numbers of the orders that came, in order."""
    return [int(key.split()[1]) for key in heard.items]


KINDS = ("woocommerce", "shopify")


def fill(shop: Shop, kind: str, count: int, *, apart: float = 1.0) -> None:
    """Have orders that changed some seconds apart, the last of them just now."""
    begun = ago(seconds=count * apart + 60)
    make = shop.woo if kind == "woocommerce" else shop.shopify
    for number in range(1, count + 1):
        make(number, begun + timedelta(seconds=number * apart))


@pytest.mark.parametrize("kind", KINDS)
async def test_what_changed_is_fetched_page_by_page_and_once(shop: Shop, kind: str) -> None:
    shop.most = 100
    fill(shop, kind, 230)
    channel, heard = forms(shop, kind), Heard()
    assert await ask(channel, heard) == 230
    assert sorted(numbers(heard)) == list(range(1, 231))
    assert await ask(channel, heard) == 0
    assert len(heard.items) == 230


async def test_a_whole_page_that_changed_in_one_second_is_turned_over(shop: Shop) -> None:
    fill(shop, "woocommerce", 350, apart=0)
    heard = Heard()
    await ask(forms(shop), heard)
    assert sorted(numbers(heard)) == list(range(1, 351))


@pytest.mark.parametrize("kind", KINDS)
async def test_only_what_changed_since_is_asked_for_and_comes_again(shop: Shop, kind: str) -> None:
    fill(shop, kind, 3)
    channel, heard = forms(shop, kind), Heard()
    await ask(channel, heard)
    make = shop.woo if kind == "woocommerce" else shop.shopify
    make(
        2,
        ago(seconds=1),
        **({"status": "completed"} if kind == "woocommerce" else {"fulfillment_status": "fulfilled"}),
    )
    assert await ask(channel, heard) == 1
    assert numbers(heard) == [1, 2, 3, 2]


async def test_one_that_moves_while_it_is_walked_is_not_lost(shop: Shop) -> None:
    fill(shop, "woocommerce", 205)
    heard = Heard()

    class Moves(Heard):
        async def accept(self, key: str, raw: Raw, stream: str | None = None) -> None:
            if not self.items:  # all of the first page changes, so that what was on the second one moves up
                for number in range(1, 101):
                    shop.woo(number, ago(seconds=1), status="completed")
            await super().accept(key, raw, stream)

    heard = Moves()
    await ask(forms(shop), heard)
    assert set(numbers(heard)) == set(range(1, 206))


async def test_after_a_break_it_goes_on_where_it_was(shop: Shop) -> None:
    fill(shop, "woocommerce", 250, apart=10)
    channel, heard = forms(shop), Heard(breaks_at=150)
    with pytest.raises(ConnectionError):
        await ask(channel, heard)
    heard.breaks_at, shop.asked[:] = 0, []
    await ask(channel, heard)
    assert sorted(set(numbers(heard))) == list(range(1, 251))
    assert (
        max(query["modified_after"] for query in shop.asked[:2])
        > f"{ago(seconds=250 * 10):%Y-%m-%dT%H:%M:%S}"
    )


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_fetched_is_read_as_what_the_web_hook_brings(shop: Shop, kind: str) -> None:
    hook = recorded(f"{kind}-order")
    body = shops.recorded(f"{kind}-order")
    if kind == "woocommerce":
        shop.woo(731, ago(minutes=1), date_modified_gmt=f"{ago(minutes=1):%Y-%m-%dT%H:%M:%S}")
    else:
        shop.shopify(body["id"], ago(minutes=1))
    channel, heard = forms(shop, kind), Heard()
    await ask(channel, heard)
    (listed,), (brought,) = channel.read(next(iter(heard.items.values()))), channel.read(hook)
    assert listed.key == brought.key
    assert listed.order is not None
    assert brought.order is not None
    assert listed.order.lines == brought.order.lines
    assert (listed.name, listed.phone, listed.origin) == (brought.name, brought.phone, brought.origin)


@pytest.mark.parametrize("kind", KINDS)
async def test_an_order_dated_in_the_future_hides_none_that_comes_after_it(shop: Shop, kind: str) -> None:
    make = shop.woo if kind == "woocommerce" else shop.shopify
    make(1, ago(days=-400))
    channel, heard = forms(shop, kind), Heard()
    await ask(channel, heard)
    make(2, ago(seconds=1))
    await ask(channel, heard)
    assert 2 in numbers(heard)


async def test_a_mark_in_the_future_is_made_good(shop: Shop) -> None:
    shop.woo(1, ago(seconds=1))
    heard = Heard()
    heard.marks[catching_up.MARK] = ago(days=-400).isoformat()
    await ask(forms(shop), heard)
    assert numbers(heard) == [1]


async def test_what_was_thrown_away_is_found_too(shop: Shop) -> None:
    shop.woo(731, ago(minutes=1), status="trash")
    channel, heard = forms(shop), Heard()
    await ask(channel, heard)
    (event,) = channel.read(next(iter(heard.items.values())))
    assert event.order is not None
    assert event.order.cancelled


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("woocommerce", "The shop refuses the key: Sorry, you cannot list resources"),
        ("shopify", "The shop refuses the key: [API] Invalid API key or access token"),
    ],
)
async def test_a_refused_key_is_said_and_not_tried_again(shop: Shop, kind: str, words: str) -> None:
    with pytest.raises(AuthFailed) as refused:
        await ask(forms(shop, kind, shop_key="wrong"), Heard())
    assert words in str(refused.value)


@pytest.mark.parametrize("kind", KINDS)
async def test_asked_to_wait_it_waits_and_goes_on(shop: Shop, kind: str) -> None:
    fill(shop, kind, 2)
    shop.troubles = [busy(), busy()]
    heard = Heard()
    assert await ask(forms(shop, kind), heard) == 2


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (lambda: web.Response(status=502, text="<html>Bad gateway</html>"), "The shop answers 502"),
        (lambda: web.Response(status=404, text="no"), "There is no list of orders at this address"),
        (lambda: web.Response(status=301, headers={"Location": "https://new.example"}), "at another address"),
        (lambda: web.json_response({"message": "Invalid: orderby"}, status=400), "WooCommerce 5.8 or later"),
        (lambda: web.Response(text="<b>Fatal error</b>"), "no list of orders"),
        (lambda: web.json_response({"orders": []}), "no list of orders"),
    ],
    ids=["gateway", "nowhere", "moved", "old", "php", "shape"],
)  # fmt: skip
async def test_why_nothing_comes_is_said_in_words(
    shop: Shop, trouble: Callable[[], web.Response], words: str
) -> None:
    shop.troubles = [trouble()]
    with pytest.raises(Unavailable) as told:
        await ask(forms(shop), Heard())
    assert words in str(told.value)


async def test_a_shop_that_never_answers_is_given_up(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "WAITING", ClientTimeout(total=0.2))
    shop.troubles = [2.0]
    with pytest.raises(Unavailable, match="does not answer in time"):
        await ask(forms(shop), Heard())


async def test_a_shop_that_cannot_be_reached_is_said(shop: Shop) -> None:
    shop.address = "http://127.0.0.1:9"
    with pytest.raises(Unavailable, match="cannot be reached"):
        await ask(forms(shop), Heard())


async def test_the_token_goes_to_no_other_host(shop: Shop) -> None:
    fill(shop, "shopify", 1)
    elsewhere = {"Link": '<https://elsewhere.example/admin/api/2026-07/orders.json?page_info=x>; rel="next"'}
    shop.troubles = [web.json_response({"orders": shop.orders}, headers=elsewhere)]
    heard = Heard()
    assert await ask(forms(shop, "shopify"), heard) == 1
    assert len(shop.asked) == 1


def test_a_form_without_a_shop_has_nothing_to_listen_to() -> None:
    assert not listens(Forms("website", "sesame", FormSettings()))


@pytest.mark.parametrize(
    ("settings", "wrong"),
    [
        ({"catch_up": "magento"}, "catch_up"),
        ({"catch_up": "woocommerce", "shop_key": "k", "shop_address": "http://shop.example"}, "shop_address"),
        (
            {"catch_up": "woocommerce", "shop_key": "k", "shop_address": "https://a@shop.example"},
            "shop_address",
        ),
        ({"catch_up": "woocommerce", "shop_address": "https://shop.example"}, "shop_key"),
        ({"shop_version": "latest"}, "shop_version"),
    ],
    ids=["unknown", "plain", "user", "keyless", "version"],
)
def test_what_could_never_work_is_refused(settings: dict[str, str], wrong: str) -> None:
    with pytest.raises(WrongSetting) as refused:
        FormSettings(**settings)
    assert refused.value.setting == wrong


def test_a_shop_is_asked_every_few_minutes() -> None:
    assert timedelta(minutes=5) >= catching_up.EVERY
