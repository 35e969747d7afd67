package org.riposte

import com.sun.jna.Library
import com.sun.jna.Native
import com.sun.jna.Structure
import java.io.ByteArrayOutputStream
import java.io.PrintStream
import java.nio.file.Files
import java.util.concurrent.CountDownLatch
import java.util.concurrent.CyclicBarrier
import java.util.concurrent.TimeUnit
import kotlin.concurrent.thread
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.coroutines.yield
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.riposte.core.Around
import org.riposte.core.AssigneeFilter
import org.riposte.core.Changed
import org.riposte.core.Config
import org.riposte.core.InboxQuery
import org.riposte.core.Riposte
import org.riposte.core.RiposteException
import org.riposte.core.SecretException
import org.riposte.samples.answer

/** What must hold at the border between Kotlin and the core, whatever is on the other side. */
class BorderTest {
    @Test
    fun `an error comes with its code and says whether to try again`() = Desk.with { desk ->
        val core = desk.phone.start()
        val refused = fails<RiposteException.Refused> { core.signIn(desk.phone.url, desk.phone.email, "wrong horse") }
        assertEquals("bad_credentials" to false, refused.errorCode() to refused.retryable())
        val offline = fails<RiposteException.Offline> { core.signIn("http://127.0.0.1:1", desk.phone.email, desk.phone.password) }
        assertEquals("offline" to true, offline.errorCode() to offline.retryable())
        fails<RiposteException.NotFound> { core.account("nobody") }
    }

    @Test
    fun `a cancelled call is done whole or not at all`() = Desk.with { desk ->
        desk.signIn()
        val lea = desk.lea()
        runBlocking {
            for (number in 0 until 24) {
                val call = launch { lea.send(text("n° $number"), "once-$number") }
                repeat(number % 6) { yield() }
                call.cancelAndJoin()
            }
        }
        // Given again under the same key: what was done is not done twice.
        for (number in 0 until 24) lea.send(text("n° $number"), "once-$number")
        desk.world.settle()
        assertEquals((0 until 24).map { "n° $it" }.sorted(), desk.received().sorted())
    }

    @Test
    fun `a flow of changes stops with its collector and ends with its account`() = Desk.with { desk ->
        desk.signIn()
        val account = desk.phone.account
        runBlocking {
            assertEquals(listOf(Changed.Overflow), account.changes.first())
            val seen = launch(Dispatchers.Default) { account.changes.first { batch -> batch.any { it is Changed.Conversation } } }
            val endless = launch(Dispatchers.Default) { account.changes.collect { } }
            val untilTheEnd = launch(Dispatchers.Default) { account.changes.collect { } }
            desk.lea().comment("Pour moi", emptyList())
            desk.world.settle()
            withTimeout(5_000) { seen.join() }
            endless.cancel()
            withTimeout(1_000) { endless.join() }
            account.signOut(true)
            withTimeout(5_000) { untilTheEnd.join() }
        }
    }

    @Test
    fun `ten thousand rounds hold no more than a thousand`() = Desk.with { desk ->
        desk.signIn()
        val account = desk.phone.account
        val lea = desk.lea().id()
        val folder = Files.createTempDirectory("riposte-rounds").toFile()
        suspend fun rounds(count: Int): Long {
            repeat(count) {
                Riposte.start(Config(folder = folder.path, secrets = MemorySecrets(), clock = desk.world.clock)).use { }
                account.changes.first()
                account.conversation(lea).use { it.screen(Around.Newest, 50u) }
            }
            return held()
        }
        val afterAThousand = rounds(1_000)
        val afterTenThousand = rounds(9_000)
        folder.deleteRecursively()
        assertTrue(afterTenThousand <= afterAThousand + 5_000_000, "$afterAThousand bytes, then $afterTenThousand")
    }

    @Test
    fun `a safe that is locked or throws loses nothing`() {
        val troubles = listOf<() -> Unit>({ throw SecretException.Locked() }, { error("the keystore has gone") })
        for (trouble in troubles) Desk.with { desk ->
            val safe = Safe()
            desk.signIn(safe)
            desk.lea()
            safe.before = trouble
            desk.phone.restart()
            desk.lea().send(text("Elle part ce soir."), null)
            assertEquals(1, desk.phone.account.outbox().waiting().size)
            assertEquals(emptyList<String>(), desk.received())
            safe.before = {}
            desk.phone.account.networkAvailable()
            desk.world.settle()
            assertEquals(listOf("Elle part ce soir."), desk.received())
        }
    }

