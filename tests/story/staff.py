"""The window company of the story: who works there, how it is made, and what was there when it ended."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from hub.settings import default_file
from tests.servers.ringback import Hub
from tests.servers.sink import Taken
from tests.servers.stripe import Stripe

STAFF = (
    ("Elin Sandgren", "manager", "Front desk"), ("Nils Akerman", "agent", "Installation"),
    ("Ines Holm", "agent", "Installation"), ("Sofia Hjelm", "head", "Front desk"),
)  # fmt: skip
WINDOWS = default_file("processes/windows.bpmn")
SECRET = "whsec_of_the_window_company"  # noqa: S105 - an invented one
CALL, MEASURE = "Call the buyer", "Take measurements"
PRICE, INSTALL = "Compute the price and agree it with the buyer", "Install the windows"
INVOICE = "Write the invoice"
PLACE = "Åsgatan 3, 413 27 Göteborg"
LINES = (
    {"name": "Window, three panes", "unit": "pc", "quantity": 7_000, "price": 642_000, "tax": 2_500},
    {"name": "Fitting", "unit": "h", "quantity": 12_000, "price": 65_000, "tax": 2_500},
)
GROSS = 6_592_500  # öre: (7 · 6,420 + 12 · 650) and 25 % of it


TODAY = date.today()  # noqa: DTZ011 - asked once: midnight may come meanwhile


def next_week(day: int) -> date:
    """Give a day of the week after next, Monday 0: nobody has anything to do there yet."""
    return TODAY + timedelta(days=14 - TODAY.weekday() + day)


def hire(hub: Hub) -> None:
    """Have everybody there but without a way in: programs do their work."""
    for name, role, department in STAFF:
        hub.hire(name, role, department)


def open_post(hub: Hub, folder: Path, port: int) -> None:
    """Give the company a mailbox that only sends."""
    settings = folder / "post.toml"
    settings.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in {
        "smtp_host": "127.0.0.1", "smtp_port": port, "smtp_tls": "none", "sent_folder": "",
        "address": "hej@klarruta.example",
    }.items()))  # fmt: skip
    hub.tell("channel", "add", "post", "--kind", "mail", "--title", "Klarruta", "--settings", str(settings))


def open_till(hub: Hub, folder: Path) -> Stripe:
    """Have a payment provider tell of money."""
    settings = folder / "till.toml"
    settings.write_text(f"secret = {json.dumps(SECRET)}\n")
    hub.tell("channel", "add", "till", "--kind", "payments", "--title", "Cards", "--settings", str(settings))
    return Stripe(hub.address + hub.tell("channel", "url", "till"), SECRET)


def paid(number: str, amount: int, at: int) -> bytes:
    """Give what the provider tells of a payment for an invoice."""
    intent = {"id": f"pi_{number}", "object": "payment_intent", "amount_received": amount, "currency": "sek",
              "metadata": {"invoice": number}}  # fmt: skip
    event = {"id": f"evt_{number}", "object": "event", "type": "payment_intent.succeeded", "created": at,
             "data": {"object": intent}}  # fmt: skip
    return json.dumps(event).encode()


def opened(letters: Sequence[Taken]) -> Mapping[str, list[EmailMessage]]:
    """Give what arrived, by its recipient."""
    found: dict[str, list[EmailMessage]] = {}
    for letter in letters:
        message = message_from_bytes(letter.content, policy=default)
        found.setdefault(letter.recipients[0], []).append(message)
    return found


def enclosed(letter: EmailMessage) -> Mapping[str, bytes]:
    """Give the files of a letter by their names, without their numbers."""
    files = {str(each.get_filename()): each for each in letter.iter_attachments() if each.get_filename()}
    return {re.sub(r"[-\d]+", "", name): each.get_payload(decode=True) for name, each in files.items()}  # type: ignore[misc]


def doubles(things: Sequence[str]) -> list[str]:
    """Give what is there more than once."""
    return [thing for thing, count in Counter(things).items() if count > 1]
