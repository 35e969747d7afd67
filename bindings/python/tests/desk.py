"""An agent at a desk: a server with a customer who has written, and a phone that is signed in."""

from __future__ import annotations

import json
from typing import Any, Optional

import riposte as r
from story.phone import Phone
from story.teller import FOLDER
from story.world import World


class Desk:
    def __init__(self) -> None:
        self.world = World(json.loads((FOLDER / "cast.json").read_text("utf-8")))
        self.phone: Phone

    async def __aenter__(self) -> "Desk":
        self.world.go_to("09:00")
        self.world.customer("lea", "says", "Bonjour, ma commande ?", {})
        self.phone = self.world.phone("marc")
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
        return await self.phone.conversation({"to": "lea"})

    def received(self) -> list[str]:
        return self.world.taken_by_provider("whatsapp")


def text(body: str) -> Any:
    return r.Draft.TEXT(body=body, reply_to=None)