    @Test
    fun `a safe that keeps nothing signs nobody in, and one that blocks holds up nothing else`() = Desk.with { desk ->
        val safe = Safe()
        safe.before = { error("the keystore has gone") }
        fails<RiposteException> { desk.signIn(safe) }
        assertEquals(0, desk.phone.start().accounts().size)
        safe.before = {}
        desk.signIn()
        desk.lea()
        val opened = CountDownLatch(1)
        safe.before = { opened.await(10, TimeUnit.SECONDS) }
        desk.phone.restart()
        desk.lea().send(text("Un instant."), null)
        assertEquals(listOf("Un instant."), desk.phone.account.outbox().waiting().map { it.text })
        assertEquals(emptyList<String>(), desk.received())
        opened.countDown()
        desk.world.settle()
        assertEquals(listOf("Un instant."), desk.received())
    }

    @Test
    fun `calls from thirty-two threads at once`() = Desk.with { desk ->
        desk.signIn()
        val account = desk.phone.account
        val lea = desk.lea().id()
        val together = CyclicBarrier(32)
        val threads = (0 until 32).map { number ->
            thread {
                together.await()
                runBlocking {
                    val conversation = account.conversation(lea)
                    for (turn in 0 until 3) {
                        conversation.send(text("$number.$turn"), null)
                        account.inbox().page(InboxQuery(assignee = AssigneeFilter.All))
                        conversation.screen(Around.Newest, 50u)
                    }
                }
            }
        }
        threads.forEach { it.join() }
        desk.world.settle()
        val sent = desk.received()
        for (number in 0 until 32) {
            assertEquals((0 until 3).map { "$number.$it" }, sent.filter { it.startsWith("$number.") })
        }
        assertEquals(96, sent.size)
    }

    @Test
    fun `after the block nothing of it runs and no file is open`() = Desk.with { desk ->
        val folder = Files.createTempDirectory("riposte-block").toFile()
        val account = withRiposte(Config(folder = folder.path, secrets = MemorySecrets(), clock = desk.world.clock)) { core ->
            core.signIn(desk.phone.url, desk.phone.email, desk.phone.password).also { it.settled(10_000uL) }
        }
        fails<RiposteException> { account.inbox().counts() }
        val open = java.io.File("/proc/self/fd").listFiles().orEmpty().map { runCatching { it.canonicalPath }.getOrDefault("") }
        assertFalse(open.any { it.startsWith(folder.path) })
        folder.deleteRecursively()
    }

    @Test
    fun `the sample signs in, answers and sees the tick`() = Desk.with { desk ->
        val printed = ByteArrayOutputStream()
        val out = System.out
        System.setOut(PrintStream(printed, true, "UTF-8"))
        try {
            answer(desk.phone.url, desk.phone.email, desk.phone.password, "Elle part ce soir.")
        } finally {
            System.setOut(out)
        }
        val told = listOf("Léa Martin: Bonjour, ma commande ?", "Costs €0.05", "> Elle part ce soir.", "✓")
        assertEquals(told, printed.toString("UTF-8").trim().lines())
        assertEquals(listOf("Elle part ce soir."), desk.received())
    }

    private suspend inline fun <reified E : Throwable> fails(call: () -> Unit): E {
        try {
            call()
        } catch (cancelled: CancellationException) {
            throw cancelled
        } catch (error: Throwable) {
            assertTrue(error is E, "$error")
            return error as E
        }
        throw AssertionError("nothing failed")
    }
}

/** A safe that does what a test tells it to before it answers. */
private class Safe : MemorySecrets() {
    @Volatile
    var before: () -> Unit = {}

    override fun get(name: String): String {
        before()
        return super.get(name)
    }

    override fun put(name: String, secret: String) {
        before()
        super.put(name, secret)
    }
}

/** What the process holds: the heap after a collection, and what the C library has handed out. */
private fun held(): Long {
    repeat(3) {
        System.gc()
        Thread.sleep(50) // the cleaner runs after the collection
    }
    val heap = Runtime.getRuntime().run { totalMemory() - freeMemory() }
    return heap + libc.mallinfo2().run { uordblks + hblkhd }
}

private val libc by lazy { Native.load("c", LibC::class.java) }

private interface LibC : Library {
    fun mallinfo2(): Mallinfo
}

/** glibc's `struct mallinfo2`, by value. */
@Structure.FieldOrder("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")
open class Mallinfo : Structure(), Structure.ByValue {
    @JvmField var arena = 0L
    @JvmField var ordblks = 0L
    @JvmField var smblks = 0L
    @JvmField var hblks = 0L
    @JvmField var hblkhd = 0L
    @JvmField var usmblks = 0L
    @JvmField var fsmblks = 0L
    @JvmField var uordblks = 0L
    @JvmField var fordblks = 0L
    @JvmField var keepcost = 0L
}
