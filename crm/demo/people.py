"""Who works at Klarruta Fönster, and who asks it for windows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.calendars import Absence
from hub.channels import Channel, add_channel
from hub.users import Role, User, add_user, find_user

PASSWORD = "klarruta-fönster"  # noqa: S105 - printed for everybody to see: there is nothing here to protect
SERVICE, CALLBACK = "service", "callback"


class Colleague(NamedTuple):
    """Somebody who works here. `away` is why and for how many days yet."""

    name: str
    role: Role
    department: str = ""
    away: tuple[str, int] | None = None

    @property
    def email(self) -> str:
        """The first name at the company's own domain."""
        return f"{self.name.partition(' ')[0].lower().replace('å', 'a')}@klarruta.example"


STAFF = (
    Colleague("Annika Kron", "admin"),
    Colleague("Birgitta Ask", "manager"),
    Colleague("Sofia Hjelm", "head", "Front desk"),
    Colleague("Elin Sandgren", "agent", "Front desk"),
    Colleague("Johan Lindh", "agent", "Front desk"),
    Colleague("Amira Haddad", "agent", "Front desk"),
    Colleague("Henrik Sundin", "head", "Sales"),
    Colleague("Ingrid Falk", "agent", "Sales", ("Holiday", 3)),
    Colleague("Karl Nyman", "agent", "Sales"),
    Colleague("Dag Kvist", "head", "Service"),
    Colleague("Petter Wiklund", "agent", "Service", ("Ill", 2)),
    Colleague("Nils Åkerman", "head", "Installation"),
    Colleague("Marek Zieliński", "agent", "Installation"),
    Colleague("Tove Rask", "agent", "Installation"),
)


class Visitor(NamedTuple):
    """Somebody who asks. `home` is where the windows are; `firm` may be empty."""

    name: str
    home: str
    phone: str
    email: str
    firm: str = ""


def is_here(session: Session) -> bool:
    """Tell whether the demonstration was set up here. ValueError when somebody else's people are here."""
    anybody = session.scalar(select(User.id).limit(1)) is not None
    known = session.scalar(select(User.id).where(User.email == STAFF[0].email)) is not None
    if anybody and not known:
        raise ValueError(
            "a real hub keeps its data here; choose another folder for the demonstration with --data DIR"
        )
    return known


def move_in(session: Session, moment: datetime, password_hash: str) -> None:
    """Add everybody who works here, all with one password, and say who is away."""
    for colleague in STAFF:
        user = add_user(
            session, colleague.email, colleague.name, colleague.role, colleague.department or None
        )
        user.password_hash = password_hash
        user.made_at = moment - timedelta(days=400)
        if colleague.away:
            why, days = colleague.away
            since, until = moment - timedelta(days=1), moment + timedelta(days=days)
            session.add(Absence(user_id=user.id, since=since, until=until, why=why, substitute_id=None))


def add_service_form(session: Session) -> None:
    """Open two forms beside the website's, which open no deal: for repairs, and to be rung back; once."""
    for name, title, settings in (
        (SERVICE, "Repairs", {
            "title": "Repair and service",
            "intro": "Something sticks, leaks or is broken? Tell us what, and we ring you back.",
            "department": "Service",
            "task_title": "Ring about the repair: {name}",
        }),
        (CALLBACK, "Ring me back", {
            "title": "Ring me back",
            "intro": "Leave your number: a person rings you back within 15 minutes.",
            "department": "Front desk",
            "task_title": "Ring back: {name}",
        }),
    ):  # fmt: skip
        if session.scalar(select(Channel.id).where(Channel.name == name)) is None:
            add_channel(session, name, title, "form", settings)


def colleague(session: Session, name: str) -> User:
    """Give the user who plays this colleague."""
    return find_user(session, next(each.email for each in STAFF if each.name == name))


_NAMES = """
Karin Ekdahl, Kortedala, Brf Ekbacken|Mats Forsling, Partille|Yasmin Karimi, Majorna|Gustav Odell, Hisingen
Astrid Wallner, Örgryte|Bo Nyström, Mölndal|Per-Olof Grahn, Kungälv|Lena Malm, Askim|Oskar Hellgren, Lerum
Fatima Nouri, Angered|Göran Stålhammar, Kungsbacka|Ulla Bergkvist, Linné|Viktor Renström, Torslanda
Hanna Silfver, Haga|Leif Örtengren, Alingsås|Maja Tingvall, Hovås, Hovås Villabygg|Rasmus Dahlin, Önnered
Signe Ahlmark, Landvetter|Tomas Bruhn, Mölnlycke, Mölnlycke förskola|Ebba Liljekvist, Guldheden
Jonas Wester, Billdal|Selma Hägg, Gamlestaden|Anders Tranberg, Stenungsund|Nour Saleh, Bergsjön
Kerstin Vallgren, Johanneberg, Brf Sjöhöjden|Hugo Palmér, Eriksberg|Siv Arnell, Särö|Emil Rosander, Lunden
Alva Bjelke, Kålltorp|Stig Marklund, Öckerö|Inga Thorell, Krokslätt|Daniel Skoog, Lindome
Märta Edling, Långedrag|Ahmed Warsame, Backa|Britt Sköld, Kviberg|Lukas Fagerlund, Sävedalen
Agnes Norling, Bohus|Rolf Cederberg, Ale|Wilma Strid, Majorna|Ivar Hammarlund, Vrångö, Skärgårdens snickeri
"""


def _visitors() -> tuple[Visitor, ...]:
    found = []
    entries = (entry for line in _NAMES.strip().splitlines() for entry in line.split("|"))
    for number, entry in enumerate(entries):
        name, home, firm = (*(part.strip() for part in entry.split(",")), "")[:3]
        mobile = f"070-174 06 {5 + number:02}" if number % 5 else f"031-390 06 {20 + number:02}"
        given, _, family = name.lower().translate(_PLAIN).rpartition(" ")
        found.append(Visitor(name, home, mobile, f"{given}.{family}@brevet.example", firm))
    return tuple(found)


_PLAIN = str.maketrans("åäöéü", "aaoeu")
VISITORS = _visitors()
