"""The company's letterhead: what its documents say of it beside its name, and how it is paid."""

from __future__ import annotations

import msgspec
from sqlalchemy.orm import Mapped, Session, mapped_column

from hub.db import Base


class Letterhead(Base):
    """One row. `address` has lines; `registration` is the company's number in its country's register.

    `iban` and `bic` are where euros are paid to, `swish` is a Swish number for kronor. An offer holds for `offer_days`,
    an invoice is paid within `payment_days`.
    """

    __tablename__ = "letterheads"

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(default="")
    registration: Mapped[str] = mapped_column(default="")
    vat: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    mail: Mapped[str] = mapped_column(default="")
    web: Mapped[str] = mapped_column(default="")
    iban: Mapped[str] = mapped_column(default="")
    bic: Mapped[str] = mapped_column(default="")
    swish: Mapped[str] = mapped_column(default="")
    offer_days: Mapped[int] = mapped_column(default=30)
    payment_days: Mapped[int] = mapped_column(default=30)


class LetterheadFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same in company.toml, under [letterhead]."""

    address: tuple[str, ...] = ()
    registration: str = ""
    vat: str = ""
    phone: str = ""
    mail: str = ""
    web: str = ""
    iban: str = ""
    bic: str = ""
    swish: str = ""
    offer_days: int = 30
    payment_days: int = 30


def letterhead(session: Session) -> Letterhead:
    """Give the letterhead; an empty one where nobody has said anything."""
    return session.get(Letterhead, 1) or Letterhead(**_columns(LetterheadFile()))


def keep(session: Session, file: LetterheadFile) -> None:
    """Keep what the file says."""
    session.merge(Letterhead(**_columns(file)))


def _columns(file: LetterheadFile) -> dict[str, object]:
    values = msgspec.structs.asdict(file)
    return {"id": 1, **values, "address": "\n".join(file.address)}
