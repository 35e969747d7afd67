package org.riposte.samples

import java.nio.file.Files
import kotlin.system.exitProcess
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.riposte.ClientKey
import org.riposte.MemorySecrets
import org.riposte.changes
import org.riposte.core.Around
import org.riposte.core.AssigneeFilter
import org.riposte.core.Composer
import org.riposte.core.Config
import org.riposte.core.ConversationScreen
import org.riposte.core.Draft
import org.riposte.core.InboxQuery
import org.riposte.core.InboxRow
import org.riposte.core.RiposteException
import org.riposte.core.SendProgress
import org.riposte.core.TimelineRow
import org.riposte.withRiposte

/**
 * Signs in, shows who waits, answers the first, and waits for the tick:
 * `Answer https://inbox.example marc@example.com password "It ships tonight."`
 */
fun main(arguments: Array<String>) {
    val (server, email, password, words) = arguments
    try {
        runBlocking { answer(server, email, password, words) }
    } catch (error: RiposteException) {
        System.err.println("not done: ${error.errorCode()}" + if (error.retryable()) ", try again later" else "")
        exitProcess(1)
    }
}

suspend fun answer(server: String, email: String, password: String, words: String) {
    val folder = Files.createTempDirectory("riposte-sample").toFile()
    withRiposte(Config(folder = folder.path, secrets = MemorySecrets())) { core ->
        val account = core.signIn(server, email, password)
        if (!account.waitForFirstSync(30_000u)) waitsFor("the server (${account.words(account.connectionPhrase())})")
        var waiting = emptyList<InboxRow>()
        account.changes.first {
            waiting = account.inbox().page(InboxQuery(assignee = AssigneeFilter.All, unansweredOnly = true)).rows
            if (waiting.isEmpty()) waitsFor("a customer who waits for an answer")
            waiting.isNotEmpty()
        }
        for (row in waiting) println("${row.title}: ${row.preview?.text ?: ""}")

        val conversation = account.conversation(waiting.first().id)
        val screen = conversation.screen(Around.Newest, 50u)
        when (val composer = screen.composer) {
            is Composer.Open -> screen.replyPrice?.let { println(account.words(it.phrase)) }
            is Composer.RestartOnly -> return@withRiposte println(account.words(composer.why))
            is Composer.Blocked -> return@withRiposte println(account.words(composer.why))
        }
        val key = conversation.send(Draft.Text(body = words, replyTo = null), null)
        println("> $words")
        waitsFor("the report that it has arrived")
        account.changes.first { conversation.screen(Around.Newest, 50u).hasArrived(key) }
        println("✓")
    }
    folder.deleteRecursively()
}

private fun waitsFor(what: String) = System.err.println("waiting for $what ...")

private fun ConversationScreen.hasArrived(key: ClientKey): Boolean = rows.any { row ->
    row is TimelineRow.Message && row.v1.clientKey == key &&
        (row.v1.progress is SendProgress.Delivered || row.v1.progress is SendProgress.Read || row.v1.progress is SendProgress.Played)
}
