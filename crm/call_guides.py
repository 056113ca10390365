"""What leads an agent of a department through a call: its script, and whether each call must have a result."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub import audit
from hub.db import Base
from hub.languages import _
from hub.users import Viewer

LONGEST = 10_000  # letters of a script
HEADING = 80

MOST_RESCUES = 9
LONGEST_PAUSE = 60 * 24  # minutes

NUMBER = "{number}"  # among the sounds, where the customer's is said, digit by digit

_SOUND = r"(?:[\w/-]{1,80}|\{number\})"
_SOUNDS = re.compile(rf"(?:{_SOUND}(?:&{_SOUND}){{0,9}})?", re.ASCII)
_BLANK = re.compile(r"\n\s*\n")


class CallGuide(Base):
    """A department's script, and whether who talked must say what came of it.

    A call-back that is due is rescued `rescue_most` times at most (0: not at all), `rescue_again` minutes apart; the
    PBX plays `rescue_say` first to whom it rings: names of sounds with & between, among them NUMBER, "" none.
    """

    __tablename__ = "call_guides"

    id: Mapped[int] = mapped_column(primary_key=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), unique=True)
    script: Mapped[str] = mapped_column(default="")
    result_required: Mapped[bool] = mapped_column(default=False)
    rescue_most: Mapped[int] = mapped_column(default=0)
    rescue_again: Mapped[int] = mapped_column(default=15)
    rescue_say: Mapped[str] = mapped_column(default="")


class Section(msgspec.Struct, frozen=True):
    """A part of a script: its heading ("" for what stands before the first), and its paragraphs."""

    heading: str
    paragraphs: Sequence[str]


class Rescuing(msgspec.Struct, frozen=True, kw_only=True):
    """How call-backs are rescued, see CallGuide. -1 stands for a number that could not be read."""

    most: int = 0
    again: int = 15
    say: str = ""


def guide_of(session: Session, department_id: int | None) -> CallGuide | None:
    """Give a department's guide, None where nobody wrote one."""
    return session.scalar(select(CallGuide).where(CallGuide.department_id == department_id))


def is_required(session: Session, department_id: int | None) -> bool:
    """Tell whether calls of this department must have a result."""
    guide = guide_of(session, department_id)
    return guide is not None and guide.result_required


def fault(script: str) -> str:
    """Say what is wrong with a script, "" where nothing is."""
    return _("A script has at most %(most)s letters.", most=LONGEST) if len(script) > LONGEST else ""


def write(session: Session, viewer: Viewer, department_id: int, script: str, *, required: bool) -> None:
    """Keep a department's guide."""
    _keep(session, viewer, department_id, {"script": plain(script), "result_required": required})


def rescue_fault(rescue: Rescuing) -> str:
    """Say what is wrong with how call-backs are rescued, "" where nothing is."""
    if not 0 <= rescue.most <= MOST_RESCUES:
        return _("A call-back is rescued at most %(most)s times; 0 switches it off.", most=MOST_RESCUES)
    if not 1 <= rescue.again <= LONGEST_PAUSE:
        return _("It is tried again after a minute to a day.")
    if not _SOUNDS.fullmatch(rescue.say):
        return _("Write names of sounds of the PBX, with & between: custom/rescue&{number}.")
    return ""


def spoken(sounds: str, number: str) -> str:
    """Give what the PBX plays about a number: the sounds of its digits, which every Asterisk has, stand for NUMBER."""
    digits = "&".join(f"digits/{digit}" for digit in number if digit.isdigit())
    return sounds.replace(NUMBER, digits)


def write_rescue(session: Session, viewer: Viewer, department_id: int, rescue: Rescuing) -> None:
    """Keep how a department's call-backs are rescued."""
    values = {"rescue_most": rescue.most, "rescue_again": rescue.again, "rescue_say": rescue.say}
    _keep(session, viewer, department_id, values)


def _keep(session: Session, viewer: Viewer, department_id: int, values: Mapping[str, object]) -> None:
    guide = guide_of(session, department_id)
    if guide is None:
        guide = CallGuide(department_id=department_id)
        session.add(guide)
        session.flush()
    before = {name: getattr(guide, name) for name in values}
    for name, value in values.items():
        setattr(guide, name, value)
    if changes := audit.differences(before, values):
        audit.record(session, viewer, audit.CHANGED, "call_guide", department_id, changes=changes)


def plain(script: str) -> str:
    """Give a script as it is kept: lines end as ours do, and nothing stands around it."""
    return script.replace("\r\n", "\n").replace("\r", "\n").strip()


def sections(script: str) -> list[Section]:
    """Divide a script at its headings: a line that stands alone and ends with a colon."""
    found: list[tuple[str, list[str]]] = []
    for block in filter(None, (each.strip() for each in _BLANK.split(plain(script)))):
        heading, rest = _heading(block)
        if heading or not found:
            found.append((heading, []))
        if rest:
            found[-1][1].append(rest)
    return [Section(heading, paragraphs) for heading, paragraphs in found]


def _heading(block: str) -> tuple[str, str]:
    first, _newline, rest = block.partition("\n")
    first = first.strip()
    if first.endswith(":") and len(first) <= HEADING:
        return first.removesuffix(":"), rest.strip()
    return "", block
