package org.riposte.story

import java.time.Duration
import java.time.Instant
import org.riposte.AgentGroupId
import org.riposte.AgentId
import org.riposte.ConversationId
import org.riposte.MemorySecrets
import org.riposte.MessageId
import org.riposte.core.*

/** As many rows as any story has. */
private const val WHOLE = 500u

/** The app of a phone: the real core on files of its own, with a clock that the teller moves. */
class Phone(val folder: String, nowMs: Long) {
    private val clock = ManualClock(Instant.ofEpochMilli(nowMs))
    private val secrets = MemorySecrets()
    private var utcOffsetMinutes = 0
    private var core: Riposte? = null
    private var signedIn: Account? = null
    private val known = mutableMapOf<Fields, ConversationId>()

    private val account: Account get() = checkNotNull(signedIn) { "no agent is signed in on this phone" }

    fun pen() = Pen(utcOffsetMinutes, clock.now())

    /** Each ask is one call of the package, two at most. */
    suspend fun answer(ask: Fields): Any? {
        val talk by lazy { ask.part("conversation") }
        val text by lazy { ask.text("text")!! }
        when (val asked = ask.text("do")!!) {
            "open" -> return open(ask)
            "sign_in" -> signedIn = core!!.signIn(ask.text("server")!!, ask.text("email")!!, ask.text("password")!!)
            "close" -> close()
            "advance" -> clock.advance(Duration.ofMillis(ask["by_ms"] as Long))
            "settled" -> return mapOf("settled" to account.settled((ask["within_ms"] as Long).toULong()))
            "network_available" -> account.networkAvailable()
            "pause" -> account.pause()
            "resume" -> account.resume()
            "set_status" -> account.setStatus(AgentStatus.valueOf(ask.text("status")!!.uppercase()))
            "enter" -> conversation(talk).enter()
            "leave" -> conversation(talk).leave()
            "draft" -> conversation(talk).saveDraft(SavedDraft(text))
            "send" -> send(talk, Draft.Text(text, ask.text("quotes")?.let { message(it, talk) }))
            "send_saved_reply" -> {
                val title = ask.text("title")!!
                val reply = account.inbox().savedReplies().here(title) { it.title == title }
                send(talk, Draft.Text(conversation(talk).savedReply(reply.id), null))
            }
            "send_file" -> {
                val (path, mime) = ask.text("path")!! to ask.text("mime")!!
                send(talk, Draft.Media(path, mime, ask.text("name")!!, ask.text("caption")!!, ask["voice"] == true, null))
            }
            "send_template" -> {
                val name = ask.text("template")!!
                val choice = templates(ask.text("page")!!).list(null).here(name) { it.template.name == name }
                send(talk, Draft.Template(choice.template.id, values(ask.part("values"))))
            }
            "react" -> conversation(talk).react(message(ask.text("message")!!, talk), ask.text("emoji")!!.ifEmpty { null })
            "comment" -> conversation(talk).comment(text, ask["mentions"].list.map { agentId(it as String) })
            "assign" -> {
                val (agent, group) = ask.text("agent") to ask.text("group")
                val to = if (agent != null) Assignee.Agent(agentId(agent)) else group?.let { Assignee.Group(groupId(it)) }
                conversation(talk).assign(to ?: Assignee.None)
            }
            "set_open" -> conversation(talk).setOpen(ask["open"] == true)
            "load_older" -> conversation(talk).loadOlder()
            "decide" -> decide(text, ask.text("how")!!)
            "retry" -> {
                // What the server refused waits in the outbox; what the provider failed is a message.
                val waiting = account.outbox().waiting().find { it.text == text }
                if (waiting != null) account.outbox().retry(waiting.key) else conversation(talk).retry(message(text, talk))
            }
            "cancel" -> account.outbox().cancel(waiting(text).key)
            "create_template" -> createTemplate(ask.text("page")!!, ask.part("template"))
            "refresh_templates" -> templates(ask.text("page")!!).refresh()
            "read" -> return read(ask.text("screen")!!, ask, pen())
            else -> error("no ask is called $asked")
        }
        return null
    }

    private suspend fun open(ask: Fields): Fields {
        utcOffsetMinutes = (ask["utc_offset_minutes"] as Long).toInt()
        val config = Config(
            folder = folder,
            locale = ask.text("locale")!!,
            utcOffsetMinutes = utcOffsetMinutes,
            deviceName = ask.text("device")!!,
            platform = "script",
            secrets = secrets,
            clock = clock,
        )
        val core = Riposte.start(config).also { this.core = it }
        core.accounts().firstOrNull()?.let { signedIn = core.account(it.id) }
        return mapOf("signed_in" to (signedIn != null))
    }

    private suspend fun close() {
        // A process that ends takes everything with it. Here handles live until they are collected, and with
        // them the core that they belong to: it must not go on beside the next one.
        core?.pause()
        signedIn?.close()
        core?.close()
        signedIn = null
        core = null
    }

    private suspend fun decide(text: String, how: String) {
        val waiting = waiting(text)
        val decision = mapOf("send_now" to Decision.SEND, "edit" to Decision.EDIT, "discard" to Decision.DISCARD).getValue(how)
        val decided = account.outbox().decide(waiting.key, decision)
        // Edit returns the text for the composer; the app puts it there.
        val id = waiting.conversationId
        if (decided is CommandOutcome.Withdrawn && decision == Decision.EDIT && id != null) {
            account.conversation(id).saveDraft(SavedDraft(decided.text))
        }
    }

