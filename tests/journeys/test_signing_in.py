"""Getting in: the first admin's link works once, a wrong password shows how many tries are left."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.eventually import eventually
from tests.journeys.people import PASSWORD, Join, Open, choose_password, mail_of
from tests.journeys.pictures import picture
from tests.servers.ringback import Hub


async def test_the_link_of_the_first_admin_works_once(window: Open, hub: Hub, complaints: list[str]) -> None:
    [link] = await eventually(lambda: re.findall(r"http://\S+/welcome/\S+", hub.words()))
    annika = await window(link)
    await picture(annika, "welcome")
    await annika.get_by_label("Name").fill("Annika Kron")
    await annika.get_by_label("Mail, used to sign in").fill(mail_of("Annika Kron"))
    await choose_password(annika)

    stranger = await window(link)
    await expect(stranger.get_by_label("Password")).to_have_count(0)
    await expect(stranger.get_by_role("heading", name="This link no longer works")).to_be_visible()
    complaints[:] = [each for each in complaints if "welcome" not in each]  # the browser notes the 404 or 410


async def test_a_wrong_password_shows_how_many_tries_are_left(
    window: Open, join: Join, hub: Hub, complaints: list[str]
) -> None:
    await join("Elin Sandgren", "agent")
    page = await window("/contacts")
    await picture(page, "signin")
    for left in (4, 3):
        await page.get_by_label("Mail").fill(mail_of("Elin Sandgren"))
        await page.get_by_label("Password").fill("not it")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("alert")).to_contain_text(f"{left} tries left")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page).to_have_url(f"{hub.address}/contacts")
    complaints[:] = [each for each in complaints if "/signin" not in each]  # the browser notes every refusal
