package org.riposte

import java.io.File
import java.net.URI
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.nio.file.Files
import java.time.Duration
import java.time.Instant
import java.time.LocalDate
import java.time.ZoneOffset
import kotlinx.coroutines.runBlocking
import org.riposte.core.Account
import org.riposte.core.AssigneeFilter
import org.riposte.core.Config
import org.riposte.core.ConversationHandle
import org.riposte.core.Draft
import org.riposte.core.InboxQuery
import org.riposte.core.ManualClock
import org.riposte.core.Riposte
import org.riposte.core.SecretStore
import org.riposte.story.Fields
import org.riposte.story.fields
import org.riposte.story.list
import org.riposte.story.part
import org.riposte.story.readFields
import org.riposte.story.readJson
import org.riposte.story.text
import org.riposte.story.writeJson

/** How long, in real time, everything may take until it is idle. Far more than it ever needs. */
private val PATIENCE: Duration = Duration.ofSeconds(30)

/** `riposte-server story`, and its `/sim`. */
class Server(at: String, vararg options: String) {
    private val process = ProcessBuilder(System.getenv("RIPOSTE_SERVER"), "story", "--at", at, *options)
        .redirectError(ProcessBuilder.Redirect.INHERIT).start()
    private val url = process.inputStream.bufferedReader().lineSequence()
        .first { it.startsWith("Listening on ") }.removePrefix("Listening on ").trim()

    fun call(path: String, body: Fields = emptyMap()): Fields =
        answer(request(path).POST(HttpRequest.BodyPublishers.ofString(writeJson(body))).header("Content-Type", "application/json"))

    fun read(path: String): Fields = answer(request(path).GET())

    private fun request(path: String) = HttpRequest.newBuilder(URI("$url/sim/$path")).timeout(PATIENCE)

    private fun answer(request: HttpRequest.Builder): Fields {
        // A client each: the server closes a connection that was idle, and its clock jumps.
        val client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()
        val answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString())
        check(answer.statusCode() == 200) { "${answer.uri()}: ${answer.statusCode()} ${answer.body()}" }
        return readJson(answer.body()).fields
    }

    fun stop() {
        process.destroy()
        process.waitFor()
    }
}

/** The server with the cast of the stories, and the clock that it shares with the phone. */
class World {
    private val cast = readFields(
        generateSequence(File("").absoluteFile) { it.parentFile }.map { File(it, "tests/scenarios/cast.json") }.first { it.isFile },
    )
    val utcOffsetMinutes = (cast.part("account")["utc_offset_minutes"] as Long).toInt()
    private val midnight: Instant = LocalDate.parse(cast.part("account").text("first_day")!!)
        .atStartOfDay().toInstant(ZoneOffset.ofTotalSeconds(utcOffsetMinutes * 60))
    val clock = ManualClock(midnight)
    val server = Server(
        midnight.toString(),
        "--name", cast.part("account").text("name")!!, "--utc-offset-minutes", utcOffsetMinutes.toString(),
    )
    val agents = runCatching { server.call("cast", cast).part("agents") }.onFailure { server.stop() }.getOrThrow()
    val phone = DeskPhone(this)

    fun advance(span: Duration) {
        server.call("clock", mapOf("advance_ms" to span.toMillis()))
        clock.advance(span)
    }

    fun customer(who: String, text: String, times: Int = 1) {
        val content = mapOf("type" to "text", "body" to text)
        repeat(times) { server.call("customers/$who/says", mapOf("on" to "whatsapp", "content" to content)) }
    }

    /** What WhatsApp took, oldest first. */
    fun received(): List<String> = server.read("ledger")["sends"].list.map { it.fields }
        .filter { it.part("judged")["is"] == "accepted" && it["account"] == "whatsapp" }
        .map { it.text("text")!! }

    /** Waits until nothing is on its way: no webhook, no change that the phone does not have, no outbox that can move. */
    suspend fun settle() {
        val until = System.nanoTime() + PATIENCE.toNanos()
        while (true) {
            val before = server.call("idle")["head"]
            if (phone.isSignedIn) {
                val left = ((until - System.nanoTime()) / 1_000_000).coerceAtLeast(0)
                check(phone.account.settled(left.toULong())) { "after $PATIENCE the phone was not idle" }
            }
            if (server.call("idle")["head"] == before) return
            check(System.nanoTime() < until) { "after $PATIENCE the server was not idle" }
        }
    }

    suspend fun stop() {
        phone.core?.pause()
        phone.close()
        phone.folder.deleteRecursively()
        server.stop()
    }
}

/** Marc's phone: the real core on files of its own. */
class DeskPhone(private val world: World) {
    val url = world.server.read("links/marc").text("url")!!
    val email = world.agents.part("marc").text("email")!!
    val password = world.agents.part("marc").text("password")!!
    val folder: File = Files.createTempDirectory("riposte-story-").toFile()
    var secrets: SecretStore = MemorySecrets()
    var core: Riposte? = null
    private var signedIn: Account? = null

    val account: Account get() = checkNotNull(signedIn) { "no agent is signed in on this phone" }
    val isSignedIn: Boolean get() = signedIn != null

    suspend fun start(): Riposte = core ?: Riposte.start(
        Config(
            folder = folder.path,
            secrets = secrets,
            clock = world.clock,
            utcOffsetMinutes = world.utcOffsetMinutes,
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
    }

    /** Closes the app and starts it again on the same files. */
    suspend fun restart() {
        // A process that ends takes everything with it. Here handles live until they are collected, and with
        // them the core that they belong to: it must not go on beside the next one.
        core?.pause()
        close()
        val core = start()
        signedIn = core.account(core.accounts().first().id)
    }
}

/** An agent at a desk: a server with a customer who has written, and a phone. */
class Desk private constructor() {
    val world = World()
    val phone: DeskPhone get() = world.phone

    suspend fun signIn(secrets: SecretStore? = null) {
        secrets?.let { phone.secrets = it }
        phone.signIn()
        world.settle()
    }

    suspend fun lea(): ConversationHandle {
        val rows = phone.account.inbox().page(InboxQuery(assignee = AssigneeFilter.All, open = null)).rows
        return phone.account.conversation(rows.first { it.title == "Léa Martin" }.id)
    }

    fun received(): List<String> = world.received()

    companion object {
        fun with(test: suspend (Desk) -> Unit) = runBlocking {
            val desk = Desk()
            try {
                desk.world.advance(Duration.ofHours(9))
                desk.world.customer("lea", "Bonjour, ma commande ?")
                test(desk)
            } finally {
                desk.world.stop()
            }
        }
    }
}

fun text(body: String): Draft = Draft.Text(body, null)
