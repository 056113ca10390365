"""Our plug-in in a real WordPress: what visitors submit becomes cards, also when the hub was away meanwhile.

The form plug-ins and the shop cannot be had from Debian: their hooks are called with the shapes that they document
(tests/servers/wordpress_site).
"""

from __future__ import annotations

import html
import json
import re
import socket
from collections.abc import AsyncIterator, Iterator
from statistics import median
from typing import Any

import aiohttp
import pytest
from sqlalchemy.orm import Session

from crm.contacts import Contact, handles_of
from crm.conversations import Interaction
from hub.store import open_store
from tests.eventually import eventually
from tests.hostile.sight import digested
from tests.servers import wordpress as wordpress_server
from tests.servers.debian import MissingError
from tests.servers.ringback import Hub
from tests.servers.wordpress import OWNER, PASSWORD, WordPress
from tests.servers.wordpress_site.shapes import ELEMENTOR, SHAPES, WOOCOMMERCE, WPFORMS

SECRET, WRONG = "a secret of the site", "another"
PAGE = "https://klarruta.example/offert/?utm_source=ya"
WHO = {
    "Åsa Öberg 🙂": "+46701740613",
    "Omar Aziz": "omar@example.com",
    "Lena Berg": "+46701740614",
    "Karin Ekdahl": "+46701740615",
    "Anna Kvist": "+46701740616",
}


@pytest.fixture(scope="module")
def wordpress() -> Iterator[WordPress]:
    """Give a running site."""
    try:
        with wordpress_server.running() as site:
            yield site
    except MissingError as error:
        pytest.skip(str(error))


@pytest.fixture
def site(wordpress: WordPress) -> Iterator[WordPress]:
    """Give the site with an empty queue, set up for a hub that is not there; our plug-in complains of nothing."""
    wordpress.sql("TRUNCATE QUEUE")
    wordpress.set_up(address="http://127.0.0.1:9/in/website/TOKEN", secret=SECRET)
    yield wordpress
    assert wordpress.complaints() == ""


@pytest.fixture
def address(site: WordPress, hub: Hub) -> str:
    """Give the address of the form, as it stands in the console; the site is set up for it."""
    found = f"{hub.address}/in/website/{hub.tell('channel', 'url', 'website').rpartition('/')[2]}"
    site.set_up(address=found, secret=SECRET)
    return found


