"""View values as the pages give them: Elin Sandgren's morning in Sales, for the tests of the templates."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace as View
from typing import Any

from hub.preferences import Preferences

MORNING = datetime(2026, 11, 23, 9, 49, tzinfo=UTC)
ELIN = View(
    id=1,
    name="Elin Sandgren",
    initials="ES",
    role="Agent",
    department="Sales",
    presence="free",
    presence_words="Free",
    preferences=Preferences(),
)
JOHAN = View(id=2, name="Johan Lindh", initials="JL", presence="free")
KARIN = View(id=3, name="Karin Ekdahl")


def ago(minutes: float) -> datetime:
    """Give a time before this morning's."""
    return MORNING - timedelta(minutes=minutes)


def derivation() -> View:
    """Explain a deadline that ran through the closing of the day."""
    return View(
        pieces=[
            View(kind="worked", minutes=10),
            View(kind="closed", minutes=3670),
            View(kind="worked", minutes=5),
        ],
        lines=[
            View(kind="worked", text="Request Fri 17:50, clock starts", value="10 min"),
            View(kind="closed", text="Closed until Mon 09:00", value="2 d 15 h"),
            View(kind="worked", text="Clock runs again", value="5 min"),
        ],
        starts="Fri 17:50",
        due="due Mon 09:05",
        now="",
        total="15 min of working time, rule “New request”",
        sum="= Mon 09:05",
        spoken="Request Friday 17:50, 10 minutes until close, Monday 09:00 opens, due Monday 09:05",
    )


def deadline(state: str = "late", words: str = "19 min late") -> View:
    """Give a deadline with its derivation."""
    return View(
        name="First answer",
        state=state,
        words=words,
        started_at=ago(34),
        due_at=ago(19),
        derivation=derivation(),
        href="/deadlines/9",
        task=View(title="Call back Karin Ekdahl", href="/tasks/7"),
    )


def task(**changes: Any) -> View:  # noqa: ANN401 - whatever the test wants to be otherwise
    """Give Elin's task to call back Karin Ekdahl."""
    values = {
        "id": 7,
        "title": "Call back Karin Ekdahl",
        "icon": "form",
        "about": "Form “Ring mig”, came 10:15",
        "href": "/contacts/3",
        "end": "",
        "why": "Longest free in Sales",
        "deadline": deadline(),
        "assignee": ELIN,
        "department": "Sales",
        "contact": KARIN,
        "candidates": 0,
        "candidates_list": [],
        "told": "Sofia Hjelm was told at 10:31",
        "paused": False,
        "paused_why": "",
        "done": False,
        "done_words": "",
        "next": True,
        "fresh": False,
        "may_change": True,
        "may_take": False,
        "offer": None,
    }
    return View(**{**values, **changes})


def frame(title: str) -> dict[str, Any]:
    """Give what every page of the console shows around itself."""
    rooms = [("today", "Today", 9), ("people", "Contacts", 0), ("journal", "Journal", 2)]
    nav = [
        View(
            href=f"/{name.lower()}",
            icon=icon,
            name=name,
            count=count,
            current=name == title,
            tab=True,
            group=0,
            key="",
            rooms=(),
        )
        for icon, name, count in rooms
    ]
    return {
        "company": "Klarruta Fönster",
        "title": title,
        "sub": "Monday 23 November",
        "me": ELIN,
        "nav": nav,
        "alarms_open": 1,
        "toast": None,
        "back": None,
    }


def today() -> dict[str, Any]:
    """Give Elin's day: one task late, one to choose a contact for, one of Johan's."""
    tasks = View(
        overdue=[task()],
        hour=[],
        today=[task(id=8, deadline=deadline("soon", "7:11"), candidates=2)],
        later=[task(id=9, assignee=JOHAN)],
    )
    return {
        **frame("Today"),
        "here": "/today/fragment?whose=mine",
        "whose": "mine",
        "views": [View(href="/today?whose=mine", words="Mine", current=True)],
        "figures": View(tiles=[], columns=[], departments=[]),
        "loads": View(here=[], away=[]),
        "unresolved": View(count=0, calls=[]),
        "more": 0,
        "more_href": "/tasks?whose=mine",
        "told": "Sofia Hjelm was told at 10:31",
        "queue": View(count=4, words="in Sales", href="", oldest_at=ago(6)),
        "tasks": tasks,
        "done": 3,
        "done_href": "/tasks?state=done",
        "done_tasks": [],
        "queues": [View(name="Sales", waiting=4, oldest="6 min", state="soon", href="")],
        "team": [View(name="Johan Lindh", initials="JL", presence="free", words="free", note="")],
    }


