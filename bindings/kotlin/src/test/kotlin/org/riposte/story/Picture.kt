package org.riposte.story

import java.time.Instant
import org.riposte.core.*

/** The wire's word for a state: `NEEDS_DECISION`, `SendProgress.NeedsDecision`. */
fun word(value: Any): String =
    if (value is Enum<*>) value.name.lowercase()
    else value::class.java.simpleName.replace(Regex("(?<=.)([A-Z])"), "_$1").lowercase()

/** What a screen shows, as every language writes it. Writes down what the records hold and computes nothing. */
class Pen(private val utcOffsetMinutes: Int, private val now: Instant) {
    private fun at(at: Instant?): Fields? = at?.let { mapOf("at_ms" to it.toEpochMilli()) }

    private fun span(ms: Long?): Fields? = ms?.let { mapOf("span_ms" to it) }

    private fun money(amount: Money): Fields = mapOf("micros" to amount.micros, "currency" to amount.currency)

    fun phrase(phrase: Phrase?): Fields? = phrase?.let {
        mapOf(
            "phrase" to it.key,
            "args" to it.args.associate { arg -> arg.name to value(arg.value) },
            "en" to phraseWords(it, "en", utcOffsetMinutes, now),
            "fr" to phraseWords(it, "fr", utcOffsetMinutes, now),
        )
    }

    private fun value(value: PhraseValue): Any? = when (value) {
        is PhraseValue.Text -> value.v1
        is PhraseValue.Number -> value.v1
        is PhraseValue.At -> at(value.v1)
        is PhraseValue.DurationMs -> span(value.v1)
        is PhraseValue.SizeBytes -> mapOf("size_bytes" to value.v1)
        is PhraseValue.Money -> money(value.v1)
    }

    /** A customer or an agent. */
    fun person(name: String?): Fields? = name?.let { mapOf("person" to it) }

    private fun group(name: String?): Fields? = name?.let { mapOf("group" to it) }

    private fun who(who: AuthorLabel): Fields? = when (who) {
        is AuthorLabel.You -> mapOf("you" to true)
        is AuthorLabel.Person -> person(who.name)
        is AuthorLabel.Described -> phrase(who.phrase)
    }

    private fun dot(dot: Dot): String? = if (dot == Dot.NONE) null else word(dot)

    private fun reason(progress: SendProgress?): String? = when (progress) {
        is SendProgress.NeedsDecision -> word(progress.reason)
        is SendProgress.Refused -> progress.code
        else -> null
    }

    // Lists

    fun card(row: InboxRow): Fields {
        val window = row.window
        val open = window as? WindowBadge.Open
        return mapOf(
            "customer" to person(row.title),
            "name" to row.title,
            "channel" to row.channel?.let { word(it.kind) },
            "page" to row.channel?.accountName,
            "preview" to row.preview?.text,
            "preview_kind" to phrase(row.preview?.phrase),
            "from" to row.preview?.let { who(it.author) },
            "at" to at(row.at),
            "dot" to dot(row.dot),
            "unread" to row.unread,
            "waiting_since" to at(row.waitingSince),
            "open" to row.open,
            "window" to if (open?.urgent == true) "closing" else window?.let(::word),
            "left" to span(open?.remainingMs),
            "assignee" to person(row.assignee),
            "group" to group(row.group),
        )
    }

    fun waiting(command: WaitingCommand): Fields = mapOf(
        "to" to person(command.conversationTitle),
        "what" to command.kind,
        "text" to command.text,
        "at" to at(command.at),
        "state" to word(command.progress),
        "reason" to reason(command.progress),
        "note" to phrase(command.note),
        "actions" to command.actions.map(::word),
    )

    fun template(choice: TemplateChoice): Fields = mapOf(
        "name" to choice.template.name,
        "status" to word(choice.template.status),
        "usable" to choice.usable,
        "why" to phrase(choice.whyNot),
        "text" to choice.text,
        "variables" to choice.variables,
        "price" to phrase(choice.price?.phrase),
    )

