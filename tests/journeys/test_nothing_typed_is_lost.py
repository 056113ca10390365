"""What was typed is still there, and is saved: over a killed hub, a lost line, and a sign-in that ended."""

from __future__ import annotations

from playwright.async_api import Locator, Page, expect

from tests.journeys.people import PASSWORD, Join, Open, fill_in, mail_of
from tests.servers.ringback import Hub

EXPECTED = (
    "ERR_",
    "WebSocket",
    "401",
    "Failed to fetch",
)  # what the browser notes of a hub that is away, or that knows nobody


async def test_nothing_typed_is_lost(
    window: Open, join: Join, hub: Hub, form: str, complaints: list[str]
) -> None:
    elin = await join("Elin Sandgren", "agent")
    await fill_in(await window(form), "Karin Ekdahl")
    await elin.get_by_role("button", name="Take next").click()
    await elin.get_by_role("link", name="First answer: Karin Ekdahl", exact=True).click()
    await expect(note_of(elin)).to_be_visible()
    await elin.wait_for_load_state()

    await over_a_killed_hub(elin, hub)
    await over_a_lost_line(elin)
    await over_a_sign_in_that_ended(elin, hub)
    complaints[:] = [each for each in complaints if not any(known in each for known in EXPECTED)]


async def over_a_killed_hub(elin: Page, hub: Hub) -> None:
    """Press while nobody answers: it is sent as soon as somebody does, once."""
    await note_of(elin).fill("Wants oak, not pine")
    hub.kill()
    await elin.get_by_role("button", name="Add note").click()
    await expect(elin.get_by_text("sent as soon as it is back")).to_be_visible()
    await expect(note_of(elin)).to_have_value("")
    waiting = elin.get_by_role("list", name="Not sent yet").get_by_role("listitem")
    await expect(waiting).to_contain_text("Wants oak, not pine")
    await note_of(elin).fill("And a door")
    await elin.get_by_role("button", name="Add note").click()
    await expect(waiting).to_have_count(2)
    hub.start()
    await hub.listening()
    await elin.evaluate("dispatchEvent(new Event('online'))")
    await expect(elin.locator(".event", has_text="Wants oak, not pine")).to_have_count(1)
    await expect(elin.locator(".event", has_text="And a door")).to_have_count(1)
    await expect(waiting).to_have_count(0)


async def over_a_lost_line(elin: Page) -> None:
    """Write, lose the line, and load the page anew when it is back: the words are there, with where they are from."""
    await note_of(elin).fill("Asks for a balcony door")
    await elin.context.set_offline(True)
    await elin.context.set_offline(False)
    await elin.reload()
    await expect(note_of(elin)).to_have_value("Asks for a balcony door")
    await expect(elin.get_by_text("Not saved yet")).to_be_visible()
    await elin.get_by_role("button", name="Add note").click()
    await expect(elin.locator(".event", has_text="Asks for a balcony door")).to_have_count(1)


async def over_a_sign_in_that_ended(elin: Page, hub: Hub) -> None:
    """Press when the sign-in has ended: sign in on top of the page, and it is saved without another press."""
    await note_of(elin).fill("Rings back on Friday")
    await elin.evaluate("window.unmoved = true")
    await elin.context.clear_cookies()
    # Where the page asked for something of its own before, it lies under the dialog already, as if both came at once.
    await elin.get_by_role("button", name="Add note").evaluate("button => button.click()")
    again = elin.get_by_role("dialog", name="Sign in again")
    await expect(again.get_by_label("Mail")).to_have_value(mail_of("Elin Sandgren"))
    await expect(again.get_by_label("Password")).to_be_focused()
    await again.get_by_label("Password").fill(PASSWORD)
    await again.get_by_role("button", name="Sign in").click()
    await expect(elin.locator(".event", has_text="Rings back on Friday")).to_have_count(1)
    await expect(again).to_be_hidden()
    assert await elin.evaluate("window.unmoved")
    assert elin.url.startswith(f"{hub.address}/contacts/")


def note_of(page: Page) -> Locator:
    """Give the field for a note."""
    return page.get_by_label("Note", exact=True)
