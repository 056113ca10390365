"""People who work here, their departments and roles - and what each may see.

Four roles: an agent sees what is his own or his department's, a head what is his department's, manager and admin
all. A `Viewer` is somebody with rights, be it a signed-in person or a program with a token.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import ColumnElement, ForeignKey, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.bus import Audience
from hub.clock import now
from hub.db import Base, Document
from hub.languages import N_, _

Role = Literal["agent", "head", "manager", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
SEE_ALL: frozenset[str] = frozenset({"manager", "admin"})
ROLE_NAMES = {"agent": N_("Agent"), "head": N_("Head"), "manager": N_("Manager"), "admin": N_("Admin")}
ROLE_WORDS = {
    "agent": N_("Takes calls and tasks; sees what is their own and their department's"),
    "head": N_("Leads a department, sees all of it, is told when a promise breaks"),
    "manager": N_("Sees every department, sets policies, runs sales"),
    "admin": N_("Sees and sets up everything"),
}


class Department(Base):
    """A group with a queue. `distribution` is how its tasks find somebody: take, turn or load.

    The deputy is told in place of a head who is away. A retired department gets no new work. `recordings_heard_by`
    says who hears the recordings of its calls beside its head: talked, department or heads; they are kept for
    `recordings_days`. Its calls are to be answered within so many seconds; whoever pauses chooses one of its reasons.
    `listening` says whether those who lead may listen to its calls: never, told (who talks is told) or untold.
    """

    __tablename__ = "departments"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    head_id: Mapped[int | None]
    deputy_id: Mapped[int | None]
    distribution: Mapped[str] = mapped_column(default="take")
    last_given_id: Mapped[int | None]
    retired_at: Mapped[datetime | None]
    recordings_heard_by: Mapped[str] = mapped_column(default="talked")
    recordings_days: Mapped[int] = mapped_column(default=90)
    answered_within: Mapped[int] = mapped_column(default=20)
    pause_reasons: Mapped[list[str]] = mapped_column(Document, default=list)
    listening: Mapped[str] = mapped_column(default="never")


class User(Base):
    """A person who signs in. Without `password_hash` only a sign-in link lets him in.

    `preferences` are his choices, see hub/preferences.py; `extension` is where his telephone rings.
    """

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[str]
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    password_hash: Mapped[str | None]
    made_at: Mapped[datetime] = mapped_column(default=now)
    disabled_at: Mapped[datetime | None]
    preferences: Mapped[dict[str, object]] = mapped_column(Document, default=dict)
    extension: Mapped[str] = mapped_column(default="")


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who looks: whose records, and with which role. A program has no user and sees all."""

    user_id: int | None
    role: str
    department_id: int | None
    name: str

    @property
    def sees_all(self) -> bool:
        """Tell whether this one's role sees every department."""
        return self.role in SEE_ALL

    def hears(self, audience: Audience) -> bool:
        """Tell whether a notice for this audience is for this viewer."""
        return (
            self.user_id in audience.users
            or self.role in audience.roles
            or self.department_id in audience.departments
        )


def viewer(user: User) -> Viewer:
    """Give a person's rights."""
    return Viewer(user.id, user.role, user.department_id, user.name)


def add_user(session: Session, email: str, name: str, role: str, department: str | None = None) -> User:
    """Add a person. ValueError says what is wrong, for the one who typed it."""
    email = email.strip().lower()
    if role not in ROLES:
        raise ValueError(
            _("there is no role “%(role)s”; there are: %(roles)s", role=role, roles=", ".join(ROLES))
        )
    if "@" not in email:
        raise ValueError(_("“%(email)s” is no mail address", email=email))
    if session.scalar(select(User.id).where(User.email == email)):
        raise ValueError(_("%(email)s is here already", email=email))
    place = find_department(session, department) if department else None
    user = User(email=email, name=name or email.partition("@")[0], role=role,
                department_id=place.id if place else None)  # fmt: skip
    session.add(user)
    session.flush()
    if place and role == "head" and place.head_id is None:
        place.head_id = user.id
    return user


def find_user(session: Session, email: str) -> User:
    """Give a person by address; LookupError with words where there is none."""
    user = session.scalar(select(User).where(User.email == email.strip().lower()))
    if user is None:
        raise LookupError(_("nobody here has the address %(email)s", email=email))
    return user


def find_department(session: Session, name: str) -> Department:
    """Give a department by name; LookupError with words where there is none."""
    found = session.scalar(select(Department).where(Department.name == name))
    if found is None:
        names = session.scalars(select(Department.name).order_by(Department.name))
        raise LookupError(
            _("there is no department “%(name)s”; there are: %(names)s", name=name, names=", ".join(names))
        )
    return found


_NAMES = select(User.id, User.name).where(User.disabled_at.is_(None)).order_by(User.name)
_NAMES_OF = select(User.id, User.name).where(User.id.in_(bindparam("ids", expanding=True)))


def names(session: Session, most: int) -> list[tuple[int, str]]:
    """Give the numbers and names of people who have not left, by name."""
    return [(user_id, name) for user_id, name in session.execute(_NAMES.limit(most))]


def names_of(session: Session, ids: Collection[int | None]) -> dict[int, str]:
    """Give the names of people by their numbers, also of those who have left."""
    wanted = [each for each in set(ids) if each is not None]
    return dict(session.execute(_NAMES_OF, {"ids": wanted}).all()) if wanted else {}


def active_users(session: Session, *criteria: ColumnElement[bool]) -> Sequence[User]:
    """Give people who have not left, by name."""
    present = select(User).where(User.disabled_at.is_(None), *criteria)
    return session.scalars(present.order_by(User.name)).all()