    fun usage(month: UsageMonth): Fields = mapOf(
        "month" to "%04d-%02d".format(month.year, month.month.toInt()),
        "lines" to month.lines.map { line ->
            mapOf(
                "market" to line.market,
                "country" to line.country,
                "channel" to line.channelKind?.let(::word),
                "page" to line.channelName,
                "kind" to word(line.kind),
                "charges" to line.charges.toLong(),
                "from_allowance" to line.fromAllowance.toLong(),
                "not_priced" to line.notPriced.toLong(),
                "amounts" to line.amounts.map(::money),
            )
        },
        "totals" to month.totals.map(::money),
        "allowances" to month.allowances.map { mapOf("kind" to word(it.kind), "total" to it.total, "left" to it.left) },
        "estimate" to month.estimate,
        "differences" to month.differences.size.toLong(),
        "notice" to phrase(month.notice),
    )

    fun agent(agent: Agent, groups: List<AgentGroup>): Fields = mapOf(
        "who" to person(agent.name),
        "status" to word(agent.status),
        "administrator" to agent.administrator,
        "groups" to agent.groups.mapNotNull { id -> groups.find { it.id == id } }.map { group(it.name) },
    )

    fun channel(line: ChannelLine): Fields = mapOf(
        "channel" to word(line.kind),
        "page" to line.name,
        "state" to word(line.state),
        "notice" to phrase(line.phrase),
        "templates" to line.templates,
    )

    // A conversation

    fun conversation(screen: ConversationScreen): Fields = mapOf(
        "customer" to person(screen.title),
        "name" to screen.title,
        "channel" to screen.channel?.let { word(it.kind) },
        "page" to screen.channel?.name,
        "channel_notice" to phrase(screen.channel?.notice),
        "open" to screen.open,
        "assignee" to person(screen.assignee?.name),
        "group" to group(screen.group?.name),
        "dot" to dot(screen.dot),
        "composer" to composer(screen.composer),
        "price" to phrase(screen.replyPrice?.phrase),
        "waits_for_answer" to phrase(screen.waitsForAnswer),
        "draft" to screen.draft?.text,
        "colleagues" to screen.colleagues.map { mapOf("who" to person(it.name), "answering" to it.answering) },
        "more_before" to screen.moreBefore,
        "valid_until" to at(screen.validUntil),
        "count" to screen.rows.size.toLong(),
        "rows" to screen.rows.map(::row),
    )

    private fun composer(composer: Composer): Fields = mapOf("is" to word(composer)) + when (composer) {
        is Composer.Open -> mapOf(
            "closes_at" to at(composer.closesAt),
            "left" to span(composer.remainingMs),
            "human_agent" to composer.humanAgent,
        )
        is Composer.RestartOnly -> mapOf("since" to at(composer.since), "why" to phrase(composer.why))
        is Composer.Blocked -> mapOf("why" to phrase(composer.why))
    }

    private fun row(row: TimelineRow): Fields = when (row) {
        is TimelineRow.Message -> bubble(row.v1)
        is TimelineRow.Comment -> comment(row.v1)
        is TimelineRow.Event -> mapOf("kind" to "event", "at" to at(row.v1.at), "text" to phrase(row.v1.phrase))
        is TimelineRow.Gap -> mapOf("gap" to true)
    }

    private fun bubble(bubble: MessageRow): Fields = mapOf(
        "who" to who(bubble.author),
        "side" to word(bubble.side),
        "channel" to word(bubble.channel),
        "at" to at(bubble.at),
        "kind" to word(bubble.content),
        "text" to bubble.text,
        "fill" to word(bubble.fill),
        "tick" to bubble.tick,
        "note" to phrase(bubble.note),
        "state" to bubble.progress?.let(::word),
        "reason" to reason(bubble.progress),
        "actions" to bubble.actions.map(::word),
        "cost" to phrase(bubble.cost?.phrase),
        "quotes" to bubble.quoted?.text,
        "reactions" to bubble.reactions.map { it.emoji },
        "edited" to bubble.edited,
        "deleted" to bubble.deleted,
        "size_bytes" to (bubble.content as? Content.Media)?.v1?.sizeBytes,
    )

    private fun comment(comment: CommentRow): Fields = mapOf(
        "who" to who(comment.author),
        "at" to at(comment.at),
        "kind" to "comment",
        "text" to comment.body,
        "mentions" to comment.mentions.map(::person),
        "state" to comment.progress?.let(::word),
        "note" to phrase(comment.note),
        "actions" to comment.actions.map(::word),
    )
}
