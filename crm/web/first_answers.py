"""First answers: what each channel of chats says by itself, with the talk as it will go, and how many chats one has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm import chat_manners, chats
from crm.chat_bot import EMAIL, NAME, TELEPHONE, TOPIC, Question
from crm.chat_manners import KIND, MOST_QUESTIONS, Line, Wording
from crm.web.chat_kinds import icon_of, kind_in_words
from hub.channels import Channel
from hub.connector import Place
from hub.languages import N_, _
from hub.users import Viewer
from hub.web.audit_kinds import Kind, add_kind, named
from hub.web.channels import add_place
from hub.web.frame import Back, Room, add_room
from hub.web.keys import DB
from hub.web.pages import Toast, changed, form, page, path_id, render, viewer_of
from hub.web.problems import Problem

HERE = "/first-answers"
UNREADABLE = 422
DIGITS = 6
BLANK = 2  # rows for further questions
LABELS = {
    "greeting": N_("Greeting"), "away": N_("When nobody is here"), "questions": N_("Questions"),
    "handing_over": N_("When a person takes over"), "asks_person": N_("Words that ask for a person"),
    "most": N_("Open chats of one person at most"),
}  # fmt: skip

add_room(Room(href=HERE, name=N_("First answers"), icon="chat", order=74, role="admin", within="/settings",
              about=N_("What channels of chats say and ask by themselves, and how many chats one has")))  # fmt: skip
add_place(Place(N_("First answers"), f"{HERE}/{{id}}", "chat"), lambda kind: kind.rules is not None)
add_kind(Kind(KIND, N_("First answers"), f"{HERE}/{{id}}", named(Channel),
              labels=lambda _session, _viewer: {name: _(words) for name, words in LABELS.items()}))  # fmt: skip


class Row(msgspec.Struct, frozen=True):
    """One question of the form, empty ones to be filled in."""

    number: int
    text: str
    means: str


class Listed(msgspec.Struct, frozen=True):
    """A channel of chats, and in words what it says by itself."""

    href: str
    title: str
    icon: str
    kind: str
    words: str


class Talk(msgspec.Struct, frozen=True):
    """A talk that is thought up, under its heading."""

    title: str
    lines: Sequence[Line]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """The values of first_answer.html."""

    id: int
    title: str
    wanted: Wording
    rows: Sequence[Row]
    words: str
    meanings: Sequence[tuple[str, str]]
    talks: Sequence[Talk]


@page("GET", HERE, role="admin")
async def listed(request: web.Request) -> web.StreamResponse:
    """Show which channels of chats there are."""
    rows = await request.app[DB].read(_listed)
    return await render(
        request,
        "first_answers.html",
        title=_("First answers"),
        rows=rows,
        back=Back("/settings", _("Settings")),
    )


@page("GET", HERE + "/{id}", role="admin")
async def first_answer(request: web.Request) -> web.StreamResponse:
    """Show how one answers by itself."""
    shown = await request.app[DB].read(_shown, path_id(request))
    return await render(
        request, "first_answer.html", title=shown.title, sub=_("First answers"), manner=shown,
        back=Back(HERE, _("First answers")),
    )  # fmt: skip


@page("POST", HERE + "/{id}", role="admin")
async def save(request: web.Request) -> web.StreamResponse:
    """Have it answer like this from now on."""
    wanted = _wanted(await form(request))
    wrong = await request.app[DB].write(_save, viewer_of(request), path_id(request), wanted)
    if wrong:
        raise Problem(UNREADABLE, " ".join(f"{_(LABELS[name])}: {words}" for name, words in wrong.items()))
    return await changed(request, Toast(text=_("Saved: it answers like this from now on")))


@page("POST", HERE + "/{id}/preview", role="admin")
async def preview(request: web.Request) -> web.StreamResponse:
    """Show the talk as it would go, before it is saved."""
    wanted = _wanted(await form(request))
    await request.app[DB].read(_channel, path_id(request))
    return await render(request, "_first_answer_talks.html", talks=_talks(wanted))


def _listed(session: Session) -> list[Listed]:
    rows = session.scalars(select(Channel).order_by(Channel.title, Channel.id)).all()
    return [_line(session, row) for row in rows if chats.rules_of(row.kind) is not None]


def _line(session: Session, row: Channel) -> Listed:
    found = chat_manners.wording_of(session, row.id)
    says = [_("greets") if found.greeting else "", _("says when nobody is here") if found.away else "",
            _("asks %(num)s questions", num=len(found.questions)) if found.questions else ""]  # fmt: skip
    words = ", ".join(filter(None, says)) or _("says nothing by itself")
    return Listed(f"{HERE}/{row.id}", row.title, icon_of(row.kind), kind_in_words(row.kind), words)


def _shown(session: Session, channel_id: int) -> Shown:
    channel = _channel(session, channel_id)
    found = chat_manners.wording_of(session, channel.id)
    asked = [Row(number, each.text, each.means) for number, each in enumerate(found.questions, start=1)]
    blank = range(len(asked) + 1, min(len(asked) + BLANK, MOST_QUESTIONS) + 1)
    return Shown(
        id=channel.id, title=channel.title, wanted=found, rows=[*asked, *(Row(number, "", "") for number in blank)],
        words="\n".join(found.asks_person), meanings=list(chat_manners.meanings(session).items()),
        talks=_talks(found),
    )  # fmt: skip


def _talks(wanted: Wording) -> list[Talk]:
    """Think up how it goes while somebody is here, and while nobody is."""
    hello = _("Hello, do you make windows for old houses?")
    answers = {
        "": _("About a hundred years"), NAME: _("Karin Ekdahl"), TELEPHONE: "070-174 06 12",
        EMAIL: "karin@ekdahl.example", TOPIC: _("Four windows and a door"),
    }  # fmt: skip
    talks = [Talk(_("While somebody is here"), chat_manners.talk(wanted, hello, answers, is_open=True))]
    if wanted.away:
        talks.append(
            Talk(_("While nobody is here"), chat_manners.talk(wanted, hello, answers, is_open=False))
        )
    return talks


def _wanted(said: Mapping[str, str]) -> Wording:
    most = said.get("most", "").strip()
    return Wording(
        greeting=_text(said, "greeting"), away=_text(said, "away"), handing_over=_text(said, "handing_over"),
        questions=tuple(_questions(said)),
        most=int(most) if most.isascii() and most.isdigit() and len(most) <= DIGITS else 0,
        asks_person=tuple(dict.fromkeys(
            " ".join(line.split()) for line in said.get("asks_person", "").splitlines() if line.strip())),
    )  # fmt: skip


def _questions(said: Mapping[str, str]) -> Iterator[Question]:
    for number in range(1, MOST_QUESTIONS + 1):
        if text := _text(said, f"question-{number}"):
            yield Question(text, said.get(f"means-{number}", ""))


def _text(said: Mapping[str, str], name: str) -> str:
    return said.get(name, "").replace("\r\n", "\n").strip()


def _save(session: Session, viewer: Viewer, channel_id: int, wanted: Wording) -> Mapping[str, str]:
    channel = _channel(session, channel_id)
    if wrong := chat_manners.faults(session, wanted):
        return wrong
    chat_manners.change(session, viewer, channel, wanted)
    return {}


def _channel(session: Session, channel_id: int) -> Channel:
    channel = session.get(Channel, channel_id)
    if channel is None or chats.rules_of(channel.kind) is None:
        raise Problem(404, _("There is no such channel of chats."))
    return channel