def card() -> dict[str, Any]:
    """Give the card of Karin Ekdahl."""
    event = {
        "icon": "form",
        "late": False,
        "who": "Form",
        "what": "“Ring mig”",
        "at": ago(34),
        "text": "",
        "side": "theirs",
        "fields": [],
        "files": [],
        "task": None,
        "remark": "",
        "raw": "/journal/5",
    }
    flats = View(
        name="flats",
        label="Flats",
        kind="number",
        key="fields.flats",
        action="/contacts/3/fields/flats",
        value="34",
        was="34",
        shown="34",
        may_edit=True,
    )
    new_handle = View(name="handle-new", label="Number or address", kind="text", key="handles", value="",
                      was="", action="/contacts/3/handles", may_edit=True)  # fmt: skip
    return {
        **frame("Contacts"),
        "duplicates": [],
        "here": "/contacts/3",
        "deadline": deadline(),
        "tasks": [task()],
        "done_tasks": 4,
        "contact": View(
            id=3,
            name="Karin Ekdahl",
            initials="KE",
            is_organisation=False,
            organisation=None,
            about="Chair",
            may_change=True,
            tags=[View(name="Board", href="/contacts?tag=1", off="/contacts/3/tags/1")],
            handles=[
                View(kind="phone", icon="phone", value="070-174 06 12", label="", href="tel:+46701740612")
            ],
        ),
        "about": View(
            own=[],
            handles=[],
            new_handle=new_handle,
            groups=[View(heading="House", fields=[flats])],
            missing=[],
            extra=[View(name="utm_source", value="newsletter")],
        ),
        "relations": View(contact_id=3, rows=[], ends=[View(value="1", words="works with")]),
        "presence": View(href="/contacts/3/presence", others=[]),
        "visits": View(rows=[], wishes=[], new="/visits/new?contact=3"),
        "consents": View(
            contact_id=3, addresses=[], choices=[], lists=[], sources=[], held=[], past=[], barred=[]
        ),
        "timeline": View(
            here="/contacts/3/timeline",
            first=True,
            older="",
            older_count=None,
            filters=[View(words="Everything", count=1, href="/contacts/3/timeline", current=True, icon="")],
            events=[View(id=1, **{**event, "fields": [View(name="Windows", value="34, <b>wood</b>")]})],
        ),
    }


def journal() -> dict[str, Any]:
    """Give a journal in which one item failed and one was set aside."""
    item = {"at": ago(5), "icon": "form", "channel": "website", "became_href": ""}
    items = [
        View(
            id=5,
            sender="POST from brf-portalen.example",
            became="Two numbers in one field",
            state="late",
            state_words="Failed, 5 tries",
            action="retry",
            **item,
        ),
        View(
            id=6,
            sender="offers@seo.example",
            became="Nothing made",
            state="off",
            state_words="Set aside",
            action="release",
            **item,
        ),
    ]
    return {
        **frame("Journal"),
        "stats": [
            View(name="Failed", value=1, note="nothing is lost", state="late", href="/journal?filter=failed")
        ],
        "failed": 1,
        "filters": [],
        "spans": [],
        "searched": 0,
        "asked": View(filter="", channel="", span="", words="", address=lambda **_asked: "/journal"),
        "kept_days": 180,
        "here": "/journal",
        "journal": View(items=items, next=""),
    }


def form(**errors: str) -> dict[str, Any]:
    """Give the public form of Klarruta Fönster."""
    plain = {"hint": "", "placeholder": "", "autocomplete": "", "multiple": False}
    fields = [
        View(
            name="what",
            label="What is it about?",
            kind="choice",
            required=True,
            choices=["Windows", "Doors"],
            **plain,
        ),
        View(name="phone", label="Phone", kind="tel", required=True, choices=[], **plain),
        View(name="pictures", label="Pictures", kind="file", required=False, choices=[], **plain),
    ]
    settings = View(
        title="A price for your windows", intro="", button="", note="", note_href="", fields=fields
    )
    return {
        "company": "Klarruta Fönster",
        "company_line": "",
        "action": "/in/website/T",
        "nonce": "8c1f",
        "ts": 1795427340,
        "settings": settings,
        "values": {"phone": "070-174 06"} if errors else {},
        "errors": errors,
    }


PAGES = {"today.html": today, "contact.html": card, "journal.html": journal, "form_page.html": form}
