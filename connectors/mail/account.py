"""Who we are at a mail server: a user with a password, or with access tokens."""

from __future__ import annotations

from collections.abc import Callable

from connectors.mail.access_tokens import Tokens
from connectors.mail.imap_link import Link
from connectors.mail.smtp_line import Line
from hub.connector import AuthFailed, Unavailable
from hub.said import said


class Account:
    """Logs in where mailboxes are read and letters handed over."""

    def __init__(self, user: str, password: Callable[[], str], tokens: Tokens | None = None) -> None:
        """Know how it is done; `password` may read a file."""
        self.user = user
        self._password = password
        self._tokens = tokens

    async def enter(self, place: Link | Line) -> None:
        """Log in; AuthFailed where we are refused, Unavailable where that cannot be told for now."""
        if self._tokens is None:
            return await place.log_in(self.user, self._secret())
        token, is_new = await self._tokens.current()
        try:
            await self._enter(place, token)
        except AuthFailed as error:
            self._tokens.forget()
            if is_new:
                raise
            raise Unavailable(*error.args) from error  # it ended before its time: the next one may be good
        return None

    async def _enter(self, place: Link | Line, token: str) -> None:
        if isinstance(place, Link):
            await place.log_in_by_token(self.user, token)
        else:
            await place.log_in(self.user, token, by_token=True)

    def _secret(self) -> str:
        try:
            return self._password()
        except (OSError, UnicodeError) as error:
            words = said("A file of this channel's settings cannot be read: %(why)s", why=str(error))
            raise Unavailable(words) from error
