"""A visit that was never opened: kept on the telephone with its script and style, until its owner signs out."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from playwright.async_api import Page, Route, expect
from sqlalchemy.orm import Session

import crm.setup  # noqa: F401 - a change of the set-up is counted there
from crm import appointment_deeds, contacts
from crm.appointment_changes import Plan
from crm.contacts import PHONE
from hub.clock import now
from hub.store import open_store
from hub.users import find_department, find_user, viewer
from tests.journeys.people import Join
from tests.journeys.pictures import NARROW, faults, picture
from tests.servers.ringback import Hub

PLACE = "Installation"
STORES = "caches.keys()"
PAGES = """async () => {
  const stores = await Promise.all((await caches.keys()).map(name => caches.open(name)))
  const kept = (await Promise.all(stores.map(store => store.keys()))).flat()
  return kept.map(({ url }) => new URL(url).pathname).filter(path => !path.startsWith("/static/"))
}"""


async def test_a_visit_that_was_never_opened_is_there_without_contact(
    hub: Hub, join: Join, complaints: list[str]
) -> None:
    nils = await join("Nils Akerman", "agent", PLACE)
    hub.hire("Ines Holm", "agent", PLACE)
    his, hers = await furnish(hub)
    await nils.set_viewport_size(NARROW)
    await nils.goto("/visits")
    await expect(nils.get_by_text("kept on this telephone, until you sign out")).to_be_visible()
    await finds_the_hub_not_well(nils, his)
    await nils.goto("/today")
    # Not the browser's own "offline": a worker that it had stopped starts anew without knowing of it.
    assert hub.stop() == 0
    await opens_it(nils, his)
    await writes_what_was_agreed(nils)
    pages = await nils.evaluate(PAGES)
    assert sorted(pages) == sorted(["/visits", f"/visits/{his}"]), f"Ines has {hers}"
    hub.start()
    await hub.listening()
    await nils.reload()
    await expect(nils.locator(".papers li").filter(has_text="Karin Ekdahl")).to_have_count(1)
    await expect(nils.get_by_text("What changed since then is not here")).to_be_hidden()
    await signs_out(nils)
    complaints.clear()  # what the browser notes of a line that is lost


async def finds_the_hub_not_well(nils: Page, his: int) -> None:
    """Come by once more while the hub is not well: what is kept stays."""
    asked = asyncio.Event()

    async def is_not_well(route: Route) -> None:
        await route.fulfill(status=503, body="Not now")
        asked.set()

    await nils.context.route(f"**/visits/{his}", is_not_well)
    await nils.reload()
    await asyncio.wait_for(asked.wait(), 20)
    await nils.context.unroute_all()


async def opens_it(nils: Page, his: int) -> None:
    """Open it, with everything that belongs to it, and read since when it is kept."""
    await nils.goto(f"/visits/{his}")
    await expect(nils.get_by_text("What changed since then is not here")).to_be_visible()
    await expect(nils.get_by_role("heading", name="Karin Ekdahl", level=1)).to_be_visible()
    await expect(nils.get_by_text("Storgatan 1, Göteborg")).to_be_visible()
    assert await faults(nils) == []
    await picture(nils, "visit-kept")
    await nils.set_viewport_size(NARROW)


async def writes_what_was_agreed(nils: Page) -> None:
    """Have the customer sign: it waits."""
    await nils.get_by_label("Name", exact=True).fill("Karin Ekdahl")
    await nils.keyboard.press("Enter")
    await expect(nils.locator("#toasts")).to_contain_text("sent as soon as it is back")


async def signs_out(nils: Page) -> None:
    """Sign out: nothing is kept any more."""
    await nils.get_by_role("button", name="Me", exact=True).click()
    await nils.get_by_role("button", name="Sign out").click()
    await expect(nils.get_by_role("button", name="Sign in")).to_be_visible()
    await nils.wait_for_function(f"{STORES}.then(names => !names.length)")
    await nils.wait_for_function("navigator.serviceWorker.getRegistrations().then(all => !all.length)")


async def furnish(hub: Hub) -> tuple[int, int]:
    """Have a visit of Nils' and one of Ines', both in an hour."""

    def fill(session: Session) -> tuple[int, int]:
        karin = contacts.add_contact(
            session,
            "Karin Ekdahl",
            [(PHONE, "+46701740612")],
            department_id=find_department(session, PLACE).id,
        )
        made = []
        for name in ("nils", "ines"):
            person = find_user(session, f"{name}@klarruta.example")
            plan = Plan(
                person_id=person.id, starts_at=now() + timedelta(hours=12), minutes=60, zone="Europe/Stockholm",
                address="Storgatan 1, Göteborg", purpose="Take measurements",
            )  # fmt: skip
            row = appointment_deeds.make(session, viewer(person), plan, contact_id=karin, name="Karin Ekdahl")
            made.append(row.id)
        return made[0], made[1]

    async with open_store(hub.data) as db:
        return await db.write(fill)
