package org.riposte.story

import java.net.URI
import java.net.URLEncoder
import java.net.http.HttpClient
import java.net.http.HttpRequest
import java.net.http.HttpResponse
import java.time.Duration
import org.riposte.core.ManualClock

/** How long, in real time, everything may take to come to rest. Far more than it ever needs. */
val PATIENCE: Duration = Duration.ofSeconds(30)

/** `riposte-server story`, and its `/sim`. */
class Server(at: String, vararg options: String) {
    private val process = ProcessBuilder(System.getenv("RIPOSTE_SERVER"), "story", "--at", at, *options)
        .redirectError(ProcessBuilder.Redirect.INHERIT).start()
    val url = process.inputStream.bufferedReader().lineSequence().first { it.startsWith("Listening on ") }.removePrefix("Listening on ").trim()

    fun call(path: String, body: Fields = emptyMap()): Fields =
        answer(request(path).POST(HttpRequest.BodyPublishers.ofString(writeJson(body))).header("Content-Type", "application/json"))

    fun read(path: String): Fields = answer(request(path).GET())

    private fun request(path: String) = HttpRequest.newBuilder(URI("$url/sim/$path")).timeout(PATIENCE)

    private fun answer(request: HttpRequest.Builder): Fields {
        // A client each: the server lets a connection go that has been idle, and its clock jumps.
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

/** The server, started as a process, the phones, and the one time they all have. */
class World(val cast: Fields) {
    private val accountPart = cast.part("account")
    val calendar = Calendar(accountPart.text("first_day")!!, (accountPart["utc_offset_minutes"] as Long).toInt())
    val clock = ManualClock(calendar.start)
    private val server = Server(
        calendar.written,
        "--name", accountPart.text("name")!!,
        "--utc-offset-minutes", calendar.utcOffsetMinutes.toString(),
        *cast.part("feed")["most_items"]?.let { arrayOf("--most-items", it.toString()) }.orEmpty(),
    )
    private val agents = server.call("cast", cast).part("agents")
    private val phones = sortedMapOf<String, Phone>()

    suspend fun stop() {
        for (phone in phones.values) {
            phone.core?.pause()
            phone.close()
            phone.folder.deleteRecursively()
        }
        server.stop()
    }

    fun goTo(at: String) {
        val span = between(clock.now(), calendar.read(at, clock.now()))
        // Everything has come to rest before time moves: nobody speaks while the two clocks differ.
        server.call("clock", mapOf("advance_ms" to span.toMillis()))
        clock.advance(span)
    }

    fun phone(key: String): Phone = phones.getOrPut(key) {
        val signIn = agents.part(cast.part("phones").text(key)!!)
        Phone(key, cast, calendar, server.read("links/$key").text("url")!!, signIn, clock)
    }

    // Whoever is no phone

    fun customer(who: String, deed: String, value: Any?, step: Fields = emptyMap()) {
        val on = step.text("on") ?: cast.part("customers").part(who).text("channel")!!
        when (deed) {
            "reachable" -> server.call("customers/$who/phone", mapOf("reachable" to value))
            "reads" -> server.call("customers/$who/reads", mapOf("on" to on))
            else -> {
                val content = if (deed == "says") mapOf("type" to "text", "body" to value) else value
                repeat(((step["times"] ?: 1L) as Long).toInt()) {
                    server.call("customers/$who/says", mapOf("on" to on, "content" to content))
                }
            }
        }
    }

    fun provider(deed: String, value: Any?, step: Fields) {
        if (deed == "approves" || deed == "rejects") {
            val name = cast.part("templates").part(value as String).text("name") ?: value
            val decision = if (deed == "approves") "approved" else "rejected"
            server.call("templates/${URLEncoder.encode(name, "UTF-8")}", mapOf("decision" to decision, "reason" to (step["reason"] ?: "")))
        } else {
            val names = mapOf("refuses_next" to "refuse_next", "fails_next" to "fail_next", "loses_answer_next" to "lose_next_answer")
            server.call("provider", mapOf((names[deed] ?: deed) to value))
        }
    }

    fun operator(deed: String) {
        server.call(mapOf("backs_up" to "backup", "goes_back" to "restore").getValue(deed))
    }

    suspend fun network(key: String, state: String) {
        val phone = phone(key)
        if (state == "hanging") {
            // A late ring of the doorbell makes a phone ask; cut in the middle of that it would know
            // that it is offline, and send nothing whose answer could be lost.
            server.call("links/$key", mapOf("doorbell" to false))
            settle()
        }
        phone.network = state
        val states = mapOf("on" to "up", "off" to "down", "hanging" to "hanging")
        server.call("links/$key", mapOf("state" to states[state], "doorbell" to true))
        if (state == "on" && !phone.paused) phone.account.networkAvailable()
    }

    fun takenByProvider(on: String?): List<String> {
        if (on != null && cast.part("channels").part(on)["kind"] == "widget") {
            val visitors = cast.part("customers").filterValues { it.fields["channel"] == on }.keys
            return visitors.flatMap { server.read("customers/$it/sees?on=$on")["texts"].list.map { text -> text as String } }
        }
        return server.read("ledger")["sends"].list.map { it.fields }
            .filter { it.part("judged")["is"] == "accepted" && (on == null || on == it["account"]) }
            .map { it.text("text")!! }
    }

    // Coming to rest

    fun hangs(): Boolean = phones.values.any { it.network == "hanging" }

    /** Waits until nothing is on its way: no webhook, nothing that a phone does not have, no outbox that can move. */
    suspend fun settle() {
        val until = System.nanoTime() + PATIENCE.toNanos()
        while (true) {
            val before = server.call("idle")["head"]
            for (phone in phones.values.filter { it.isSignedIn && !it.paused && it.network != "hanging" }) {
                val left = ((until - System.nanoTime()) / 1_000_000).coerceAtLeast(0)
                check(phone.account.settled(left.toULong())) { "after $PATIENCE ${phone.key}'s phone had not come to rest" }
            }
            if (server.call("idle")["head"] == before) return
            check(System.nanoTime() < until) { "after $PATIENCE the server had not come to rest" }
        }
    }
}
