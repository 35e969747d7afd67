"""What an agent does on a phone: each deed of a story is one call of the package, two at most."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Callable, Iterable, Optional

import riposte as r

from .picture import Pen, word
from .times import Calendar

WHOLE = 500


def first(what: str, things: Iterable[Any], fits: Callable[[Any], bool]) -> Any:
    found = next((thing for thing in things if fits(thing)), None)
    assert found is not None, f"{what} is not on this phone"
    return found


class Phone:
    """The real core on files of its own, behind a network that can be cut."""

    def __init__(self, key: str, cast: dict[str, Any], calendar: Calendar, url: str, sign_in: dict[str, str], clock: r.ManualClock) -> None:
        self.key, self.cast, self.calendar, self.url, self.clock = key, cast, calendar, url, clock
        self.agent: str = cast["phones"][key]
        self.email, self.password = sign_in["email"], sign_in["password"]
        self.folder = tempfile.TemporaryDirectory(prefix="riposte-story-")
        self.secrets = r.MemorySecrets()
        self.paused = False
        self.network = "on"
        self.core: Optional[r.Riposte] = None
        self.account: Optional[r.Account] = None
        self.on_screen: Optional[tuple[str, str]] = None
        self.known: dict[tuple[str, str], int] = {}

    async def start(self) -> r.Riposte:
        if self.core is None:
            self.core = await r.Riposte.start(
                r.Config(
                    folder=self.folder.name,
                    secrets=self.secrets,
                    clock=self.clock,
                    utc_offset_minutes=self.calendar.utc_offset_minutes,
                    platform="script",
                )
            )
        return self.core

    async def sign_in(self) -> None:
        self.account = await (await self.start()).sign_in(self.url, self.email, self.password)

    async def restart(self) -> None:
        """Closes the app, as the system does, and starts it anew on the same files."""
        self.account = self.core = self.on_screen = None
        core = await self.start()
        self.account = await core.account(core.accounts()[0].id)
        self.paused = False

    async def perform(self, deed: str, value: Any, step: dict[str, Any]) -> Optional[r.Phrase]:
        """Gives what the agent was told, where the story says that it must be refused."""
        refused = step.get("refused")
        try:
            await getattr(self, "do_" + deed)(value, step)
        except r.RiposteError.Refused as error:
            assert error.error_code() == refused, f"refused with {error.error_code()}"
            return error.phrase
        assert refused is None, f"it went through, and {refused} was expected"
        return None

    # Deeds

    async def do_signs_in(self, _: bool, __: Any) -> None:
        await self.sign_in()

    async def do_opens(self, customer: str, step: dict[str, Any]) -> None:
        if self.on_screen is not None:
            await self.do_leaves(True, {})
        place = self.place(customer, step.get("on"))
        await self.account.conversation(await self.conversation_id(place)).enter()
        self.on_screen = place

    async def do_leaves(self, _: bool, __: Any) -> None:
        handle = await self.conversation({})
        self.on_screen = None
        await handle.leave()

    async def do_types(self, text: str, step: dict[str, Any]) -> None:
        await (await self.conversation(step)).save_draft(r.SavedDraft(text=text))

    async def do_replies(self, text: str, step: dict[str, Any]) -> None:
        reply_to = await self.message(step["quotes"], step) if "quotes" in step else None
        await self.send(r.Draft.TEXT(body=text, reply_to=reply_to), step)

    async def do_replies_with(self, saved: str, step: dict[str, Any]) -> None:
        title = self.cast["saved_replies"][saved]["title"]
        reply = first(saved, await self.account.inbox().saved_replies(), lambda reply: reply.title == title)
        body = await (await self.conversation(step)).saved_reply(reply.id)
        await self.send(r.Draft.TEXT(body=body, reply_to=None), step)

    async def do_sends_file(self, file: dict[str, Any], step: dict[str, Any]) -> None:
        path = Path(self.folder.name, "chosen")
        path.write_bytes(b"." * file["bytes"])
        draft = r.Draft.MEDIA(
            path=str(path),
            mime=file["mime"],
            name=file.get("name", ""),
            caption=file.get("caption", ""),
            voice=file.get("voice", False),
            reply_to=None,
        )
        try:
            await self.send(draft, step)
        finally:
            path.unlink()

    async def do_reacts(self, emoji: str, step: dict[str, Any]) -> None:
        message = await self.message(step["quotes"], step)
        await (await self.conversation(step)).react(message, emoji or None)

    async def do_comments(self, text: str, step: dict[str, Any]) -> None:
        mentions = [await self.agent_id(agent) for agent in step.get("mentions", [])]
        await (await self.conversation(step)).comment(text, mentions)

    async def do_restarts_with(self, template: str, step: dict[str, Any]) -> None:
        part = self.cast["templates"].get(template, {"name": template, "channel": "whatsapp"})
        choices = await (await self.templates(part["channel"])).list(None)
        choice = first(template, choices, lambda choice: choice.template.name == part["name"])
        values = [r.TemplateValue(name=name, value=value) for name, value in step.get("values", {}).items()]
        await self.send(r.Draft.TEMPLATE(template_id=choice.template.id, values=values), step)

    async def do_assigns(self, to: Any, step: dict[str, Any]) -> None:
        if to is None:
            assignee = r.Assignee.NONE()
        elif isinstance(to, dict):
            assignee = r.Assignee.GROUP(await self.group_id(to["group"]))
        else:
            assignee = r.Assignee.AGENT(await self.agent_id(to))
        await (await self.conversation(step)).assign(assignee)

    async def do_closes(self, _: bool, step: dict[str, Any]) -> None:
        await (await self.conversation(step)).set_open(False)

    async def do_reopens(self, _: bool, step: dict[str, Any]) -> None:
        await (await self.conversation(step)).set_open(True)

    async def do_scrolls(self, _: str, step: dict[str, Any]) -> None:
        await (await self.conversation(step)).load_older()

    async def do_app(self, move: str, _: Any) -> None:
        if move == "restarted":
            await self.restart()
            return
        self.paused = move == "paused"
        await (self.account.pause() if self.paused else self.account.resume())

    async def do_status(self, status: str, _: Any) -> None:
        await self.account.set_status(r.AgentStatus[status.upper()])

    async def do_decides(self, text: str, step: dict[str, Any]) -> None:
        waiting = await self.waiting(text)
        decision = {"send_now": r.Decision.SEND, "edit": r.Decision.EDIT, "discard": r.Decision.DISCARD}[step["how"]]
        decided = await self.account.outbox().decide(waiting.key, decision)
        # Edit gives the words back for the composer, as the app would put them there.
        if isinstance(decided, r.CommandOutcome.WITHDRAWN) and decision is r.Decision.EDIT and waiting.conversation_id is not None:
            conversation = self.account.conversation(waiting.conversation_id)
            await conversation.save_draft(r.SavedDraft(text=decided.text))

    async def do_retries(self, text: str, step: dict[str, Any]) -> None:
        waiting = [command for command in await self.account.outbox().waiting() if command.text == text]
        if waiting:
            await self.account.outbox().retry(waiting[0].key)
        else:
            await (await self.conversation(step)).retry(await self.message(text, step))

    async def do_cancels(self, text: str, _: Any) -> None:
        await self.account.outbox().cancel((await self.waiting(text)).key)

    async def do_creates_template(self, new: dict[str, Any], step: dict[str, Any]) -> None:
        samples = [r.TemplateValue(name=name, value=value) for name, value in new.get("samples", {}).items()]
        template = r.NewTemplate(
            name=new["name"],
            language=new["language"],
            category=r.TemplateCategory[new["category"].upper()],
            components=[component(part) for part in new["components"]],
            samples=samples,
        )
        await (await self.templates(step.get("on", "whatsapp"))).create(template)

    async def do_refreshes_templates(self, channel: str, _: Any) -> None:
        await (await self.templates(channel)).refresh()

    # Finding what a story names

    def place(self, customer: Optional[str], channel: Optional[str]) -> tuple[str, str]:
        if customer is None:
            assert self.on_screen is not None, "no conversation is on screen and none is named"
            return self.on_screen
        return customer, channel or self.cast["customers"][customer]["channel"]

    async def conversation_id(self, place: tuple[str, str]) -> int:
        if place not in self.known:
            name, page = self.cast["customers"][place[0]]["name"], self.cast["channels"][place[1]]["name"]
            query = r.InboxQuery(assignee=r.AssigneeFilter.ALL(), open=None, limit=WHOLE)
            rows = (await self.account.inbox().page(query)).rows
            fits = lambda row: row.title == name and row.channel is not None and row.channel.account_name == page
            self.known[place] = first(f"{place[0]}'s conversation", rows, fits).id
        return self.known[place]

    async def conversation(self, step: dict[str, Any]) -> r.ConversationHandle:
        place = self.place(step.get("to", step.get("of")), step.get("on"))
        return self.account.conversation(await self.conversation_id(place))

    async def send(self, draft: Any, step: dict[str, Any]) -> None:
        await (await self.conversation(step)).send(draft, None)

    async def message(self, text: str, step: dict[str, Any]) -> int:
        screen = await (await self.conversation(step)).screen(r.Around.NEWEST(), WHOLE)
        bubbles = (row[0] for row in reversed(screen.rows) if isinstance(row, r.TimelineRow.MESSAGE))
        return first(f"a message {text!r}", bubbles, lambda bubble: bubble.text == text and bubble.message_id is not None).message_id

    async def waiting(self, text: str) -> r.WaitingCommand:
        return first(f"{text!r} in the outbox", await self.account.outbox().waiting(), lambda command: command.text == text)

    async def agent_id(self, agent: str) -> int:
        name = self.cast["agents"][agent]["name"]
        return first(agent, await self.account.inbox().agents(), lambda known: known.name == name).id

    async def group_id(self, group: str) -> int:
        name = self.cast["groups"][group]["name"]
        return first(group, await self.account.inbox().groups(), lambda known: known.name == name).id

    async def templates(self, channel: str) -> r.Templates:
        name = self.cast["channels"][channel]["name"]
        channels = await self.account.inbox().channels()
        return self.account.templates(first(channel, channels, lambda known: known.name == name).id)

    # Screens

    async def screen(self, name: str, question: Any) -> tuple[Any, list[tuple[dict[str, Any], r.Phrase]]]:
        """A screen as an expectation of this name compares it, and the phrases on it."""
        pen = Pen(self.cast, self.calendar, self.agent)
        return await getattr(self, "show_" + name)(question, pen), pen.phrases

    async def show_inbox(self, question: Any, pen: Pen) -> Any:
        asked = question if isinstance(question, dict) else {}
        whose = asked.get("whose", "all")
        if isinstance(whose, dict):
            whose = r.AssigneeFilter.AGENT_GROUP(id=await self.group_id(whose["group"]))
        else:
            whose = getattr(r.AssigneeFilter, whose.upper())()
        query = r.InboxQuery(
            assignee=whose,
            channel=r.ChannelKind[asked["channel"].upper()] if "channel" in asked else None,
            open=asked.get("open", True),
            unread_only=asked.get("unread", False),
            unanswered_only=asked.get("unanswered", False),
            closing_soon=asked.get("closing_soon", False),
            limit=WHOLE,
        )
        page = await self.account.inbox().page(query)
        cards = [pen.card(row) for row in page.rows]
        return {"cards": cards, "notice": pen.phrase(page.notice)} if isinstance(question, dict) else cards

    async def show_counts(self, _: Any, __: Pen) -> Any:
        counts = await self.account.inbox().counts()
        return {"mine": counts.mine, "unassigned": counts.unassigned, "all": counts.all, "unread": counts.unread}

    async def show_conversation(self, question: Any, pen: Pen) -> Any:
        asked = question if isinstance(question, dict) else {}
        handle = await self.conversation({"to": asked.get("with"), "on": asked.get("on")})
        return pen.conversation(await handle.screen(r.Around.NEWEST(), WHOLE))

    async def show_outbox(self, _: Any, pen: Pen) -> Any:
        return [pen.waiting(command) for command in await self.account.outbox().waiting()]

    async def show_templates(self, question: Any, pen: Pen) -> Any:
        asked = question if isinstance(question, dict) else {}
        channel = asked.get("on", "whatsapp")
        conversation = await self.conversation_id(self.place(asked["for"], channel)) if "for" in asked else None
        choices = await (await self.templates(channel)).list(conversation)
        return {"list": [pen.template(choice) for choice in choices]}

    async def show_usage(self, _: Any, pen: Pen) -> Any:
        return pen.usage(await self.account.usage().month(*self.calendar.month(self.clock.now())))

    async def show_search(self, question: Any, pen: Pen) -> Any:
        hits = await self.account.inbox().search(question["for"])
        return {"finds": [{"customer": pen.person(hit.title), "text": hit.text} for hit in hits]}

    async def show_agents(self, _: Any, pen: Pen) -> Any:
        groups = {group.id: group.name for group in await self.account.inbox().groups()}
        return [pen.agent(agent, groups) for agent in await self.account.inbox().agents()]

    async def show_channels(self, _: Any, pen: Pen) -> Any:
        return [pen.channel(line) for line in await self.account.inbox().channels()]

    async def show_saved_replies(self, _: Any, __: Pen) -> Any:
        return [{"title": reply.title, "text": reply.text} for reply in await self.account.inbox().saved_replies()]

    async def show_connection(self, _: Any, __: Pen) -> Any:
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