    private suspend fun createTemplate(page: String, new: Fields) {
        val template = NewTemplate(
            name = new.text("name")!!,
            language = new.text("language")!!,
            category = TemplateCategory.valueOf(new.text("category")!!.uppercase()),
            components = new["components"].list.map { component(it.fields) },
            samples = values(new.part("samples")),
        )
        templates(page).create(template)
    }

    // Finding what an ask names

    private fun <T> Iterable<T>.here(what: String, fits: (T) -> Boolean): T =
        firstOrNull(fits) ?: error("$what is not on this phone")

    private fun values(values: Fields) = values.map { (name, value) -> TemplateValue(name, value as String) }

    /** As the list shows it, or as it showed it once. */
    private suspend fun conversationId(talk: Fields): ConversationId = known.getOrPut(talk) {
        val (name, page) = talk.text("customer") to talk.text("page")
        val rows = account.inbox().page(InboxQuery(assignee = AssigneeFilter.All, open = null, limit = WHOLE)).rows
        rows.here("a conversation with $name") { it.title == name && it.channel?.accountName == page }.id
    }

    private suspend fun conversation(talk: Fields): ConversationHandle = account.conversation(conversationId(talk))

    private suspend fun send(talk: Fields, draft: Draft) {
        conversation(talk).send(draft, null)
    }

    /** The newest message with this text. */
    private suspend fun message(text: String, talk: Fields): MessageId =
        conversation(talk).screen(Around.Newest, WHOLE).rows.reversed()
            .mapNotNull { (it as? TimelineRow.Message)?.v1 }
            .here("a message $text") { it.text == text && it.messageId != null }.messageId!!

    private suspend fun waiting(text: String) = account.outbox().waiting().here("$text in the outbox") { it.text == text }

    private suspend fun agentId(name: String): AgentId = account.inbox().agents().here(name) { it.name == name }.id

    private suspend fun groupId(name: String): AgentGroupId = account.inbox().groups().here(name) { it.name == name }.id

    private suspend fun templates(page: String): Templates =
        account.templates(account.inbox().channels().here(page) { it.name == page }.id)

    // Screens

    private suspend fun read(screen: String, chosen: Fields, pen: Pen): Any? = when (screen) {
        "inbox" -> inbox(chosen, pen)
        "counts" -> account.inbox().counts().let {
            mapOf(
                "mine" to it.mine.toLong(), "unassigned" to it.unassigned.toLong(), "all" to it.all.toLong(),
                "unread" to it.unread.toLong(),
            )
        }
        "conversation" -> pen.conversation(conversation(chosen.part("conversation")).screen(Around.Newest, WHOLE))
        "outbox" -> account.outbox().waiting().map(pen::waiting)
        "templates" -> {
            val pricedFor = chosen["conversation"]?.let { conversationId(it.fields) }
            mapOf("list" to templates(chosen.text("page")!!).list(pricedFor).map(pen::template))
        }
        "usage" -> pen.usage(account.usage().month((chosen["year"] as Long).toInt(), (chosen["month"] as Long).toUInt()))
        "search" -> mapOf(
            "finds" to account.inbox().search(chosen.text("text")!!)
                .map { mapOf("customer" to pen.person(it.title), "text" to it.text) },
        )
        "agents" -> account.inbox().groups().let { groups -> account.inbox().agents().map { pen.agent(it, groups) } }
        "channels" -> account.inbox().channels().map(pen::channel)
        "saved_replies" -> account.inbox().savedReplies().map { mapOf("title" to it.title, "text" to it.text) }
        "connection" -> word(account.connection())
        else -> error("no screen is called $screen")
    }

    private suspend fun inbox(chosen: Fields, pen: Pen): Fields {
        val page = account.inbox().page(
            InboxQuery(
                assignee = when (val whose = chosen["whose"]) {
                    "mine" -> AssigneeFilter.Mine
                    "unassigned" -> AssigneeFilter.Unassigned
                    "all" -> AssigneeFilter.All
                    else -> AssigneeFilter.AgentGroup(groupId(whose.fields.text("group")!!))
                },
                channel = chosen.text("channel")?.let { ChannelKind.valueOf(it.uppercase()) },
                open = chosen["open"] == true,
                unreadOnly = chosen["unread"] == true,
                unansweredOnly = chosen["unanswered"] == true,
                closingSoon = chosen["closing_soon"] == true,
                limit = WHOLE,
            ),
        )
        return mapOf("cards" to page.rows.map(pen::card), "notice" to pen.phrase(page.notice))
    }
}

/** A part of a template, as the wire writes it. */
private fun component(part: Fields): TemplateComponent = when (part.text("part")) {
    "header_text" -> TemplateComponent.HeaderText(part.text("text")!!)
    "header_media" -> TemplateComponent.HeaderMedia(MediaKind.valueOf(part.text("kind")!!.uppercase()))
    "body" -> TemplateComponent.Body(part.text("text")!!)
    "footer" -> TemplateComponent.Footer(part.text("text")!!)
    "buttons" -> TemplateComponent.Buttons(
        part["buttons"].list.map { it.fields }.map { button ->
            when (button.text("button")) {
                "quick_reply" -> TemplateButton.QuickReply(button.text("text")!!)
                "url" -> TemplateButton.Url(button.text("text")!!, button.text("url")!!)
                "phone" -> TemplateButton.Phone(button.text("text")!!, button.text("phone")!!)
                else -> TemplateButton.Unknown
            }
        },
    )
    else -> TemplateComponent.Unknown
}
