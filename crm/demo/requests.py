"""What visitors write, as their browsers send it: raw bytes with headers, ready for the journal."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from crm.demo.people import SERVICE, VISITORS, Visitor
from hub.connector import Raw

WEBSITE = "website"
TYPING = 95  # seconds that it takes to fill in the form

_WORDS = {
    "Windows": (
        "The frames from 1962 let the wind through. What would new ones cost, white inside and grey outside?",
        "We hear the tram in the bedroom. Is there glass that keeps it out?",
        "Two of them fog up between the panes. Can the glass be changed or do we need new ones?",
        "Our board decides on Thursday. Can somebody come and measure before that?",
        "Same size as now, but to be opened inwards. How long would it take until they are in?",
    ),
    "Balcony door": (
        "The door drags over the floor and does not close any more.",
        "We want a door with more glass, and a low threshold for a wheelchair.",
        "Does a sliding door fit into an opening of 180 cm?",
    ),
    "Front door": (
        "The old door is beautiful but cold. Do you make one that looks the same?",
        "Somebody tried to break it open. How soon can you come?",
        "A door with a side light, oak or painted green. I can send you pictures.",
    ),
}
_REPAIRS = (
    "The handle in the kitchen turns round and round.",
    "A pane cracked tonight, in the frost. It is the children's room.",
    "Water on the sill after the storm, on the west side.",
    "The new window from spring is hard to close. Is that under guarantee?",
)
_SOURCES = ("google", "newsletter", "leaflet", "")
_BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36"


class Request(NamedTuple):
    """One raw item, on its way to a channel."""

    channel: str
    raw: Raw


def order(rng: random.Random, visitor: Visitor, at: datetime, number: int) -> Request:
    """Ask for a price on the website."""
    about = rng.choice(tuple(_WORDS))
    answers = [
        ("about", about),
        ("openings", str(rng.choice((1, 2, 3, 4, 6, 8, 12, 34)) if about == "Windows" else 1)),
        ("built", str(rng.randrange(1905, 1996))),
        ("message", rng.choice(_WORDS[about])),
        *_person(visitor),
        ("Where", visitor.home),
    ]
    if source := rng.choice(_SOURCES):
        answers.append(("utm_source", source))
    return _sent(WEBSITE, at, number, [*answers, ("page_url", "https://klarruta.example/price")])


def repair(rng: random.Random, visitor: Visitor, at: datetime, number: int) -> Request:
    """Ask for a repair."""
    return _sent(SERVICE, at, number, [("message", rng.choice(_REPAIRS)), *_person(visitor)])


def spam(at: datetime, number: int) -> Request:
    """Send what no customer sends: it is set aside for a person to look at."""
    links = " ".join(f"https://cheap-{each}.example/" for each in ("rank", "visits", "links"))
    answers = [
        ("name", "SEO Team"),
        ("email", "team@ranking.example"),
        ("message", f"First page in a week! {links}"),
    ]
    return _sent(WEBSITE, at, number, answers)


def unreachable(at: datetime, number: int) -> Request:
    """Ask, and forget to say how to be reached."""
    words = "Do you have spare keys for the lock of a terrace door, model K4?"
    return _sent(WEBSITE, at, number, [("about", "Balcony door"), ("message", words)])


def again(request: Request, at: datetime, number: int) -> Request:
    """Press the button twice: the same words, sent once more."""
    raw = request.raw
    return Request(
        request.channel, Raw(body=raw.body, headers=raw.headers, received_at=at, key=_key(at, number))
    )


def anybody(rng: random.Random, at: datetime, number: int, visitors: Sequence[Visitor] = VISITORS) -> Request:
    """Have one of the visitors ask for something."""
    visitor = rng.choice(visitors)
    ask = repair if rng.random() < 0.2 else order  # noqa: PLR2004 - one in five
    return ask(rng, visitor, at, number)


def _person(visitor: Visitor) -> Sequence[tuple[str, str]]:
    answers = (
        ("name", visitor.name),
        ("phone", visitor.phone),
        ("email", visitor.email),
        ("company", visitor.firm),
    )
    return [answer for answer in answers if answer[1]]


def _sent(channel: str, at: datetime, number: int, answers: Sequence[tuple[str, str]]) -> Request:
    key = _key(at, number)
    hidden = (("_nonce", f"{key}-visit"), ("_ts", f"{at.timestamp() - TYPING:.0f}"))
    headers = {
        ":method": "POST",
        ":query": "",
        ":remote": "192.0.2.14",
        "content-type": "application/x-www-form-urlencoded",
        "accept": "text/html,application/xhtml+xml",
        "user-agent": _BROWSER,
    }
    body = urlencode([*answers, *hidden]).encode()
    return Request(channel, Raw(body=body, headers=headers, received_at=at, key=key))


def _key(at: datetime, number: int) -> str:
    return f"demo-{at:%Y%m%d%H%M%S}-{number}"
