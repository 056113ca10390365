"""The homeserver's API, as an application service has it (https://spec.matrix.org/latest/client-server-api/).

Whatever is sent has our own id as its transaction, by which the homeserver knows it when it is sent again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import aiohttp
import msgspec

from connectors.chat_json import Told, told_or_nothing
from connectors.chat_server import CONNECT, Answered, ask
from connectors.chat_settings import needed
from connectors.matrix.settings import MatrixSettings, service_id
from hub.chats import SendMessage, ShowTyping
from hub.connector import AuthFailed, Blocked, Refused, Unavailable
from hub.letters import Enclosure
from hub.public_files import PublicFiles, write_answer
from hub.remote_images import MOVED
from hub.said import said

FILE = 50_000_000
TYPING = 8_000
"""Milliseconds for which it is shown that one of us is writing."""
LISTENING = 30_000
"""Milliseconds for which the homeserver keeps us waiting for an invitation."""
SEND_SECONDS = 300.0
BRING_SECONDS = 300.0
GOOD = 200
NOT_FOUND = 404
SERVER_ERROR = 500
MILLI = 1000
LONGEST_PAUSE = 3600.0
_NONE: Mapping[str, object] = {"types": [], "limit": 1}
_INVITATIONS = msgspec.json.encode({
    "presence": _NONE, "account_data": _NONE,
    "room": {"timeline": _NONE, "state": _NONE, "ephemeral": _NONE, "account_data": _NONE},
}).decode()  # fmt: skip
_NO_TOKEN = {"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_UNAUTHORIZED"}
_MEDIA = re.compile(r"mxc://([A-Za-z0-9.:\[\]-]{1,255})/([A-Za-z0-9_-]{1,255})")


class Api:
    """The homeserver, for one application service."""

    def __init__(self, settings: MatrixSettings, channel: str) -> None:
        """Know where it is and who we are there."""
        self._settings = settings
        self._service = service_id(channel)

    async def send(self, command: SendMessage) -> str:
        """Send a message and give its event."""
        path = f"rooms/{_written(command.to)}/send/m.room.message/{_written(command.message_id)}"
        content = await self._file(command.file, command.text) if command.file else _words(command.text)
        if command.answers:
            content = {**content, "m.relates_to": {"m.in_reply_to": {"event_id": command.answers}}}
        try:
            return await self._put(path, content)
        except Blocked:
            await self._enter(command.to)
            return await self._put(path, content)

    async def _put(self, path: str, content: Mapping[str, object]) -> str:
        return (await self._ask("PUT", path, content, to_somebody=True)).word("event_id", 255)

    async def _enter(self, room: str) -> None:
        """Enter a room of a customer's to which we may be invited still; Blocked where we are not."""
        await self._ask("POST", f"join/{_written(room)}", {}, to_somebody=True)

    async def show_typing(self, command: ShowTyping) -> None:
        """Show that one of us is writing."""
        path = f"rooms/{_written(command.to)}/typing/{_written(self._settings.user)}"
        await self._ask("PUT", path, {"typing": True, "timeout": TYPING}, to_somebody=True)

    async def name_of(self, user: str) -> str:
        """Give what somebody calls himself."""
        return (await self._ask("GET", f"profile/{_written(user)}")).word("displayname")

    async def who_are_we(self) -> str:
        """Give as whom the homeserver knows us."""
        return (await self._ask("GET", "account/whoami")).word("user_id", 255)

    async def be_there(self) -> None:
        """Have the user exist as whom we write."""
        told = {
            "type": "m.login.application_service",
            "username": self._settings.local_name,
            "inhibit_login": True,
        }
        answer = await self._answered("POST", "v3/register", told)
        if answer.said.word("errcode") not in {"M_USER_IN_USE", "M_EXCLUSIVE"}:
            _check(answer)

    async def invitations(self, since: str) -> tuple[str, list[str]]:
        """Wait for rooms to which we are invited; "" gives those of now. Give since when to ask next, and the rooms."""
        query = {"filter": _INVITATIONS, "timeout": str(LISTENING if since else 0), "set_presence": "offline"}
        answer = await self._ask("GET", "sync", query=query | ({"since": since} if since else {}))
        if not answer.word("next_batch"):
            raise Unavailable(said("The homeserver does not say who invites us."))
        return answer.word("next_batch", 1_000), list(answer.inner("rooms").inner("invite").named())

    async def join(self, room: str) -> None:
        """Enter a room."""
        await self._ask("POST", f"join/{_written(room)}", {})

    async def ping(self) -> None:
        """Have the homeserver try our address."""
        _check(await self._answered("POST", f"v1/appservice/{self._service}/ping", {}))

    async def bring(self, ref: str, into: Path, elsewhere: PublicFiles) -> None:
        """Fetch a file; where the homeserver sends us on for it, from the public network alone."""
        found = _MEDIA.fullmatch(ref)
        if found is None:
            raise Refused(said("This is no file of Matrix's."))
        for path in ("client/v1/media/download", "media/v3/download"):
            if await self._bring(f"{path}/{found[1]}/{found[2]}", into, elsewhere):
                return
        raise Refused(said("The homeserver has no such file."))

    async def _bring(self, path: str, into: Path, elsewhere: PublicFiles) -> bool:
        """Fetch a file from where homeservers have it; False where this one has nothing there."""
        waiting = aiohttp.ClientTimeout(total=BRING_SECONDS, sock_connect=CONNECT)
        try:
            async with (
                aiohttp.ClientSession(timeout=waiting, cookie_jar=aiohttp.DummyCookieJar()) as client,
                client.get(f"{self._home}/{path}", headers=self._headers, allow_redirects=False) as answer,
            ):
                if answer.status in MOVED and "Location" in answer.headers:
                    await elsewhere.fetch(answer.headers["Location"], into, FILE)
                elif answer.status == GOOD:
                    await write_answer(answer, into, FILE)
                elif answer.status == NOT_FOUND:
                    return False
                else:
                    _check(
                        Answered(
                            answer.status, answer.headers, told_or_nothing(await answer.content.read(10_000))
                        )
                    )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unavailable(said("The homeserver cannot be reached.")) from error
        return True

    async def _file(self, file: Enclosure, text: str) -> Mapping[str, object]:
        """Hand a file over and write the message that shows it."""
        query = {"filename": file.name or "file"}
        answer = await ask(
            "POST", f"{self._home}/media/v3/upload", repeats=True, query=query, content=file.content,
            headers={**self._headers, "Content-Type": file.type or "application/octet-stream"}, seconds=SEND_SECONDS,
        )  # fmt: skip
        _check(answer)
        kind = {"image": "m.image", "audio": "m.audio", "video": "m.video"}.get(
            file.type.partition("/")[0], "m.file"
        )
        return {
            "msgtype": kind, "body": text or file.name or "file", "filename": file.name or "file",
            "url": answer.said.word("content_uri", 600), "info": {"mimetype": file.type, "size": file.size},
        }  # fmt: skip

    async def _ask(
        self,
        method: str,
        path: str,
        told: object = None,
        query: Mapping[str, str] | None = None,
        *,
        to_somebody: bool = False,
    ) -> Told:
        answer = await self._answered(method, f"v3/{path}", told, query)
        _check(answer, to_somebody=to_somebody)
        return answer.said

    async def _answered(
        self, method: str, path: str, told: object = None, query: Mapping[str, str] | None = None
    ) -> Answered:
        url = f"{self._home}/client/{path}"
        return await ask(method, url, repeats=True, headers=self._headers, query=query, json=told)

    @property
    def _home(self) -> str:
        if not self._settings.base_url:
            raise Unavailable(said("The channel does not say where the homeserver is."))
        return f"{self._settings.base_url.rstrip('/')}/_matrix"

    @property
    def _headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {needed(self._settings.our_secret)}"}


