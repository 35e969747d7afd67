"""What an agent does on a phone and reads on it: each ask is one call of the package, two at most."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, Callable, Iterable, Optional

import riposte as r

from .picture import Pen, word

#: As many rows as any story has.
WHOLE = 500

#: A conversation, by the names that the inbox shows: ``customer``, ``page``.
Talk = dict[str, str]


def first(what: str, things: Iterable[Any], fits: Callable[[Any], bool]) -> Any:
    found = next((thing for thing in things if fits(thing)), None)
    assert found is not None, f"{what} is not on this phone"
    return found


def values(values: dict[str, str]) -> list[r.TemplateValue]:
    return [r.TemplateValue(name=name, value=value) for name, value in values.items()]


class Phone:
    """The package on files of its own, with a clock that the teller moves."""

    def __init__(self, folder: str, now_ms: int) -> None:
        self.folder = folder
        self.clock = r.ManualClock(datetime.fromtimestamp(0, timezone.utc) + timedelta(milliseconds=now_ms))
        self.secrets = r.MemorySecrets()
        self.utc_offset_minutes = 0
        self.core: Optional[r.Riposte] = None
        self.account: Optional[r.Account] = None
        self.known: dict[tuple[str, str], int] = {}

    # The app

    async def do_open(self, folder: str, locale: str, device: str, utc_offset_minutes: int, now_ms: int) -> Any:
        self.utc_offset_minutes = utc_offset_minutes
        config = r.Config(
            folder=folder,
            locale=locale,
            utc_offset_minutes=utc_offset_minutes,
            device_name=device,
            platform="script",
            secrets=self.secrets,
            clock=self.clock,
        )
        self.core = await r.Riposte.start(config)
        for info in self.core.accounts():
            self.account = await self.core.account(info.id)
        return {"signed_in": self.account is not None}

    async def do_sign_in(self, server: str, email: str, password: str) -> None:
        self.account = await self.core.sign_in(server, email, password)

    async def do_close(self) -> None:
        self.account = self.core = None

    async def do_advance(self, by_ms: int) -> None:
        self.clock.advance(timedelta(milliseconds=by_ms))

    async def do_settled(self, within_ms: int) -> Any:
        return {"settled": await self.account.settled(within_ms)}

    async def do_network_available(self) -> None:
        self.account.network_available()

    async def do_pause(self) -> None:
        await self.account.pause()

    async def do_resume(self) -> None:
        await self.account.resume()

    async def do_set_status(self, status: str) -> None:
        await self.account.set_status(r.AgentStatus[status.upper()])

    # In a conversation

    async def do_enter(self, conversation: Talk) -> None:
        await (await self.conversation(conversation)).enter()

    async def do_leave(self, conversation: Talk) -> None:
        await (await self.conversation(conversation)).leave()

    async def do_draft(self, conversation: Talk, text: str) -> None:
        await (await self.conversation(conversation)).save_draft(r.SavedDraft(text=text))

    async def do_send(self, conversation: Talk, text: str, quotes: Optional[str]) -> None:
        reply_to = None if quotes is None else await self.message(quotes, conversation)
        await self.send(conversation, r.Draft.TEXT(body=text, reply_to=reply_to))

    async def do_send_saved_reply(self, conversation: Talk, title: str) -> None:
        reply = first(title, await self.account.inbox().saved_replies(), lambda reply: reply.title == title)
        body = await (await self.conversation(conversation)).saved_reply(reply.id)
        await self.send(conversation, r.Draft.TEXT(body=body, reply_to=None))

    async def do_send_file(
        self, conversation: Talk, path: str, mime: str, name: str, caption: str, voice: bool
    ) -> None:
        file = r.Draft.MEDIA(path=path, mime=mime, name=name, caption=caption, voice=voice, reply_to=None)
        await self.send(conversation, file)

    async def do_send_template(self, conversation: Talk, page: str, template: str, values: dict[str, str]) -> None:
        choices = await (await self.templates(page)).list(None)
        choice = first(template, choices, lambda choice: choice.template.name == template)
        given = [r.TemplateValue(name=name, value=value) for name, value in values.items()]
        await self.send(conversation, r.Draft.TEMPLATE(template_id=choice.template.id, values=given))

    async def do_react(self, conversation: Talk, message: str, emoji: str) -> None:
        on = await self.message(message, conversation)
        await (await self.conversation(conversation)).react(on, emoji or None)

    async def do_comment(self, conversation: Talk, text: str, mentions: list[str]) -> None:
        agents = [await self.agent_id(name) for name in mentions]
        await (await self.conversation(conversation)).comment(text, agents)

    async def do_assign(self, conversation: Talk, agent: Optional[str], group: Optional[str]) -> None:
        if agent is not None:
            to = r.Assignee.AGENT(await self.agent_id(agent))
        else:
            to = r.Assignee.NONE() if group is None else r.Assignee.GROUP(await self.group_id(group))
        await (await self.conversation(conversation)).assign(to)

    async def do_set_open(self, conversation: Talk, open: bool) -> None:
        await (await self.conversation(conversation)).set_open(open)

    async def do_load_older(self, conversation: Talk) -> None:
        await (await self.conversation(conversation)).load_older()

    # In the outbox

    async def do_decide(self, text: str, how: str) -> None:
        waiting = await self.waiting(text)
        decision = {"send_now": r.Decision.SEND, "edit": r.Decision.EDIT, "discard": r.Decision.DISCARD}[how]
        decided = await self.account.outbox().decide(waiting.key, decision)
        # Edit returns the text for the composer; the app puts it there.
        if isinstance(decided, r.CommandOutcome.WITHDRAWN) and how == "edit" and waiting.conversation_id is not None:
            draft = r.SavedDraft(text=decided.text)
            await self.account.conversation(waiting.conversation_id).save_draft(draft)

    async def do_retry(self, text: str, conversation: Optional[Talk]) -> None:
        """What the server refused waits in the outbox; what the provider failed is a message."""
        waiting = [command for command in await self.account.outbox().waiting() if command.text == text]
        if waiting:
            await self.account.outbox().retry(waiting[0].key)
        else:
            failed = await self.message(text, conversation)
            await (await self.conversation(conversation)).retry(failed)

    async def do_cancel(self, text: str) -> None:
        await self.account.outbox().cancel((await self.waiting(text)).key)

    # Templates

    async def do_create_template(self, page: str, template: dict[str, Any]) -> None:
        new = r.NewTemplate(
            name=template["name"],
            language=template["language"],
            category=r.TemplateCategory[template["category"].upper()],
            components=[component(part) for part in template["components"]],
            samples=values(template["samples"]),
        )
        await (await self.templates(page)).create(new)

    async def do_refresh_templates(self, page: str) -> None:
        await (await self.templates(page)).refresh()

    # Finding what an ask names

    async def conversation_id(self, talk: Talk) -> int:
        """As the list shows it, or as it showed it once."""
        place = (talk["customer"], talk["page"])
        if place not in self.known:
            query = r.InboxQuery(assignee=r.AssigneeFilter.ALL(), open=None, limit=WHOLE)
            rows = (await self.account.inbox().page(query)).rows
            fits = lambda row: row.channel is not None and (row.title, row.channel.account_name) == place
            self.known[place] = first(f"a conversation with {place[0]}", rows, fits).id
        return self.known[place]

    async def conversation(self, talk: Talk) -> r.ConversationHandle:
        return self.account.conversation(await self.conversation_id(talk))

    async def send(self, talk: Talk, draft: Any) -> None:
        await (await self.conversation(talk)).send(draft, None)

    async def message(self, text: str, talk: Talk) -> int:
        """The newest message with this text."""
        screen = await (await self.conversation(talk)).screen(r.Around.NEWEST(), WHOLE)
        bubbles = (row[0] for row in reversed(screen.rows) if isinstance(row, r.TimelineRow.MESSAGE))
        fits = lambda bubble: bubble.text == text and bubble.message_id is not None
        return first(f"a message {text!r}", bubbles, fits).message_id

    async def waiting(self, text: str) -> r.WaitingCommand:
        return first(f"{text!r} in the outbox", await self.account.outbox().waiting(), lambda one: one.text == text)

    async def agent_id(self, name: str) -> int:
        return first(name, await self.account.inbox().agents(), lambda agent: agent.name == name).id

    async def group_id(self, name: str) -> int:
        return first(name, await self.account.inbox().groups(), lambda group: group.name == name).id

    async def templates(self, page: str) -> r.Templates:
        channels = await self.account.inbox().channels()
        return self.account.templates(first(page, channels, lambda channel: channel.name == page).id)

    # Screens

    async def do_read(self, screen: str, **chosen: Any) -> Any:
        return await getattr(self, "show_" + screen)(Pen(self), **chosen)

    async def show_inbox(
        self,
        pen: Pen,
        whose: Any,
        channel: Optional[str],
        open: bool,
        unread: bool,
        unanswered: bool,
        closing_soon: bool,
    ) -> Any:
        if isinstance(whose, dict):
            of = r.AssigneeFilter.AGENT_GROUP(id=await self.group_id(whose["group"]))
        else:
            of = getattr(r.AssigneeFilter, whose.upper())()
        query = r.InboxQuery(
            assignee=of,
            channel=None if channel is None else r.ChannelKind[channel.upper()],
            open=open,
            unread_only=unread,
            unanswered_only=unanswered,
            closing_soon=closing_soon,
            limit=WHOLE,
        )
        page = await self.account.inbox().page(query)
        return {"cards": [pen.card(row) for row in page.rows], "notice": pen.phrase(page.notice)}

    async def show_counts(self, _: Pen) -> Any:
        counts = await self.account.inbox().counts()
        return {"mine": counts.mine, "unassigned": counts.unassigned, "all": counts.all, "unread": counts.unread}

    async def show_conversation(self, pen: Pen, conversation: Talk) -> Any:
        handle = await self.conversation(conversation)
        return pen.conversation(await handle.screen(r.Around.NEWEST(), WHOLE))

    async def show_outbox(self, pen: Pen) -> Any:
        return [pen.waiting(command) for command in await self.account.outbox().waiting()]

    async def show_templates(self, pen: Pen, page: str, conversation: Optional[Talk]) -> Any:
        priced_for = None if conversation is None else await self.conversation_id(conversation)
        choices = await (await self.templates(page)).list(priced_for)
        return {"list": [pen.template(choice) for choice in choices]}

    async def show_usage(self, pen: Pen, year: int, month: int) -> Any:
        return pen.usage(await self.account.usage().month(year, month))

    async def show_search(self, pen: Pen, text: str) -> Any:
        hits = await self.account.inbox().search(text)
        return {"finds": [{"customer": pen.person(hit.title), "text": hit.text} for hit in hits]}

    async def show_agents(self, pen: Pen) -> Any:
        groups = {group.id: group.name for group in await self.account.inbox().groups()}
        return [pen.agent(agent, groups) for agent in await self.account.inbox().agents()]

    async def show_channels(self, pen: Pen) -> Any:
        return [pen.channel(line) for line in await self.account.inbox().channels()]

    async def show_saved_replies(self, _: Pen) -> Any:
        return [{"title": reply.title, "text": reply.text} for reply in await self.account.inbox().saved_replies()]

    async def show_connection(self, _: Pen) -> Any:
        return word(self.account.connection())


def component(part: dict[str, Any]) -> Any:
    """A part of a template, as the wire writes it."""
    fields = {name: value for name, value in part.items() if name != "part"}
    if "kind" in fields:
        fields["kind"] = r.MediaKind[fields["kind"].upper()]
    if "buttons" in fields:
        fields["buttons"] = [
            getattr(r.TemplateButton, button["button"].upper())(**{k: v for k, v in button.items() if k != "button"})
            for button in fields["buttons"]
        ]
    return getattr(r.TemplateComponent, part["part"].upper())(**fields)
