"""What is remembered of the past, never more than a number of things: the oldest goes first."""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Memory(Generic[T]):
    """A dictionary that forgets."""

    def __init__(self, most: int) -> None:
        """Begin with nothing."""
        self._most = most
        self._kept: dict[str, T] = {}

    def __contains__(self, key: str) -> bool:
        """Say whether it is still known."""
        return key in self._kept

    def keep(self, key: str, value: T) -> None:
        """Remember, and forget what is oldest."""
        self._kept[key] = value
        if len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]

    def get(self, key: str) -> T | None:
        """Give what is known, or None."""
        return self._kept.get(key)

    def take(self, key: str) -> T | None:
        """Give what is known and forget it."""
        return self._kept.pop(key, None)

    def items(self) -> list[tuple[str, T]]:
        """Give everything, the oldest first."""
        return list(self._kept.items())
