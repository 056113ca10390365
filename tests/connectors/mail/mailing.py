"""A mailing for tests, its copies, and the log of what became of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from hub.bulk_mail import Batch, Copy, Fate, Mailing
from hub.letters import Address
from tests.connectors.mail.writing import WRITTEN_AT

MAILING = Mailing(
    sender=Address("Klarruta", ""), subject=("Windows for ", ""), text=("Hej ", "!\n.dot\n"),
    html=("<p>Hej ", "!</p>\n<p>Fönster och dörrar.</p>"), list_id="news.klarruta.example", list_name="Nyheter",
    feedback_id="7:news:office:klarruta",
)  # fmt: skip


class Told:
    """Keeps what it is told."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.is_stopped = False
        self.withheld: set[int] = set()
        self.dots: list[int] = []
        self.fates: dict[int, Fate] = {}

    def is_withheld(self, copy_id: int) -> bool:
        """Tell whether it was said of a copy that it is not to leave."""
        return copy_id in self.withheld

    def is_untouched(self, copy_id: int) -> bool:
        """Tell whether it knows nothing of a copy."""
        return copy_id not in self.dots and copy_id not in self.fates

    def dot(self, copy_id: int) -> None:
        """Keep it."""
        assert copy_id not in self.dots
        self.dots.append(copy_id)

    def keep(self) -> None:
        """Keep nothing: it lives no longer than its test."""

    @property
    def path(self) -> Path:
        """Stand in no file."""
        raise NotImplementedError

    def hand_over(self, changed: Callable[[bool, frozenset[int]], None]) -> None:
        """Be written by nobody else."""
        raise NotImplementedError

    def tell(self, fate: Fate) -> None:
        """Keep it."""
        assert fate.copy not in self.fates
        self.fates[fate.copy] = fate

    @property
    def ends(self) -> dict[int, str]:
        """Give in a word what became of each; of one with a dot and no answer nobody knows."""
        unknown = {each: "unknown" for each in self.dots if each not in self.fates}
        return {each: fate.end for each, fate in self.fates.items()} | unknown


def copy(number: int, address: str = "", name: str = "") -> Copy:
    """Write one's copy."""
    who = name or f"Kund {number}"
    return Copy(
        id=number, mailing=1, to=Address(name, address or f"kund-{number}@example.net"), token=f"7-{number:x}-proof",
        written_at=WRITTEN_AT, leave=(f"https://crm.klarruta.example/leave/{number}", "mailto:office@klarruta.example"),
        subject=(who,), text=(who,), html=(who,),
    )  # fmt: skip


def batch(copies: Sequence[Copy], mailing: Mailing = MAILING) -> Batch:
    """Put copies together."""
    return Batch(1, {1: mailing}, copies)
