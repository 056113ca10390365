"""At a customer's without contact: what is pressed waits beside what waits already, and can be taken back."""

from __future__ import annotations

from playwright.async_api import Locator, Page, Route, expect

from tests.journeys.people import Join
from tests.journeys.pictures import NARROW, faults, picture
from tests.journeys.test_pressed_on_a_slow_line import slow
from tests.journeys.test_visits_without_contact import PLACE, furnish
from tests.servers.ringback import Hub


async def test_each_that_signs_without_contact_is_kept_and_none_for_another(
    hub: Hub, join: Join, complaints: list[str]
) -> None:
    nils = await join("Nils Akerman", "agent", PLACE)
    hub.hire("Ines Holm", "agent", PLACE)
    his, _hers = await furnish(hub)
    await nils.set_viewport_size(NARROW)
    await nils.goto(f"/visits/{his}")
    await nils.context.set_offline(True)
    await two_sign(nils)
    await one_is_taken_back(nils)
    await nils.context.set_offline(False)
    await expect(waiting(nils)).to_have_count(0)
    await another_signs_on_the_open_page(nils)
    await nils.reload()
    signed = [await each.inner_text() for each in await nils.locator(".papers li").all()]
    assert [words.split(",")[0] for words in signed] == [
        "Signed by Karin Ekdahl",
        "Signed by Bo Lind",
        "Signed by Bo L",
    ]
    await one_is_refused(nils)
    await one_is_tried_again_while_another_goes(nils)
    await the_visit_is_done(nils)
    complaints.clear()  # what the browser notes of a line that is lost


async def two_sign(nils: Page) -> None:
    """Sign twice: two wait, in a form that is empty again, also after the page was loaded anew."""
    await signs(nils, "Karin Ekdahl")
    await expect(waiting(nils)).to_have_count(1)
    await signs(nils, "Bo Lind")
    await signs(nils, "Somebody Else")
    await expect(waiting(nils)).to_have_count(3)
    await expect(nils.get_by_label("Name", exact=True)).to_have_value("Karin Ekdahl")
    await expect(nils.locator("#toasts [data-toast]")).to_have_count(1)  # not the same words three times
    told = await nils.locator("#toasts").bounding_box()
    assert told is not None
    assert told["y"] + told["height"] < NARROW["height"] / 2, "it lies over the last buttons of a page"
    assert await faults(nils) == []
    await picture(nils, "signatures-wait")
    await nils.set_viewport_size(NARROW)


async def one_is_taken_back(nils: Page) -> None:
    """Take one back: its name stands in the form again, and is not sent."""
    last = waiting(nils).filter(has_text="Somebody Else")
    await last.get_by_role("button", name="Do not send").click()
    await expect(waiting(nils)).to_have_count(2)
    await expect(nils.get_by_label("Name", exact=True)).to_have_value("Somebody Else")
    await nils.get_by_role("button", name="Discard").click()
    await expect(nils.get_by_label("Name", exact=True)).to_have_value("Karin Ekdahl")


async def another_signs_on_the_open_page(nils: Page) -> None:
    """Sign once more where one was just sent: it is a signature of its own."""
    await signs(nils, "Bo L")
    await expect(nils.locator(".papers li")).to_have_count(3)


async def one_is_refused(nils: Page) -> None:
    """Have the hub not take one: it stays to be read, on other pages too, until it is tried again."""

    async def refusal(route: Route) -> None:
        words = "<div class='toast refused' data-toast><p>This is not yours any more.</p></div>"
        await route.fulfill(status=404, content_type="text/html", body=words)

    await nils.context.set_offline(True)
    await signs(nils, "Lena Berg")
    await expect(waiting(nils)).to_have_count(1)
    await nils.route("**/signature", refusal)
    await nils.context.set_offline(False)
    await expect(waiting(nils)).to_contain_text("The hub did not take it. This is not yours any more.")
    visit = nils.url
    await nils.goto("/today")
    unsent = nils.get_by_role("list", name="Not sent yet").get_by_role("listitem")
    await expect(unsent).to_contain_text("Name: Lena Berg")
    assert await faults(nils) == []
    await picture(nils, "refused-words")
    await nils.unroute("**/signature")
    await unsent.get_by_role("button", name="Try again").click()
    await expect(unsent).to_have_count(0)
    await nils.goto(visit)
    await expect(nils.locator(".papers li").filter(has_text="Lena Berg")).to_have_count(1)


async def one_is_tried_again_while_another_goes(nils: Page) -> None:
    """Press *Try again* while another is on its way: both are sent."""

    async def refusal(route: Route) -> None:
        await route.fulfill(status=404, content_type="text/html", body="<div data-toast>No</div>")

    await nils.context.set_offline(True)
    await signs(nils, "Ada Lind")
    await expect(waiting(nils)).to_have_count(1)
    await nils.route("**/signature", refusal, times=1)
    await nils.context.set_offline(False)
    await expect(waiting(nils)).to_contain_text("The hub did not take it")
    await nils.context.set_offline(True)
    await signs(nils, "Eva Lind")
    await expect(waiting(nils)).to_have_count(2)
    async with slow(nils, "**/signature"):
        async with nils.expect_request("**/signature"):
            await nils.context.set_offline(False)
        await waiting(nils).get_by_role("button", name="Try again").click()
    await expect(waiting(nils)).to_have_count(0)
    await expect(nils.locator(".papers li").filter(has_text="Lind")).to_have_count(3)


async def the_visit_is_done(nils: Page) -> None:
    """Say so without contact, though its task asks for nothing: that waits as well."""
    await nils.context.set_offline(True)
    done = nils.get_by_role("button", name="The visit is done")
    for _twice in range(2):
        await done.click()
    unsent = nils.get_by_role("list", name="Not sent yet").get_by_role("listitem")
    await expect(unsent).to_contain_text("The visit is done")
    await expect(unsent).to_have_count(1)
    await nils.context.set_offline(False)
    await expect(nils.locator("#visit .state").first).to_have_text("Done")


async def signs(nils: Page, name: str) -> None:
    """Sign by a name."""
    await nils.get_by_label("Name", exact=True).fill(name)
    await nils.keyboard.press("Enter")


def waiting(page: Page) -> Locator:
    """Give what waits under the glass."""
    return page.get_by_role("list", name="Signatures that wait").get_by_role("listitem")
