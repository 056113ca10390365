"""What is pressed while the words before it are still on their way goes after them, and none is done twice or lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from playwright.async_api import Locator, Page, Request, Route, expect

from tests.eventually import eventually
from tests.journeys.people import Join
from tests.journeys.pictures import NARROW
from tests.journeys.test_visits_without_contact import PLACE, furnish
from tests.servers.ringback import Hub


async def test_each_signature_on_a_slow_line_is_kept_once(
    hub: Hub, join: Join, complaints: list[str]
) -> None:
    nils, his = await at_work(hub, join)
    await nils.set_viewport_size(NARROW)
    await nils.goto(f"/visits/{his}")
    await three_sign_and_a_fourth_begins(nils)
    await one_signs_as_the_page_goes(nils)
    complaints.clear()  # what the browser notes of a line that is lost


async def test_what_is_changed_again_on_a_slow_line_is_what_stands(
    hub: Hub, join: Join, complaints: list[str]
) -> None:
    nils, _his = await at_work(hub, join)
    await nils.goto("/contacts")
    await nils.get_by_role("link", name="Karin Ekdahl").first.click()
    await nils.wait_for_load_state()
    await the_last_of_three_stands(nils)
    await what_was_not_pressed_yet_stays(nils)
    assert complaints == []


async def test_what_a_colleague_took_back_is_done_again_though_nobody_heard_of_the_first_time(
    hub: Hub, join: Join, complaints: list[str]
) -> None:
    maria = await join("Maria Berg", "manager")
    colleague = await maria.context.new_page()
    await maria.goto(f"{hub.address}/mailing-lists")
    await begin_list(maria, "Fairs")
    remove, back = (maria.get_by_role("button", name=f"{do} Fairs") for do in ("Remove", "Bring back:"))
    await maria.route("**/retirement", reached_and_unanswered, times=1)
    await remove.click()
    await begin_list(maria, "News")
    await expect(back).to_be_visible()
    await colleague.goto("/mailing-lists")
    await colleague.get_by_role("button", name="Bring back: Fairs").click()
    await begin_list(maria, "Offers")
    await remove.click()
    await expect(back).to_be_visible()
    complaints.clear()  # what the browser notes of a line that is lost


async def begin_list(page: Page, name: str) -> None:
    """Begin a list."""
    new = page.get_by_role("form", name="Begin a list")
    await new.get_by_label("Name").fill(name)
    await new.get_by_label("What somebody agrees to").fill("Yes, write to me.")
    await new.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()


async def test_what_is_offered_late_lies_over_nothing(hub: Hub, join: Join, complaints: list[str]) -> None:
    nils, _his = await at_work(hub, join)
    await nils.goto("/tasks/new")
    contact = nils.get_by_role("combobox", name="Contact")
    async with offered_late(nils):
        await contact.fill("Kar")
        await nils.get_by_label("What is to be done").focus()
    await expect(nils.locator("#contact-offers")).to_be_hidden()
    await contact.fill("Kari")
    await expect(nils.locator("#contact-offers").get_by_role("option")).to_have_count(1)
    async with offered_late(nils):
        await contact.press("End")
        await contact.press_sequentially("n")
        await contact.press("Enter")
    await expect(nils.locator("#contact-offers")).to_be_hidden()
    await expect(contact).to_have_value("Karin Ekdahl")
    assert complaints == []


async def at_work(hub: Hub, join: Join) -> tuple[Page, int]:
    """Have Nils at his browser, and give it with a visit of his."""
    nils = await join("Nils Akerman", "agent", PLACE)
    hub.hire("Ines Holm", "agent", PLACE)
    his, _hers = await furnish(hub)
    return nils, his


async def three_sign_and_a_fourth_begins(nils: Page) -> None:
    """Sign three times, one of them pressed twice, and write a name: three are kept, and the name stands."""
    name = nils.get_by_label("Name", exact=True)
    async with slow(nils, "**/signature"):
        for who in ("Karin Ekdahl", "Bo Lind", "Bo Lind", "Lena Berg"):
            await name.fill(who)
            await name.press("Enter")
        await name.fill("Somebody Else")
    await expect(papers(nils)).to_have_count(3)
    signed = [words.split(",")[0] for words in await papers(nils).all_inner_texts()]
    assert signed == ["Signed by Karin Ekdahl", "Signed by Bo Lind", "Signed by Lena Berg"]
    await expect(name).to_have_value("Somebody Else")


async def one_signs_as_the_page_goes(nils: Page) -> None:
    """Load the page anew while a signature is on its way: it is sent from there, once."""
    name = nils.get_by_label("Name", exact=True)
    async with slow(nils, "**/signature", reach=False):
        await name.press("Enter")
        await nils.reload()
    await nils.reload()  # the line is back
    await expect(papers(nils).filter(has_text="Somebody Else")).to_have_count(1)
    await expect(name).to_have_value("Karin Ekdahl")
    await nils.reload()
    await expect(papers(nils)).to_have_count(4)


async def the_last_of_three_stands(nils: Page) -> None:
    """Change a name three times in a row: the last is what stands, and nobody is asked to choose."""
    name = nils.get_by_role("textbox", name="Name", exact=True)
    async with slow(nils, "**/contacts/**"):
        for words in ("Karin E", "Karin Ek", "Karin Ekman"):
            await name.fill(words)
            await name.press("Enter")
    await expect(nils.get_by_role("heading", name="Karin Ekman", level=2)).to_be_visible()
    await expect(nils.get_by_text("changed meanwhile")).to_have_count(0)


async def what_was_not_pressed_yet_stays(nils: Page) -> None:
    """Write on while a name is on its way: what was written stays in the field, and can be saved."""
    await nils.reload()  # a part that was asked for before the last of three may still be coming
    name = nils.get_by_role("textbox", name="Name", exact=True)
    async with slow(nils, "**/contacts/**"):
        await name.fill("Karin Ek")
        await name.press("Enter")
        await name.fill("Karin Ekblad")
    await expect(nils.get_by_role("heading", name="Karin Ek", level=2, exact=True)).to_be_visible()
    await expect(name).to_have_value("Karin Ekblad")
    await name.press("Enter")
    await expect(nils.get_by_role("heading", name="Karin Ekblad", level=2)).to_be_visible()
    await expect(nils.get_by_text("changed meanwhile")).to_have_count(0)


async def reached_and_unanswered(route: Route) -> None:
    """Have the hub do it, and lose its answer."""
    await route.fetch()
    await route.abort()


@asynccontextmanager
async def slow(page: Page, address: str, *, asks: bool = False, reach: bool = True) -> AsyncIterator[None]:
    """Hold every change to an address until the block ends, or what `asks`; those that do not `reach` are dropped."""
    over = asyncio.Event()

    async def hold(route: Route) -> None:
        held = not over.is_set() and (route.request.method == "GET") == asks
        if held:
            await over.wait()
        await (route.abort() if held and not reach else route.continue_())

    await page.route(address, hold)
    try:
        yield
    finally:
        over.set()


@asynccontextmanager
async def offered_late(page: Page) -> AsyncIterator[None]:
    """Hold what offers contacts until the block ends, and have the page take what came."""
    asked: list[Request] = []
    answered: list[Request] = []
    for event, seen in (("request", asked), ("requestfinished", answered), ("requestfailed", answered)):
        page.on(event, partial(list.append, seen))
    async with slow(page, "**/tasks/new/contacts**", asks=True):
        yield
    await eventually(lambda: asked and set(asked) <= set(answered))
    await page.evaluate("new Promise(requestAnimationFrame)")


def papers(page: Page) -> Locator:
    """Give what was signed."""
    return page.locator(".papers li")
