package org.riposte

import java.io.File
import java.nio.file.Files
import kotlin.coroutines.Continuation
import kotlin.coroutines.EmptyCoroutineContext
import kotlin.coroutines.intrinsics.startCoroutineUninterceptedOrReturn
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.condition.EnabledOnOs
import org.junit.jupiter.api.condition.OS
import org.riposte.core.*

/** With storage stalled for a second, no call holds its caller's thread for longer than 5 ms. */
class StallTest {
    @Test
    @EnabledOnOs(OS.LINUX) // the storage is made to stall by way of the dynamic linker
    fun `no call holds its caller's thread`() {
        val folder = Files.createTempDirectory("stall").toFile()
        val source = generateSequence(File("").absoluteFile) { it.parentFile }.map { File(it, "bindings/tests/stall.c") }.first { it.isFile }
        val shim = File(folder, "stall.so")
        assertEquals(0, ProcessBuilder("cc", "-shared", "-fPIC", "-O1", "-o", shim.path, source.path, "-ldl").inheritIO().start().waitFor())
        val java = File(System.getProperty("java.home"), "bin/java").path
        val command = listOf(
            java, "-Djava.io.tmpdir=${folder.path}", "-Djna.library.path=${System.getProperty("jna.library.path")}",
            "-cp", System.getProperty("java.class.path"), "org.riposte.Stalled",
        )
        val process = ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD)
        process.environment() += mapOf(
            "LD_PRELOAD" to shim.path,
            "RIPOSTE_STALL_FOLDER" to File(folder, "riposte-story-").path,
            "RIPOSTE_STALL_SWITCH" to File(folder, "stall").path,
        )
        val told = process.start().inputStream.bufferedReader().readText()
        folder.deleteRecursively()
        assertEquals("done", told.trim())
    }
}

/** The machine may be busy with something else: of so many tries the quickest counts. */
private const val TRIES = 3
private const val MOST_MS = 5.0

object Stalled {
    private val switch = File(System.getenv("RIPOSTE_STALL_SWITCH") ?: "/dev/null/none")
    private val slow = mutableListOf<String>()

    @JvmStatic
    fun main(arguments: Array<String>) = Desk.with { desk ->
        desk.signIn()
        val account = desk.phone.account
        val core = desk.phone.core!!
        val inbox = account.inbox()
        val lea = desk.lea()
        lea.screen(Around.Newest, 50u)
        val channel = inbox.channels().first().id
        val config = Config(folder = desk.phone.folder.path + "/another", secrets = MemorySecrets(), clock = desk.world.clock)
        call("start") { Riposte.start(config) }
        call("accounts") { core.accounts() }
        call("account") { core.account(account.id()) }
        call("info") { account.info() }
        call("me") { account.me() }
        call("changes") { account.changes() }
        call("connection") { account.connection() }
        call("words") { account.words(account.connectionPhrase()) }
        call("networkAvailable") { account.networkAvailable() }
        call("flush") { account.flush(1uL) }
        call("setStatus") { account.setStatus(AgentStatus.ONLINE) }
        call("inbox.page") { inbox.page(InboxQuery(assignee = AssigneeFilter.All)) }
        call("inbox.counts") { inbox.counts() }
        call("inbox.search") { inbox.search("commande") }
        call("inbox.agents") { inbox.agents() }
        call("inbox.channels") { inbox.channels() }
        call("inbox.savedReplies") { inbox.savedReplies() }
        call("conversation") { account.conversation(lea.id()) }
        call("enter") { lea.enter() }
        call("screen") { lea.screen(Around.Newest, 50u) }
        call("check") { lea.check(text("Bonjour")) }
        call("send") { lea.send(text("Bonjour"), null) }
        call("comment") { lea.comment("Pour moi", emptyList()) }
        call("assign") { lea.assign(Assignee.None) }
        call("saveDraft") { lea.saveDraft(SavedDraft("Bon")) }
        call("leave") { lea.leave() }
        call("waiting") { account.outbox().waiting() }
        call("templates.list") { account.templates(channel).list(null) }
        call("usage.month") { account.usage().month(2026, 11u) }
        call("pause") { account.pause() }
        call("resume") { account.resume() }
        // The storage does stall: what is waited for waits.
        switch.createNewFile()
        val begun = System.nanoTime()
        runBlocking {
            launch { delay(1_000); switch.delete() }
            lea.send(text("Lent"), null)
        }
        check(System.nanoTime() - begun > 500_000_000) { "the storage did not stall" }
        println(if (slow.isEmpty()) "done" else slow.joinToString())
    }

    /** Measures the part of a call that runs in its caller's thread: until it first waits. */
    private suspend fun call(name: String, work: suspend () -> Any?) {
        var quickest = Double.MAX_VALUE
        var tries = 0
        while (tries++ < TRIES && quickest > MOST_MS) {
            val done = CompletableDeferred<Unit>()
            val completion = Continuation<Any?>(EmptyCoroutineContext) { done.complete(Unit) }
            switch.createNewFile()
            val begun = System.nanoTime()
            val gave = runCatching { work.startCoroutineUninterceptedOrReturn(completion) }
            quickest = minOf(quickest, (System.nanoTime() - begun) / 1e6)
            switch.delete()
            if (gave.getOrNull() === kotlin.coroutines.intrinsics.COROUTINE_SUSPENDED) done.await()
        }
        if (quickest > MOST_MS) slow += "$name: %.1f ms".format(quickest)
    }
}
