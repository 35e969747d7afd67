"""The server, started as a process, the phones, and the one time they all have."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import time
from datetime import timedelta
from typing import Any, Optional
from urllib.parse import quote

import riposte as r

from .phone import Phone
from .times import Calendar

#: How long, in real seconds, everything may take to come to rest. Far more than it ever needs.
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
        # A connection each: the server lets one go that has been idle, and its clock jumps.
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
    def __init__(self, cast: dict[str, Any]) -> None:
        account = cast["account"]
        self.cast = cast
        self.calendar = Calendar(account["first_day"], account["utc_offset_minutes"])
        self.clock = r.ManualClock(self.calendar.start())
        options = ["--name", account["name"], "--utc-offset-minutes", str(account["utc_offset_minutes"])]
        if "most_items" in cast.get("feed", {}):
            options += ["--most-items", str(cast["feed"]["most_items"])]
        self.server = Server(self.calendar.start().isoformat(), *options)
        self.brought = self.server.call("cast", cast)
        self.phones: dict[str, Phone] = {}

    async def stop(self) -> None:
        for phone in self.phones.values():
            if phone.core is not None:
                await phone.core.pause()
            phone.account = phone.core = None
            phone.folder.cleanup()
        self.phones.clear()
        self.server.stop()

    def go_to(self, at: str) -> None:
        span = self.calendar.read(at, self.clock.now()) - self.clock.now()
        # Everything has come to rest before time moves: nobody speaks while the two clocks differ.
        self.server.call("clock", {"advance_ms": span // timedelta(milliseconds=1)})
        self.clock.advance(span)

    def phone(self, key: str) -> Phone:
        if key not in self.phones:
            url = self.server.call(f"links/{key}", method="GET")["url"]
            sign_in = self.brought["agents"][self.cast["phones"][key]]
            self.phones[key] = Phone(key, self.cast, self.calendar, url, sign_in, self.clock)
        return self.phones[key]

    # Whoever is no phone

    def customer(self, who: str, deed: str, value: Any, step: dict[str, Any]) -> None:
        on = step.get("on", self.cast["customers"][who]["channel"])
        if deed == "reachable":
            self.server.call(f"customers/{who}/phone", {"reachable": value})
        elif deed == "reads":
            self.server.call(f"customers/{who}/reads", {"on": on})
        else:
            content = {"type": "text", "body": value} if deed == "says" else value
            for _ in range(step.get("times", 1)):
                self.server.call(f"customers/{who}/says", {"on": on, "content": content})

    def provider(self, deed: str, value: Any, step: dict[str, Any]) -> None:
        if deed in ("approves", "rejects"):
            name = self.cast["templates"].get(value, {"name": value})["name"]
            decision = {"approves": "approved", "rejects": "rejected"}[deed]
            self.server.call(f"templates/{quote(name)}", {"decision": decision, "reason": step.get("reason", "")})
        else:
            name = {"refuses_next": "refuse_next", "fails_next": "fail_next", "loses_answer_next": "lose_next_answer"}
            self.server.call("provider", {name.get(deed, deed): value})

    def operator(self, deed: str) -> None:
        self.server.call({"backs_up": "backup", "goes_back": "restore"}[deed])

    async def network(self, key: str, state: str) -> None:
        phone = self.phone(key)
        if state == "hanging":
            # A late ring of the doorbell makes a phone ask; cut in the middle of that it would know
            # that it is offline, and send nothing whose answer could be lost.
            self.server.call(f"links/{key}", {"doorbell": False})
            await self.settle()
        phone.network = state
        states = {"on": "up", "off": "down", "hanging": "hanging"}
        self.server.call(f"links/{key}", {"state": states[state], "doorbell": True})
        if state == "on" and not phone.paused:
            phone.account.network_available()

    def taken_by_provider(self, on: Optional[str]) -> list[str]:
        if on is not None and self.cast["channels"][on]["kind"] == "widget":
            visitors = (key for key, customer in self.cast["customers"].items() if customer["channel"] == on)
            pages = (self.server.call(f"customers/{key}/sees?on={on}", method="GET") for key in visitors)
            return [text for page in pages for text in page["texts"]]
        sends = self.server.call("ledger", method="GET")["sends"]
        return [send["text"] for send in sends if send["judged"]["is"] == "accepted" and on in (None, send["account"])]

    # Coming to rest

    def hangs(self) -> bool:
        return any(phone.network == "hanging" for phone in self.phones.values())

    async def settle(self) -> None:
        """Waits until nothing is on its way: no webhook, nothing that a phone does not have, no outbox that can move."""
        until = time.monotonic() + PATIENCE
        while True:
            before = self.server.call("idle")["head"]
            for phone in self.phones.values():
                if phone.account is None or phone.paused or phone.network == "hanging":
                    continue
                settled = await phone.account.settled(max(0, int((until - time.monotonic()) * 1000)))
                assert settled, f"after {PATIENCE} s {phone.key}'s phone had not come to rest"
            if self.server.call("idle")["head"] == before:
                return
            assert time.monotonic() < until, f"after {PATIENCE} s the server had not come to rest"
