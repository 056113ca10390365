"""The company: what it is called and where it is. An empty store is filled from a file, see crm/company_file.py."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from hub.db import Base


class Company(Base):
    """One row: whose hub this is. `country` decides how a number without a country is read.

    Outside `calls_from` to `calls_until`, by the customer's own clock, it is asked before somebody is called.
    `setup_version` counts the changes of whatever belongs to the set-up.
    """

    __tablename__ = "company"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    line: Mapped[str]
    country: Mapped[str]
    zone: Mapped[str]
    currency: Mapped[str]
    help: Mapped[str]
    calls_from: Mapped[str] = mapped_column(default="08:00")
    calls_until: Mapped[str] = mapped_column(default="20:00")
    setup_version: Mapped[int] = mapped_column(default=0)
