"""Who we are at a mail server: a user with a password, or with access tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

from hub.said import said
from hub.troubles import AuthFailed, Unavailable

if TYPE_CHECKING:
    from connectors.mail.access_tokens import Tokens


class Credentials(NamedTuple):
    """By what we log in; an access token that `is_new` was given out just now."""

    user: str
    secret: str
    by_token: bool = False
    is_new: bool = True


class Place(Protocol):
    """A line to a mail server, of either kind."""

    async def log_in(self, user: str, secret: str, *, by_token: bool = False) -> None:
        """Log in; AuthFailed where we are refused, Unavailable where that cannot be told for now."""


class Account:
    """Logs in where mailboxes are read and letters handed over."""

    def __init__(self, user: str, password: Callable[[], str], tokens: Tokens | None = None) -> None:
        """Know how it is done; `password` may read a file."""
        self.user = user
        self._password = password
        self._tokens = tokens

    async def enter(self, place: Place) -> None:
        """Log in; raises as the place does."""
        who = await self.credentials()
        try:
            await place.log_in(who.user, who.secret, by_token=who.by_token)
        except AuthFailed as error:
            if self.is_over(who):
                raise Unavailable(*error.args) from error
            raise

    async def credentials(self) -> Credentials:
        """Give what is good now; Unavailable where it cannot be had, AuthFailed where we get none."""
        if self._tokens is None:
            return Credentials(self.user, self._secret())
        token, is_new = await self._tokens.current()
        return Credentials(self.user, token, by_token=True, is_new=is_new)

    def is_over(self, refused: Credentials) -> bool:
        """Tell of credentials that were refused whether they only ended before their time: the next may be good."""
        if refused.by_token and self._tokens is not None:
            self._tokens.forget()
        return not refused.is_new

    def _secret(self) -> str:
        try:
            return self._password()
        except (OSError, UnicodeError) as error:
            words = said("A file of this channel's settings cannot be read: %(why)s", why=str(error))
            raise Unavailable(words) from error
