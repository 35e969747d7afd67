package org.riposte

import java.nio.file.Files
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.riposte.core.Account
import org.riposte.core.Around
import org.riposte.core.AssigneeFilter
import org.riposte.core.Composer
import org.riposte.core.Config
import org.riposte.core.InboxQuery
import org.riposte.core.RiposteException

/** A small app for `shrink.sh`: with its code shrunk and renamed it still calls, is called and reads what comes back. */
object Shrunk {
    @JvmStatic
    fun main(arguments: Array<String>) = runBlocking {
        Account.sample().use { account ->
            account.changes.first()
            val row = account.inbox().page(InboxQuery(assignee = AssigneeFilter.Mine)).rows.first()
            val conversation = account.conversation(row.id)
            check(conversation.screen(Around.Newest, 50u).composer is Composer.Open)
            conversation.send(text("Bonjour"), null)
            check(account.settled(20_000uL))
        }
        val folder = Files.createTempDirectory("riposte-shrunk").toFile()
        withRiposte(Config(folder = folder.path, secrets = MemorySecrets())) { core ->
            val offline = runCatching { core.signIn("http://127.0.0.1:1", "a@example.com", "password") }.exceptionOrNull()
            check(offline is RiposteException.Offline && offline.retryable()) { "$offline" }
        }
        folder.deleteRecursively()
        println("done")
    }
}
