"""Meta's Graph API over HTTP, and what its answers mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import aiohttp
from aiohttp import ClientTimeout, FormData
from yarl import URL

from connectors.meta.errors import OK, failure
from connectors.meta.settings import MetaSettings
from connectors.meta.told import Told, read_told
from hub.connector import AuthFailed, InDoubt, Refused, Unavailable
from hub.public_files import write_answer
from hub.said import said

WAITING = ClientTimeout(total=50, connect=10)
CARRYING = ClientTimeout(
    total=None, sock_connect=10, sock_read=50
)  # files; the hub says how long that may take
LARGEST = 1 << 20  # bytes of an answer
PIECE = 1 << 18
# Where Meta keeps files; the token goes to no other host.
_HOSTS = (".facebook.com", ".fbsbx.com", ".fbcdn.net", ".whatsapp.net", ".whatsapp.com")

# An id, and what is asked of it: an id that was told leads nowhere else.
_PATH = re.compile(r"[\w:=-]{1,200}(/[a-z_]{1,50})?", re.ASCII)

Query = Mapping[str, str]


class Graph:
    """One access token's way to the API."""

    def __init__(self, settings: MetaSettings) -> None:
        """Connect to nothing yet."""
        self._root = f"{settings.base_url.rstrip('/')}/{settings.version}/"
        self._origin = URL(settings.base_url).origin()
        self._settings = settings

    async def get(self, path: str, query: Query = {}) -> Told:  # noqa: B006 - it is only read
        """Ask for something; raises Unavailable, AuthFailed or Refused."""
        return await self._asked("GET", path, params=query)

    async def upload(self, path: str, form: FormData) -> Told:
        """Put a file there; raises as `get` does, for one that may be there is put there again."""
        return await self._asked("POST", path, data=form, timeout=CARRYING)

    async def post(self, path: str, told: object, *, many: bool = False) -> Told:
        """Have something done that is done once; InDoubt where nobody knows whether it was. `many`: see `failure`."""
        try:
            status, body, headers = await self._ask("POST", path, json=told)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise _unreachable(error) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise InDoubt(said("Meta did not answer: it may have been sent, or not.")) from error
        if status != OK:
            raise failure(status, body, headers, many=many)
        try:
            return read_told(body)
        except ValueError as error:
            raise InDoubt(said("Meta's answer cannot be read: it may have been sent, or not.")) from error

    async def download(self, address: str, into: Path, most: int) -> None:
        """Write a file that Meta keeps into one of ours; Refused where it is not there, or larger than `most` bytes."""
        url = self._checked(address)
        try:
            async with (
                self._session() as session,
                session.get(url, allow_redirects=False, timeout=CARRYING) as answer,
            ):
                if answer.status != OK:
                    raise _not_there(answer.status)
                await write_answer(answer, into, most)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _unreachable(error) from error

    async def _asked(self, method: str, path: str, **given: object) -> Told:
        try:
            status, body, headers = await self._ask(method, path, **given)
            if status == OK:
                return read_told(body)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _unreachable(error) from error
        except ValueError as error:
            raise Unavailable(said("Meta's answer cannot be read.")) from error
        why = failure(status, body, headers)
        raise (
            Unavailable(said("Meta answers %(status)s.", status=status)) if isinstance(why, InDoubt) else why
        )

    async def _ask(self, method: str, path: str, **given: object) -> tuple[int, bytes, Mapping[str, str]]:
        if not _PATH.fullmatch(path):
            raise Refused(said("Meta has nothing of this name."))
        url = self._root + path
        async with (
            self._session() as session,
            session.request(method, url, allow_redirects=False, **given) as answer,  # type: ignore[arg-type]
        ):
            body = b""
            async for piece in answer.content.iter_chunked(PIECE):
                body += piece
                if len(body) > LARGEST:
                    break
            return answer.status, body, answer.headers

    def _session(self) -> aiohttp.ClientSession:
        token = self._settings.token
        if not token:
            raise AuthFailed(said("No access token is set up, or its file cannot be read."))
        headers = {"Authorization": f"Bearer {token}", "User-Agent": "Ringback"}
        return aiohttp.ClientSession(timeout=WAITING, headers=headers, trust_env=True)

    def _checked(self, address: str) -> URL:
        """Give an address to which the token may go."""
        try:
            url = URL(address)
            is_meta = url.scheme == "https" and f".{url.host or ''}".endswith(_HOSTS)
            if is_meta or url.origin() == self._origin:
                return url
        except ValueError:
            pass
        raise Refused(said("Meta names no place of its own for the file."))


def _not_there(status: int) -> Exception:
    if status == 401:  # noqa: PLR2004 - RFC 9110
        return AuthFailed(said("Meta refuses the access token: %(words)s", words="—"))
    if status in {404, 410}:
        return Unavailable(said("The file is not there: its address was good for five minutes."))
    return Unavailable(said("Meta answers %(status)s.", status=status))


def _unreachable(error: Exception) -> Unavailable:
    if isinstance(error, TimeoutError):
        return Unavailable(said("Meta does not answer in time."))
    return Unavailable(said("Meta cannot be reached: %(why)s", why=str(error)[:200] or type(error).__name__))
