package org.riposte.story

import java.io.PrintStream
import kotlinx.coroutines.runBlocking
import org.riposte.core.RiposteException

/** A phone for the stories of tests/scenarios: reads one ask a line, writes one answer a line. */
fun main() {
    val answers = PrintStream(System.out, true, "UTF-8")
    val phones = mutableMapOf<String, Phone>()
    generateSequence { readlnOrNull() }.forEach { line ->
        answers.println(writeJson(runBlocking { answer(readJson(line).fields, phones) }))
    }
}

private suspend fun answer(ask: Fields, phones: MutableMap<String, Phone>): Fields {
    val key = ask.text("phone")!!
    // Another folder is another phone: its secrets do not go with it.
    if (ask["do"] == "open" && phones[key]?.folder != ask["folder"]) {
        phones[key] = Phone(ask.text("folder")!!, ask["now_ms"] as Long)
    }
    val phone = phones.getValue(key)
    return try {
        mapOf("done" to phone.answer(ask))
    } catch (error: RiposteException.Refused) {
        mapOf("refused" to mapOf("code" to error.errorCode(), "phrase" to phone.pen().phrase(error.phrase)))
    } catch (error: Exception) {
        mapOf("failed" to error.toString())
    }
}