@pytest.fixture
def deaf() -> Iterator[str]:
    """Give an address where somebody listens and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=50) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/in/website/TOKEN"


@pytest.fixture
async def owner(wordpress: WordPress) -> AsyncIterator[aiohttp.ClientSession]:
    """Give the browser of the owner, signed in."""
    async with aiohttp.ClientSession(wordpress.address, cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        browser.cookie_jar.update_cookies({"wordpress_test_cookie": "WP%20Cookie%20check"})
        await browser.post("/wp-login.php", data={"log": OWNER, "pwd": PASSWORD, "testcookie": "1"})
        yield browser


@pytest.mark.usefixtures("address")
async def test_what_visitors_submit_becomes_cards(site: WordPress, hub: Hub) -> None:
    for plugin, said in SHAPES.items():
        await site.submit(plugin, said, Referer=PAGE)
    await eventually(lambda: waiting(site) == 0)

    assert await cards(hub) == WHO
    assert {row[0] for row in site.sql("SELECT body FROM QUEUE")} == {""}


@pytest.mark.usefixtures("address")
async def test_what_is_submitted_while_the_hub_is_away_arrives_once(
    site: WordPress, hub: Hub, owner: aiohttp.ClientSession
) -> None:
    assert hub.stop() == 0
    await site.submit("wpforms", WPFORMS)
    await site.submit("elementor", ELEMENTOR)
    await eventually(lambda: site.sql("SELECT id FROM QUEUE WHERE last_error <> ''"))
    assert "2 submissions wait, the oldest since" in await shown(owner)
    assert "The hub cannot be reached (Connection refused)" in await shown(owner)
    site.run("update_user_meta(1, 'locale', 'sv_SE');")
    assert "Hubben kan inte nås (Connection refused)" in await shown(owner)
    site.run("delete_user_meta(1, 'locale');")

    hub.start()
    await hub.listening()
    rows = site.sql("SELECT id, HEX(body) FROM QUEUE")
    site.sql("UPDATE QUEUE SET next_try = next_try - 3600 LIMIT 1")
    site.tick()  # one gets through, so the others need not wait for their hour
    assert waiting(site) == 0
    assert set(await cards(hub)) == {"Omar Aziz", "Karin Ekdahl"}

    for number, body in rows:  # the hub's answer was lost on its way: the site sends it again
        again = f"sent = NULL, next_try = 1, body = UNHEX('{body}')"
        site.sql(f"UPDATE QUEUE SET {again} WHERE id = {number}")  # noqa: S608 - of a database of the test
    assert await pressed(owner, "Send now", "All of it has arrived.")
    assert await touches(hub) == 2


async def test_pauses_grow_to_an_hour_and_nothing_is_forgotten(site: WordPress) -> None:
    await site.submit("elementor", ELEMENTOR)
    await eventually(lambda: site.sql("SELECT id FROM QUEUE WHERE last_error <> ''"))
    pauses = site.run(
        "global $wpdb; foreach (range(1, 8) as $try) {"
        "$wpdb->query('UPDATE wp_ringback_queue SET next_try = 1'); do_action('ringback_every_minute');"
        "echo $wpdb->get_var('SELECT next_try FROM wp_ringback_queue') - time(), ' '; }"
    )
    assert [round(int(pause) / 60) for pause in pauses.split()] == [2, 4, 8, 16, 32, 60, 60, 60]
    assert waiting(site) == 1


async def test_an_order_saved_many_times_in_a_request_is_told_once_and_each_change_again(
    site: WordPress,
) -> None:
    await site.submit("woocommerce", WOOCOMMERCE)
    await site.submit("woocommerce", {**WOOCOMMERCE, "date_modified": "2026-11-26 09:30:00"})
    await site.submit("woocommerce", {**WOOCOMMERCE, "status": "checkout-draft"})
    assert len(site.sql("SELECT id FROM QUEUE")) == 1
    await site.submit(
        "woocommerce", {**WOOCOMMERCE, "hook": "woocommerce_order_status_changed", "status": "cancelled"}
    )
    assert len(site.sql("SELECT id FROM QUEUE")) == 2


async def test_an_order_that_is_deleted_or_put_into_the_trash_is_told_so(site: WordPress) -> None:
    await site.submit("woocommerce", WOOCOMMERCE)
    await site.submit("woocommerce", {**WOOCOMMERCE, "hook": "woocommerce_trash_order"})
    await site.submit("woocommerce", {**WOOCOMMERCE, "hook": "woocommerce_untrash_order"})
    await site.submit("woocommerce", {**WOOCOMMERCE, "hook": "woocommerce_before_delete_order"})
    told = [body["order"]["status"] for body in bodies(site)]
    assert told == ["processing", "trash", "processing", "trash"]


async def test_a_deleted_post_that_is_no_order_is_nothing(site: WordPress) -> None:
    site.run("wp_delete_post(wp_insert_post(array('post_title' => 'x', 'post_status' => 'publish')), true);")
    assert bodies(site) == []


async def test_each_form_says_all_that_a_person_answered_and_no_secret(site: WordPress) -> None:
    for plugin in ("gravity-forms", "wpforms", "contact-form-7"):
        await site.submit(plugin, SHAPES[plugin])
    gravity, wpforms, cf7 = [
        {each["label"]: each["value"] for each in body["fields"]} for body in bodies(site)
    ]
    assert (gravity["When"], gravity["Day"], gravity["What"]) == (
        "10:30 am",
        "2026-12-01",
        ["Window", "Door"],
    )
    assert list(wpforms) == ["Namn", "E-post", "What is it about?", "Rooms"]
    assert [value for value in cf7.values() if "0cc175b9" in value] == []


async def test_what_was_said_anew_meanwhile_is_not_sent_as_it_was(site: WordPress) -> None:
    taken = site.run(
        "use Ringback\\Queue; $id = Queue::put('order', array('order' => array('status' => 'pending')));"
        "$row = Queue::due(time()); Queue::renew($id, array('order' => array('status' => 'paid')));"
        "echo (int) Queue::claim($row), (int) Queue::claim(Queue::due(time()));"
    )
    assert taken == "01"


async def test_a_visitor_is_held_up_for_milliseconds_though_the_hub_never_answers(
    site: WordPress, deaf: str
) -> None:
    site.set_up(address=deaf)
    held = [await site.submit("elementor", ELEMENTOR) for _ in range(9)]
    assert median(each["page"] for each in held) < 50
    assert median(each["after"] for each in held) < 50


async def test_a_form_that_was_refused_is_not_sent(site: WordPress) -> None:
    await site.submit("contact-form-7", {**SHAPES["contact-form-7"], "abort": True})
    assert site.sql("SELECT id FROM QUEUE") == []


async def test_the_owner_sets_it_up_and_tries_it(
    site: WordPress, hub: Hub, owner: aiohttp.ClientSession, address: str
) -> None:
    hub.tell("channel", "set", "website", f"secret={SECRET}")
    site.run("delete_option('ringback_settings');")  # as it is when it was just installed
    page = await shown(owner)
    assert "Nothing waits." in page
    assert "Send a test" not in page  # there is nowhere to send it yet

    saved = await save(owner, page, address="https://hub.klarruta.example/forms/x", secret=WRONG)
    assert "This is not the address of a form" in saved
    saved = await save(owner, saved, address=address, secret=WRONG)
    assert site.run("echo implode(' ', Ringback\\Settings::sources());") == " ".join(SHAPES)
    assert SECRET not in saved
    await eventually(lambda: pressed(owner, "Send a test", "The hub does not believe that it is this site"))
    page = await save(owner, await shown(owner), address=address, secret=SECRET)
    await eventually(lambda: pressed(owner, "Send a test", "The hub is there and took the test"))

    await site.submit("elementor", ELEMENTOR)
    await eventually(lambda: waiting(site) == 0)
    assert set(await cards(hub)) == {"Karin Ekdahl"}
    assert "elementor: Call me" in await shown(owner)


async def test_long_waiting_is_told_above_every_page(site: WordPress, owner: aiohttp.ClientSession) -> None:
    await site.submit("elementor", ELEMENTOR)
    async with owner.get("/wp-admin/index.php") as dashboard:
        assert "Ringback: 1 submission waits" not in await dashboard.text()
    site.sql("UPDATE QUEUE SET created = created - 7200")
    async with owner.get("/wp-admin/index.php") as dashboard:
        assert "Ringback: 1 submission waits to be sent." in await dashboard.text()


async def test_strangers_and_forgeries_get_nowhere(site: WordPress, owner: aiohttp.ClientSession) -> None:
    for action in ("ringback_test", "ringback_send_now"):
        async with owner.post("/wp-admin/admin-post.php", data={"action": action}) as answer:
            assert answer.status == 403  # no nonce
        async with aiohttp.request(
            "POST", f"{site.address}/wp-admin/admin-post.php", data={"action": action}
        ) as answer:
            assert "Ringback" not in await answer.text()
    site.run("wp_insert_user(array('user_login' => 'editor', 'user_pass' => 'editor', 'role' => 'editor'));")
    async with aiohttp.ClientSession(site.address, cookie_jar=aiohttp.CookieJar(unsafe=True)) as editor:
        editor.cookie_jar.update_cookies({"wordpress_test_cookie": "WP%20Cookie%20check"})
        await editor.post("/wp-login.php", data={"log": "editor", "pwd": "editor", "testcookie": "1"})
        async with editor.get("/wp-admin/options-general.php?page=ringback") as page:
            assert page.status == 403
        async with editor.post("/wp-admin/admin-post.php", data={"action": "ringback_test"}) as answer:
            assert answer.status == 403


async def test_deleting_the_plugin_keeps_what_waits(site: WordPress) -> None:
    plugin = "ringback/ringback.php"
    delete = f"define('WP_UNINSTALL_PLUGIN', '{plugin}'); require WP_PLUGIN_DIR . '/ringback/uninstall.php';"
    await site.submit("elementor", ELEMENTOR)
    site.run(delete)
    site.set_up(forget=True)
    site.run(delete)
    assert waiting(site) == 1

    site.sql("UPDATE QUEUE SET sent = 1")
    site.run(delete)
    assert site.sql("SHOW TABLES LIKE 'wp_ringback%'") == []
    assert site.run("echo get_option('ringback_settings', 'none');") == "none"
    site.set_up()
    await site.submit("elementor", ELEMENTOR)  # back again: the table is made anew
    assert waiting(site) == 1


def bodies(site: WordPress) -> list[dict[str, Any]]:
    """Give what the queue holds, the oldest first."""
    rows = site.sql("SELECT HEX(body) FROM QUEUE ORDER BY id")
    return [json.loads(bytes.fromhex(body)) for [body] in rows]


def waiting(site: WordPress) -> int:
    [[count]] = site.sql("SELECT COUNT(*) FROM QUEUE WHERE sent IS NULL")
    return int(count)


async def cards(hub: Hub) -> dict[str, str]:
    """Give who is known, each with a way to reach them, once the journal is worked off."""
    await eventually(lambda: digested(hub))
    async with open_store(hub.data) as db:
        return await db.read(_cards)


def _cards(session: Session) -> dict[str, str]:
    people = session.query(Contact).order_by(Contact.id).all()
    reached = handles_of(session, [person.id for person in people])
    return {person.name: min(handle.value for handle in reached[person.id]) for person in people}


async def touches(hub: Hub) -> int:
    """Count what is on all cards."""
    await eventually(lambda: digested(hub))
    async with open_store(hub.data) as db:
        return await db.read(lambda session: session.query(Interaction).count())


async def shown(owner: aiohttp.ClientSession) -> str:
    """Give the plug-in's page as the owner sees it."""
    async with owner.get("/wp-admin/options-general.php?page=ringback") as answer:
        assert answer.status == 200
        return html.unescape(await answer.text())


async def save(owner: aiohttp.ClientSession, page: str, *, address: str, secret: str) -> str:
    """Fill in the form of a page as a browser does, press Save Changes, and give the page that comes."""
    form = page[page.index("options.php") :].partition("</form>")[0]
    hidden = dict(
        re.findall(
            r"type='?\"?hidden'?\"? (?:id=\"\S+\" )?name='?\"?([^'\" ]+)'?\"? value='?\"?([^'\"]*)", form
        )
    )
    assert hidden.keys() >= {"option_page", "_wpnonce"}
    sources = {f"ringback_settings[sources][{plugin}]": "1" for plugin in SHAPES}
    said = {"ringback_settings[address]": address, "ringback_settings[secret]": secret}
    async with owner.post("/wp-admin/options.php", data={**hidden, **sources, **said}) as answer:
        return html.unescape(await answer.text())


async def pressed(owner: aiohttp.ClientSession, button: str, words: str) -> bool:
    """Press a button of the plug-in's page, and tell whether the page then says these words."""
    page = await shown(owner)
    form = next(part for part in page.split("<form")[1:] if f">{button}</button>" in part)
    hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    async with owner.post("/wp-admin/admin-post.php", data=hidden) as answer:
        return words in html.unescape(await answer.text())
