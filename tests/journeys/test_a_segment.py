"""A manager puts a segment together by keys alone, and sees meanwhile whom it means."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Page, expect
from sqlalchemy.orm import Session

import crm.setup  # noqa: F401 - a change of the set-up is counted there
from crm import contacts, tags
from crm.contacts import MAIL
from crm.conversations import Interaction
from hub.clock import now
from hub.store import open_store
from tests.journeys.people import Join
from tests.journeys.pictures import NARROW, WIDE, faults, picture
from tests.servers.ringback import Hub

PEOPLE = ("Karin Ekdahl", "Lars Nyman", "Anna Berg")


async def test_a_segment_is_put_together_by_keys(hub: Hub, join: Join) -> None:
    maria = await join("Maria Berg", "manager", None)
    await furnish(hub)
    await maria.goto(f"{hub.address}/segments")
    assert await faults(maria) == []
    await picture(maria, "segments-empty")
    await maria.keyboard.press("i")
    await expect(maria.get_by_text("Counted as soon as")).to_be_visible()
    await maria.wait_for_load_state()
    await maria.get_by_label("Name", exact=True).fill("Architects whom we know")
    await choose(maria, "About", "A tag")
    await choose(maria, "Tag", "Architect")
    await expect(maria.locator(".segment-count")).to_have_text("2")
    # The focus stays where one works, whatever is shown anew.
    await expect(maria.get_by_label("Tag", exact=True)).to_be_focused()
    await press(maria, "#r-group")
    await choose(maria, "About", "Calls, letters and chats", nth=1)
    await maria.get_by_label("How often, at least").fill("2")
    await maria.keyboard.press("Enter")
    await expect(maria.locator(".segment-count")).to_have_text("1")
    await expect(maria.locator("#segment-words")).to_contain_text("at least 2")
    await expect(maria.locator("aside")).to_contain_text("Karin Ekdahl")
    assert await faults(maria) == []
    await picture(maria, "segment")
    await maria.set_viewport_size(NARROW)
    await press(maria, "#r-1-drop")
    await expect(maria.locator(".segment-count")).to_have_text("2")
    await expect(maria.locator("#r-add")).to_be_focused()  # it stays near what was taken away
    await maria.set_viewport_size(WIDE)
    await maria.get_by_role("button", name="Save").press("Enter")
    await expect(maria.locator("#toasts")).to_contain_text("Saved: Architects whom we know")
    await expect(maria.locator("#segments")).to_contain_text("tagged “Architect”")
    await picture(maria, "segments")
    await maria.get_by_role("button", name="Retire").press("Enter")
    await expect(maria.locator("#segments")).to_contain_text("1 retired")


async def choose(page: Page, label: str, words: str, nth: int = 0) -> None:
    """Choose from a list, as its keys do."""
    field = page.get_by_label(label, exact=True).nth(nth)
    await field.focus()
    await field.select_option(label=words)


async def press(page: Page, button: str) -> None:
    """Press a button by its key."""
    await page.locator(button).press("Enter")


async def furnish(hub: Hub) -> None:
    """Have somebody to be meant, two of them architects, of whom one wrote twice."""

    def fill(session: Session) -> None:
        made = [
            contacts.add_contact(session, name, [(MAIL, f"{name.split()[0].lower()}@kund.example")])
            for name in PEOPLE
        ]
        tags.add(session, made[::2], "Architect")
        session.add_all(
            Interaction(contact_id=made[0], kind="mail", direction="in", at=now(), summary="", text="", fields=[],
                        origin=[], remarks=[])
            for _ in range(2)
        )  # fmt: skip

    async with open_store(Path(hub.data)) as db:
        await db.write(fill)
