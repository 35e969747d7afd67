package org.riposte

import java.io.File
import java.nio.file.Files
import java.time.Duration
import java.time.Instant
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.condition.EnabledOnOs
import org.junit.jupiter.api.condition.OS
import org.riposte.core.*
import org.riposte.story.word

/** The account for previews and screenshots: the same screens in every language, and nothing touched. */
class SampleAccountTest {
    @Test
    fun `its screens are those that are written down`() = runBlocking {
        val fixtures = generateSequence(File("").absoluteFile) { it.parentFile }.map { File(it, "tests/fixtures") }.first { it.isDirectory }
        for (locale in listOf("fr-FR", "en")) {
            val expected = File(fixtures, "sample.${locale.take(2)}.txt").readLines()
            assertEquals(expected.joinToString("\n"), Account.sample(locale).use { Told(it).lines() }.joinToString("\n"))
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX) // what is open is read from /proc
    fun `it touches neither disk nor network`() = runBlocking {
        // Where it runs, and where a name that is no path would end.
        fun made() = listOf(File("").absoluteFile, File("/")).flatMap { it.list().orEmpty().toList() }.filter { it.startsWith("riposte") }.toSet()
        val (before, opened) = made() to openFiles()
        Account.sample().use { account ->
            account.conversation(ConversationId(2)).send(text("Bonjour"), null)
            assertTrue(account.settled(20_000uL))
            val new = (openFiles() - opened).filterNot { it.startsWith("anon_inode:") || it.startsWith("pipe:") }
            // The Java machine opens classes and its own files at any moment.
            assertEquals(emptyList<String>(), new.filter { "socket" in it || "riposte" in it || ".db" in it })
        }
        assertEquals(emptySet<String>(), made() - before)
    }

    @Test
    fun `its clock is moved by hand`() = runBlocking {
        val clock = ManualClock(Instant.parse("2030-03-04T15:00:00Z"))
        val paul = Account.sample("en", clock).conversation(ConversationId(2))
        assertTrue(paul.screen(Around.Newest, 50u).composer is Composer.Open)
        clock.advance(Duration.ofMinutes(45))
        assertTrue(paul.screen(Around.Newest, 50u).composer is Composer.RestartOnly)
    }

    private fun openFiles(): Set<String> = File("/proc/self/fd").listFiles().orEmpty()
        .mapNotNull { runCatching { Files.readSymbolicLink(it.toPath()).toString() }.getOrNull() }.toSet()
}

/** Writes an account's screens as lines of text, as `core/src/facade/sample/tests/told.rs` does. */
private class Told(private val account: Account) {
    suspend fun lines(): List<String> = buildList {
        val inbox = account.inbox()
        val info = account.info()
        add(line(info.companyName, info.agentName, account.words(account.connectionPhrase())))
        val counts = inbox.counts()
        add(line(counts.mine, counts.unassigned, counts.all, counts.unread))
        val page = inbox.page(InboxQuery(assignee = AssigneeFilter.All, open = null))
        page.rows.forEach { add(row(it)) }
        for (row in page.rows) addAll(screen(account.conversation(row.id).screen(Around.Newest, 50u)))
        for (waiting in account.outbox().waiting()) add(line(waiting.conversationTitle, waiting.text, words(waiting.note), waiting.actions.size))
        for (reply in inbox.savedReplies()) add(line(reply.title, reply.text))
        for (choice in account.templates(ChannelId(1)).list(ConversationId(3))) {
            add(line(choice.template.name, choice.text, words(choice.whyNot), words(choice.price?.phrase)))
        }
        for (charged in account.usage().month(2026, 11u).lines) {
            val amount = charged.amounts.first()
            add(line(charged.country, word(charged.kind), charged.charges, "${amount.micros} ${amount.currency}"))
        }
    }

    private fun row(row: InboxRow): String {
        val window = when (val window = row.window) {
            is WindowBadge.Open -> "${window.remainingMs}" + if (window.urgent) " urgent" else ""
            is WindowBadge.Closed -> "closed"
            null -> null
        }
        val read = if (row.unread) "unread" else "read"
        val author = row.preview?.let { who(it.author) }
        val whose = row.assignee ?: row.group
        return line(row.id, row.title, row.channel?.let { word(it.kind) }, word(row.dot), read, author, row.preview?.text, window, whose)
    }

    private fun screen(screen: ConversationScreen): List<String> {
        val composer = when (val composer = screen.composer) {
            is Composer.Open -> composer.remainingMs
            is Composer.RestartOnly -> words(composer.why)
            is Composer.Blocked -> words(composer.why)
        }
        val head = line(screen.title, composer, words(screen.replyPrice?.phrase), screen.draft?.text, screen.colleagues.joinToString { it.name })
        return listOf(head) + screen.rows.map(::timeline)
    }

    private fun timeline(row: TimelineRow): String = when (row) {
        is TimelineRow.Message -> row.v1.run {
            line(
                word(side), at.epochSecond, who(author), text, words(contentPhrase), quoted?.text, reactions.joinToString(" ") { it.emoji },
                if (tick) "tick" else "no tick", words(note), words(cost?.phrase), actions.size,
            )
        }
        is TimelineRow.Comment -> row.v1.run { line("comment", at.epochSecond, who(author), body, mentions.joinToString()) }
        is TimelineRow.Event -> line(row.v1.at.epochSecond, words(row.v1.phrase))
        is TimelineRow.Gap -> "gap"
    }

    private fun who(who: AuthorLabel): String? = when (who) {
        is AuthorLabel.You -> "you"
        is AuthorLabel.Person -> who.name
        is AuthorLabel.Described -> words(who.phrase)
    }

    private fun words(phrase: Phrase?): String? = phrase?.let { account.words(it) }
}

private fun line(vararg parts: Any?): String = parts.joinToString(" | ") { part ->
    part?.toString()?.ifEmpty { null }?.replace("\n", " / ") ?: "-"
}
