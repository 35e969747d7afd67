#!/usr/bin/env python3
"""Signs in, shows who waits for an answer, answers the first of them, and waits until the answer arrived.

    python -m riposte.samples.answer https://inbox.example marc@example.com password "It ships tonight."
"""

from __future__ import annotations

import asyncio
import sys
import tempfile

import riposte as r


def waits_for(what: str) -> None:
    print(f"waiting for {what} ...", file=sys.stderr)


def delivered(screen: r.ConversationScreen, key: str) -> bool:
    bubbles = [row[0] for row in screen.rows if isinstance(row, r.TimelineRow.MESSAGE)]
    states = (r.SendProgress.DELIVERED, r.SendProgress.READ, r.SendProgress.PLAYED)
    return any(bubble.client_key == key and isinstance(bubble.progress, states) for bubble in bubbles)


async def main(server: str, email: str, password: str, words: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        async with r.opened(folder) as core:
            account = await core.sign_in(server, email, password)
            async with r.Changes(account) as changes:  # before the first read: nothing falls in between
                waiting = r.InboxQuery(assignee=r.AssigneeFilter.ALL(), unanswered_only=True)
                if not await account.wait_for_first_sync(30_000):
                    waits_for(f"the server ({account.words(account.connection_phrase())})")
                while not (page := await account.inbox().page(waiting)).rows:
                    waits_for("a customer who waits for an answer")
                    await anext(changes)
                for row in page.rows:
                    print(f"{row.title}: {row.preview.text if row.preview else ''}")

                conversation = account.conversation(page.rows[0].id)
                screen = await conversation.screen(r.Around.NEWEST(), 50)
                if not isinstance(screen.composer, r.Composer.OPEN):
                    print(account.words(screen.composer.why))
                    return 1
                if screen.reply_price is not None:
                    print(account.words(screen.reply_price.phrase))
                key = await conversation.send(r.Draft.TEXT(body=words, reply_to=None), None)
                print(f"> {words}")
                waits_for("the report that it has arrived")
                async for _ in changes:
                    if delivered(await conversation.screen(r.Around.NEWEST(), 50), key):
                        print("✓")
                        return 0
    return 1


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    try:
        sys.exit(asyncio.run(main(*sys.argv[1:])))
    except r.RiposteError as error:
        sys.exit(f"not done: {error.error_code()}{', try again later' if error.retryable() else ''}")
