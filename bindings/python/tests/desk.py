"""An agent at a desk: a server with a customer who has written, and a phone."""

from __future__ import annotations

import http.client
import json
import logging
import os
import subprocess
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Optional

import riposte as r

# The test runner turns asyncio's debugging on, which reports every slow step.
logging.getLogger("asyncio").setLevel(logging.ERROR)

CAST = Path(__file__).resolve().parents[3] / "tests" / "scenarios" / "cast.json"

#: How long, in seconds, everything may take until it is idle. Far more than it ever needs.
PATIENCE = 30.0


class Server:
    """`riposte-server story`, and its `/sim`."""

    def __init__(self, at: str, *options: str) -> None:
        command = [os.environ["RIPOSTE_SERVER"], "story", "--at", at, *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        lines = iter(self.process.stdout)
        self.url = next(line for line in lines if line.startswith("Listening on")).removeprefix("Listening on ").strip()

    def call(self, path: str, body: Optional[dict[str, Any]] = None, method: str = "POST") -> Any:
        sent = json.dumps(body or {}) if method == "POST" else None
        # A connection each: the server closes one that was idle, and its clock jumps.
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=PATIENCE)
        connection.request(method, f"/sim/{path}", sent, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        assert answer.status == 200, f"/sim/{path}: {answer.status} {text}"
        return json.loads(text)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class World:
    """The server with the cast of the stories, and the clock that it shares with the phone."""

    def __init__(self) -> None:
        cast = json.loads(CAST.read_text("utf-8"))
        self.utc_offset_minutes = cast["account"]["utc_offset_minutes"]
        zone = timedelta(minutes=self.utc_offset_minutes)
        midnight = datetime.fromisoformat(cast["account"]["first_day"] + "T00:00:00+00:00") - zone
        self.clock = r.ManualClock(midnight)
        offset = ["--utc-offset-minutes", str(self.utc_offset_minutes)]
        self.server = Server(midnight.isoformat(), "--name", cast["account"]["name"], *offset)
        try:
            self.agents = self.server.call("cast", cast)["agents"]
        except BaseException:
            self.server.stop()
            raise
        self.phones: list[Phone] = []

    def advance(self, span: timedelta) -> None:
        self.server.call("clock", {"advance_ms": span // timedelta(milliseconds=1)})
        self.clock.advance(span)

    def customer(self, who: str, text: str, times: int = 1) -> None:
        content = {"type": "text", "body": text}
        for _ in range(times):
            self.server.call(f"customers/{who}/says", {"on": "whatsapp", "content": content})

    def received(self) -> list[str]:
        """What WhatsApp took, oldest first."""
        sends = self.server.call("ledger", method="GET")["sends"]
        return [send["text"] for send in sends if send["judged"]["is"] == "accepted" and send["account"] == "whatsapp"]

    async def settle(self) -> None:
        """Waits until nothing is on its way: no webhook, no change that a phone does not have, no outbox that can move."""
        until = time.monotonic() + PATIENCE
        while True:
            before = self.server.call("idle")["head"]
            for phone in self.phones:
                if phone.account is not None:
                    settled = await phone.account.settled(max(0, int((until - time.monotonic()) * 1000)))
                    assert settled, f"after {PATIENCE} s the phone was not idle"
            if self.server.call("idle")["head"] == before:
                return
            assert time.monotonic() < until, f"after {PATIENCE} s the server was not idle"

    async def stop(self) -> None:
        for phone in self.phones:
            if phone.core is not None:
                await phone.core.pause()
            phone.account = phone.core = None
            phone.folder.cleanup()
        self.server.stop()


class Phone:
    """Marc's: the real core on files of its own."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.url: str = world.server.call("links/marc", method="GET")["url"]
        self.email, self.password = world.agents["marc"]["email"], world.agents["marc"]["password"]
        self.folder = tempfile.TemporaryDirectory(prefix="riposte-story-")
        self.secrets: r.SecretStore = r.MemorySecrets()
        self.core: Optional[r.Riposte] = None
        self.account: Optional[r.Account] = None
        world.phones.append(self)

    async def start(self) -> r.Riposte:
        if self.core is None:
            config = r.Config(
                folder=self.folder.name,
                secrets=self.secrets,
                clock=self.world.clock,
                utc_offset_minutes=self.world.utc_offset_minutes,
                platform="script",
            )
            self.core = await r.Riposte.start(config)
        return self.core

    async def sign_in(self) -> None:
        self.account = await (await self.start()).sign_in(self.url, self.email, self.password)

    async def restart(self) -> None:
        """Closes the app, as the system does, and starts it again on the same files."""
        self.account = self.core = None
        core = await self.start()
        self.account = await core.account(core.accounts()[0].id)


class Desk:
    def __init__(self) -> None:
        self.world = World()
        self.phone: Phone

    async def __aenter__(self) -> "Desk":
        self.world.advance(timedelta(hours=9))
        self.world.customer("lea", "Bonjour, ma commande ?")
        self.phone = Phone(self.world)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.world.stop()

    async def sign_in(self, secrets: Optional[r.SecretStore] = None) -> r.Account:
        if secrets is not None:
            self.phone.secrets = secrets
        await self.phone.sign_in()
        await self.world.settle()
        return self.phone.account

    async def lea(self) -> r.ConversationHandle:
        rows = (await self.phone.account.inbox().page(r.InboxQuery(assignee=r.AssigneeFilter.ALL(), open=None))).rows
        return self.phone.account.conversation(next(row.id for row in rows if row.title == "Léa Martin"))

    def received(self) -> list[str]:
        return self.world.received()


def text(body: str) -> Any:
    return r.Draft.TEXT(body=body, reply_to=None)
