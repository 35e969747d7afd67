"""What makes the generated calls feel at home in Python. Decides nothing."""

from __future__ import annotations

import json
import os
import threading
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import AsyncIterator, Optional, Sequence, Type, Union

from . import _core


class MemorySecrets(_core.SecretStore):
    """Secrets that are gone with the process: the next start needs a new sign-in."""

    def __init__(self) -> None:
        self._secrets: dict[str, str] = {}
        self._lock = threading.Lock()

    def get(self, name: str) -> str:
        with self._lock:
            if name not in self._secrets:
                raise _core.SecretError.NotFound()
            return self._secrets[name]

    def put(self, name: str, secret: str) -> None:
        with self._lock:
            self._secrets[name] = secret

    def delete(self, name: str) -> None:
        with self._lock:
            self._secrets.pop(name, None)


class FileSecrets(_core.SecretStore):
    """Secrets in a file that only its owner can read, for scripts on a machine of one's own.

    A write replaces the file whole: a kill leaves the old one or the new one.
    """

    def __init__(self, path: Union[str, "os.PathLike[str]"]) -> None:
        self._path = Path(path)
        self._lock = threading.Lock()

    def get(self, name: str) -> str:
        with self._lock:
            try:
                return str(self._read()[name])
            except KeyError:
                raise _core.SecretError.NotFound() from None

    def put(self, name: str, secret: str) -> None:
        with self._lock:
            self._write({**self._read(), name: secret})

    def delete(self, name: str) -> None:
        with self._lock:
            secrets = self._read()
            if secrets.pop(name, None) is not None:
                self._write(secrets)

    def _read(self) -> dict[str, str]:
        try:
            return dict(json.loads(self._path.read_text("utf-8")))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError):
            raise _core.SecretError.Denied() from None

    def _write(self, secrets: dict[str, str]) -> None:
        new = self._path.with_name(self._path.name + ".new")
        try:
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(secrets, file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(new, self._path)
        except OSError:
            raise _core.SecretError.Denied() from None


def sample(locale: str = "en", clock: Optional[_core.ManualClock] = None) -> _core.Account:
    """An account with a lively inbox, in French or English, for screenshots and trying things out.

    It lives in memory: no network, no disk, no secret, and it is gone with its last reference. Its
    clock stands still; one that is given may be moved by hand afterwards.
    """
    return _core.Account.sample(locale, clock)


@asynccontextmanager
async def opened(
    folder: Union[str, "os.PathLike[str]"],
    *,
    secrets: Optional[_core.SecretStore] = None,
    locale: str = "en",
    utc_offset_minutes: int = 0,
    device_name: str = "Riposte",
    extra_roots_pem: Sequence[str] = (),
    clock: Optional[_core.ManualClock] = None,
) -> AsyncIterator[_core.Riposte]:
    """A core on the files of ``folder`` for as long as the block lasts.

    Afterwards nothing of it runs and no file is open. Without ``secrets`` the sign-in is forgotten
    with the process; :class:`FileSecrets` keeps it.
    """
    config = _core.Config(
        folder=os.fspath(folder),
        locale=locale,
        utc_offset_minutes=utc_offset_minutes,
        device_name=device_name,
        platform="script",
        extra_roots_pem=list(extra_roots_pem),
        secrets=secrets if secrets is not None else MemorySecrets(),
        clock=clock,
    )
    core = await _core.Riposte.start(config)
    try:
        yield core
    finally:
        await core.pause()


class Changes:
    """What has to be read again, batch by batch, until the block is left or the account is gone.

    ::

        async with Changes(account) as changes:
            async for batch in changes:
                ...
    """

    def __init__(self, account: _core.Account) -> None:
        self._stream = account.changes()

    async def __aenter__(self) -> "Changes":
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.stop()

    def __aiter__(self) -> "Changes":
        return self

    async def __anext__(self) -> list[_core.Changed]:
        batch = await self._stream.next()
        if batch is None:
            raise StopAsyncIteration
        return batch

    def stop(self) -> None:
        """Ends the stream: what it holds is still given, then it is over."""
        self._stream.stop()
