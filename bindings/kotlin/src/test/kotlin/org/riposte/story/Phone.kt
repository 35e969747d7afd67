package org.riposte.story

import java.io.File
import java.nio.file.Files
import org.riposte.AgentGroupId
import org.riposte.AgentId
import org.riposte.ConversationId
import org.riposte.MemorySecrets
import org.riposte.MessageId
import org.riposte.core.*

private const val WHOLE = 500u

/** An agent's phone: the real core on files of its own, behind a network that can be cut. */
class Phone(
    val key: String,
    private val cast: Fields,
    private val calendar: Calendar,
    val url: String,
    signIn: Fields,
    private val clock: ManualClock,
) {
    private val agent = cast.part("phones").text(key)!!
    val email = signIn.text("email")!!
    val password = signIn.text("password")!!
    val folder: File = Files.createTempDirectory("riposte-story-").toFile()
    var secrets: SecretStore = MemorySecrets()
    var paused = false
    var network = "on"
    var core: Riposte? = null
    private var signedIn: Account? = null
    private var onScreen: Pair<String, String>? = null
    private val known = mutableMapOf<Pair<String, String>, ConversationId>()

    val account: Account get() = checkNotNull(signedIn) { "nobody is signed in on this phone" }
    val isSignedIn: Boolean get() = signedIn != null

    suspend fun start(): Riposte = core ?: Riposte.start(
        Config(
            folder = folder.path,
            secrets = secrets,
            clock = clock,
            utcOffsetMinutes = calendar.utcOffsetMinutes,
            platform = "script",
        ),
    ).also { core = it }

    suspend fun signIn() {
        signedIn = start().signIn(url, email, password)
    }

    /** Closes the app, as the system does. */
    fun close() {
        signedIn?.close()
        core?.close()
        signedIn = null
        core = null
        onScreen = null
    }

    /** ... and starts it anew on the same files. */
    suspend fun restart() {
        // A process that ends takes everything with it. Here handles live on until they are collected, and
        // with them the core that they belong to: it must not go on beside the new one.
        core?.pause()
        close()
        val core = start()
        signedIn = core.account(core.accounts().first().id)
        paused = false
    }

    /** Gives what the agent was told, where the story says that it must be refused. */
    suspend fun perform(deed: String, value: Any?, step: Fields): Phrase? {
        val refused = step.text("refused")
        try {
            perform(deed, value as? String ?: "", value, step)
        } catch (error: RiposteException.Refused) {
            check(error.errorCode() == refused) { "refused with ${error.errorCode()}" }
            return error.phrase
        }
        check(refused == null) { "it went through, and $refused was expected" }
        return null
    }

    private suspend fun perform(deed: String, text: String, value: Any?, step: Fields) {
        when (deed) {
            "signs_in" -> signIn()
            "opens" -> {
                if (onScreen != null) leave()
                val place = place(text, step.text("on"))
                account.conversation(conversationId(place)).enter()
                onScreen = place
            }
            "leaves" -> leave()
            "types" -> conversation(step).saveDraft(SavedDraft(text))
            "replies" -> send(Draft.Text(text, step.text("quotes")?.let { message(it, step) }), step)
            "replies_with" -> {
                val title = cast.part("saved_replies").part(text).text("title")
                val reply = account.inbox().savedReplies().here(text) { it.title == title }
                send(Draft.Text(conversation(step).savedReply(reply.id), null), step)
            }
            "sends_file" -> sendFile(value.fields, step)
            "reacts" -> conversation(step).react(message(step.text("quotes")!!, step), text.ifEmpty { null })
            "comments" -> conversation(step).comment(text, (step["mentions"] ?: emptyList<Any?>()).list.map { agentId(it as String) })
            "restarts_with" -> restartWith(text, step)
            "assigns" -> conversation(step).assign(
                when (value) {
                    null -> Assignee.None
                    is Map<*, *> -> Assignee.Group(groupId(value["group"] as String))
                    else -> Assignee.Agent(agentId(text))
                },
            )
            "closes" -> conversation(step).setOpen(false)
            "reopens" -> conversation(step).setOpen(true)
            "scrolls" -> conversation(step).loadOlder()
            "app" -> when (text) {
                "restarted" -> restart()
                "paused" -> { paused = true; account.pause() }
                else -> { paused = false; account.resume() }
            }
            "status" -> account.setStatus(AgentStatus.valueOf(text.uppercase()))
            "decides" -> decide(text, step.text("how")!!)
            "retries" -> {
                val waiting = account.outbox().waiting().find { it.text == text }
                if (waiting != null) account.outbox().retry(waiting.key) else conversation(step).retry(message(text, step))
            }
            "cancels" -> account.outbox().cancel(waiting(text).key)
            "creates_template" -> createTemplate(value.fields, step)
            "refreshes_templates" -> templates(text).refresh()
            else -> error("no deed is called $deed")
        }
    }

    private suspend fun leave() {
        val handle = conversation(emptyMap())
        onScreen = null
        handle.leave()
    }

    private suspend fun sendFile(file: Fields, step: Fields) {
        val chosen = File(folder, "chosen").apply { writeBytes(ByteArray((file["bytes"] as Long).toInt()) { '.'.code.toByte() }) }
        val draft = Draft.Media(
            path = chosen.path,
            mime = file.text("mime")!!,
            name = file.text("name") ?: "",
            caption = file.text("caption") ?: "",
            voice = file["voice"] == true,
            replyTo = null,
        )
        try {
            send(draft, step)
        } finally {
            chosen.delete()
        }
    }

    private suspend fun restartWith(template: String, step: Fields) {
        val part = cast.part("templates").part(template)
        val name = part.text("name") ?: template
        val choice = templates(part.text("channel") ?: "whatsapp").list(null).here(template) { it.template.name == name }
        send(Draft.Template(choice.template.id, values(step.part("values"))), step)
    }

    private suspend fun decide(text: String, how: String) {
        val waiting = waiting(text)
        val decision = mapOf("send_now" to Decision.SEND, "edit" to Decision.EDIT, "discard" to Decision.DISCARD).getValue(how)
        val decided = account.outbox().decide(waiting.key, decision)
        // Edit gives the words back for the composer, as the app would put them there.
        val id = waiting.conversationId
        if (decided is CommandOutcome.Withdrawn && decision == Decision.EDIT && id != null) {
            account.conversation(id).saveDraft(SavedDraft(decided.text))
        }
    }

    private suspend fun createTemplate(new: Fields, step: Fields) {
        val template = NewTemplate(
            name = new.text("name")!!,
            language = new.text("language")!!,
            category = TemplateCategory.valueOf(new.text("category")!!.uppercase()),
            components = new["components"].list.map { component(it.fields) },
            samples = values(new.part("samples")),
        )
        templates(step.text("on") ?: "whatsapp").create(template)
    }

    // Finding what a story names

    private fun <T> Iterable<T>.here(what: String, fits: (T) -> Boolean): T =
        firstOrNull(fits) ?: error("$what is not on this phone")

    private fun values(values: Fields) = values.map { (name, value) -> TemplateValue(name, value as String) }

    private fun place(customer: String?, channel: String?): Pair<String, String> =
        if (customer == null) checkNotNull(onScreen) { "no conversation is on screen and none is named" }
        else customer to (channel ?: cast.part("customers").part(customer).text("channel")!!)

    private suspend fun conversationId(place: Pair<String, String>): ConversationId = known.getOrPut(place) {
        val name = cast.part("customers").part(place.first).text("name")
        val page = cast.part("channels").part(place.second).text("name")
        val rows = account.inbox().page(InboxQuery(assignee = AssigneeFilter.All, open = null, limit = WHOLE)).rows
        rows.here("${place.first}'s conversation") { it.title == name && it.channel?.accountName == page }.id
    }

    suspend fun conversation(step: Fields): ConversationHandle =
        account.conversation(conversationId(place(step.text("to") ?: step.text("of"), step.text("on"))))

    private suspend fun send(draft: Draft, step: Fields) {
        conversation(step).send(draft, null)
    }

    private suspend fun message(text: String, step: Fields): MessageId =
        conversation(step).screen(Around.Newest, WHOLE).rows.reversed()
            .mapNotNull { (it as? TimelineRow.Message)?.v1 }
            .here("a message $text") { it.text == text && it.messageId != null }.messageId!!

    private suspend fun waiting(text: String) = account.outbox().waiting().here("$text in the outbox") { it.text == text }

    private suspend fun agentId(agent: String): AgentId {
        val name = cast.part("agents").part(agent).text("name")
        return account.inbox().agents().here(agent) { it.name == name }.id
    }

    private suspend fun groupId(group: String): AgentGroupId {
        val name = cast.part("groups").part(group).text("name")
        return account.inbox().groups().here(group) { it.name == name }.id
    }

    private suspend fun templates(channel: String): Templates {
        val name = cast.part("channels").part(channel).text("name")
        return account.templates(account.inbox().channels().here(channel) { it.name == name }.id)
    }

    // Screens

    /** A screen as an expectation of this name compares it, and the phrases on it. */
    suspend fun screen(name: String, question: Any?): Pair<Any?, List<Pair<Fields, Phrase>>> {
        val pen = Pen(cast, calendar, agent)
        val asked = if (question is Map<*, *>) question.fields else emptyMap()
        return draw(name, question, asked, pen) to pen.phrases
    }

    private suspend fun draw(name: String, question: Any?, asked: Fields, pen: Pen): Any? = when (name) {
        "inbox" -> inbox(question is Map<*, *>, asked, pen)
        "counts" -> account.inbox().counts().let {
            mapOf("mine" to it.mine.toLong(), "unassigned" to it.unassigned.toLong(), "all" to it.all.toLong(), "unread" to it.unread.toLong())
        }
        "conversation" -> {
            val handle = conversation(mapOf("to" to asked.text("with"), "on" to asked.text("on")))
            pen.conversation(handle.screen(Around.Newest, WHOLE))
        }
        "outbox" -> account.outbox().waiting().map(pen::waiting)
        "templates" -> {
            val channel = asked.text("on") ?: "whatsapp"
            val conversation = asked.text("for")?.let { conversationId(place(it, channel)) }
            mapOf("list" to templates(channel).list(conversation).map(pen::template))
        }
        "usage" -> calendar.month(clock.now()).let { (year, month) -> pen.usage(account.usage().month(year, month)) }
        "search" -> mapOf(
            "finds" to account.inbox().search(asked.text("for")!!).map { mapOf("customer" to pen.person(it.title), "text" to it.text) },
        )
        "agents" -> account.inbox().groups().let { groups -> account.inbox().agents().map { pen.agent(it, groups) } }
        "channels" -> account.inbox().channels().map(pen::channel)
        "saved_replies" -> account.inbox().savedReplies().map { mapOf("title" to it.title, "text" to it.text) }
        "connection" -> word(account.connection())
        else -> error("no screen is called $name")
    }

    private suspend fun inbox(asksMore: Boolean, asked: Fields, pen: Pen): Any? {
        val page = account.inbox().page(
            InboxQuery(
                assignee = when (val whose = asked["whose"] ?: "all") {
                    "mine" -> AssigneeFilter.Mine
                    "unassigned" -> AssigneeFilter.Unassigned
                    "all" -> AssigneeFilter.All
                    else -> AssigneeFilter.AgentGroup(groupId(whose.fields.text("group")!!))
                },
                channel = asked.text("channel")?.let { ChannelKind.valueOf(it.uppercase()) },
                open = asked["open"] as Boolean? ?: true,
                unreadOnly = asked["unread"] == true,
                unansweredOnly = asked["unanswered"] == true,
                closingSoon = asked["closing_soon"] == true,
                limit = WHOLE,
            ),
        )
        val cards = page.rows.map(pen::card)
        return if (asksMore) mapOf("cards" to cards, "notice" to pen.phrase(page.notice)) else cards
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