def _words(text: str) -> Mapping[str, object]:
    return {"msgtype": "m.text", "body": text}


def _written(part: str) -> str:
    """Write a part of a path."""
    return quote(part, safe="")


def _check(answer: Answered, *, to_somebody: bool = False) -> None:
    """Say by an exception what the homeserver did not do; `to_somebody`: it was for a room of a customer's."""
    code, why = answer.said.word("errcode"), answer.said.word("error") or str(answer.status)
    if answer.status == GOOD:
        return
    if code == "M_LIMIT_EXCEEDED":
        told = answer.said.number("retry_after_ms")
        after = answer.after if told is None else min(max(told / MILLI, 0.0), LONGEST_PAUSE)
        raise Unavailable(said("The homeserver was asked too often."), after=after)
    if code in _NO_TOKEN:
        raise AuthFailed(said("The homeserver refuses our token: %(why)s", why=why))
    if code == "M_FORBIDDEN" and to_somebody:
        raise Blocked(said("We are not in this room any more: %(why)s", why=why))
    if answer.status >= SERVER_ERROR or answer.status == 429:  # noqa: PLR2004
        raise Unavailable(
            said("The homeserver answers %(status)s.", status=answer.status), after=answer.after
        )
    raise Refused(said("The homeserver refuses it: %(why)s", why=why))
