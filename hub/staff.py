"""What admins change about people: who they are, what they may, whether they come in at all.

The last admin stays one, and nobody raises himself. Each change stands in the audit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from hub import audit, signin
from hub.bus import Audience, Notice
from hub.clock import now
from hub.db import announce
from hub.languages import _
from hub.said import nsaid, said
from hub.tries import EMAIL_LENGTH
from hub.users import ROLES, SEE_ALL, Department, User, Viewer

NAME_LENGTH = 100
_EXTENSION = re.compile(r"[0-9*#+][0-9*#+ -]{0,19}|")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")


class Guarded(Exception):
    """It must not be; the words are for the person who asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What can be said of somebody."""

    name: str
    email: str
    role: str
    department_id: int | None = None
    extension: str = ""


def described(user: User) -> Person:
    """Give what is said of somebody now."""
    return Person(
        name=user.name, email=user.email, role=user.role, department_id=user.department_id,
        extension=user.extension,
    )  # fmt: skip


def faults(session: Session, wanted: Person, user: User | None) -> Mapping[str, str]:
    """Say by field what is wrong with what somebody is to be; `user` is None for somebody new."""
    found = {}
    if not wanted.name or len(wanted.name) > NAME_LENGTH:
        found["name"] = _("A name has 1 to %(most)s letters.", most=NAME_LENGTH)
    if not _MAIL.fullmatch(wanted.email) or len(wanted.email) > EMAIL_LENGTH:
        found["email"] = _("This is no mail address.")
    elif (other := _with_mail(session, wanted.email)) and (user is None or other.id != user.id):
        found["email"] = _("%(name)s has this address already.", name=other.name)
    if wanted.role not in ROLES:
        found["role"] = _("Choose a role.")
    if wanted.department_id is not None and session.get(Department, wanted.department_id) is None:
        found["department"] = _("Choose a department.")
    if not _EXTENSION.fullmatch(wanted.extension):
        found["extension"] = _("An extension is digits, * and #, 20 at most.")
    elif wanted.extension and (other := _with_extension(session, wanted.extension, user)):
        found["extension"] = _("%(name)s is rung at this extension.", name=other.name)
    return found


def invite(session: Session, viewer: Viewer, wanted: Person) -> tuple[User, str]:
    """Add somebody, and give the token of the link by which he signs in."""
    user = User(**asdict(wanted))
    session.add(user)
    session.flush()
    audit.record(session, viewer, audit.MADE, "user", user.id, words=said("invited by a link"),
                 changes=audit.differences({}, asdict(wanted)))  # fmt: skip
    _tell(session, user)
    return user, signin.make_link(session, user)


def change(session: Session, viewer: Viewer, user: User, wanted: Person) -> None:
    """Have somebody be as wanted."""
    before = described(user)
    if before.role == "admin" and wanted.role != "admin":
        _require_another_admin(session, user)
    if viewer.user_id == user.id and _rank(wanted.role) > _rank(before.role):
        raise Guarded(_("Nobody raises himself: ask another admin."))
    for field, value in asdict(wanted).items():
        setattr(user, field, value)
    if changes := audit.differences(asdict(before), asdict(wanted)):
        audit.record(session, viewer, audit.CHANGED, "user", user.id, changes=changes)
        _tell(session, user)


def disable(session: Session, viewer: Viewer, user: User) -> None:
    """Let somebody in no more; what he did and has stays."""
    if user.disabled_at is not None:
        return
    if viewer.user_id == user.id:
        raise Guarded(_("Nobody sends himself away: ask another admin."))
    if user.role == "admin":
        _require_another_admin(session, user)
    user.disabled_at = now()
    signin.revoke_all(session, user.id)
    signin.void_links(session, user.id)
    audit.record(session, viewer, audit.CHANGED, "user", user.id, words=said("may no longer sign in"),
                 changes={"disabled_at": (None, user.disabled_at.isoformat())})  # fmt: skip
    _tell(session, user)


def enable(session: Session, viewer: Viewer, user: User) -> None:
    """Let somebody in again, by his password or a new link."""
    if user.disabled_at is None:
        return
    before, user.disabled_at = user.disabled_at.isoformat(), None
    audit.record(session, viewer, audit.CHANGED, "user", user.id, words=said("may sign in again"),
                 changes={"disabled_at": (before, None)})  # fmt: skip
    _tell(session, user)


def issue_link(session: Session, viewer: Viewer, user: User) -> str:
    """Give the token of a new sign-in link; those before it work no more."""
    if user.disabled_at is not None:
        raise Guarded(_("%(name)s has left: let him in again first.", name=user.name))
    signin.void_links(session, user.id)
    audit.record(session, viewer, audit.MADE, "user", user.id, words=said("a sign-in link was made"))
    return signin.make_link(session, user)


def void_link(session: Session, viewer: Viewer, user: User) -> None:
    """Let no link of somebody's work any more."""
    if signin.void_links(session, user.id):
        audit.record(
            session, viewer, audit.REMOVED, "user", user.id, words=said("the sign-in link was voided")
        )


def revoke(session: Session, viewer: Viewer, sign_in: signin.SignIn) -> None:
    """End one sign-in."""
    signin.revoke(session, sign_in.id)
    audit.record(session, viewer, audit.REMOVED, "user", sign_in.user_id, words=said("one sign-in was ended"))


def revoke_all(session: Session, viewer: Viewer, user_id: int, *, but: int | None = None) -> int:
    """End all sign-ins of somebody, perhaps but the one that is used now, and count them."""
    ended = signin.revoke_all(session, user_id, but=but)
    words = nsaid("%(num)s sign-in was ended", "%(num)s sign-ins were ended", ended)
    audit.record(session, viewer, audit.REMOVED, "user", user_id, words=words)
    return ended


def change_password(session: Session, viewer: Viewer, user: User, hashed: str, here: int | None) -> None:
    """Give somebody the password that he chose; everywhere but here he is signed out."""
    signin.set_password(session, user, hashed, here=here)
    audit.record(session, viewer, audit.CHANGED, "user", user.id, words=said("chose a new password"))


def _require_another_admin(session: Session, user: User) -> None:
    # Locked, so that two admins who send each other away at once do not both go.
    admins = select(User.id).where(User.role == "admin", User.disabled_at.is_(None)).order_by(User.id)
    if not set(session.scalars(admins.with_for_update())) - {user.id}:
        raise Guarded(_("%(name)s is the last admin: make another one first.", name=user.name))


def _with_mail(session: Session, email: str) -> User | None:
    return session.scalar(select(User).where(User.email == email))


def _with_extension(session: Session, extension: str, user: User | None) -> User | None:
    same = (User.extension == extension, User.disabled_at.is_(None), User.id != (user.id if user else 0))
    return session.scalar(select(User).where(*same).limit(1))


def _rank(role: str) -> int:
    ranks: tuple[str, ...] = ROLES
    return ranks.index(role) if role in ranks else -1


def _tell(session: Session, user: User) -> None:
    departments = frozenset() if user.department_id is None else frozenset({user.department_id})
    audience = Audience(users=frozenset({user.id}), departments=departments, roles=SEE_ALL)
    announce(session, Notice(kind="user", id=user.id, audience=audience))
