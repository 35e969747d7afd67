package org.riposte.story

import java.io.File
import kotlinx.coroutines.delay
import org.riposte.core.Phrase
import org.riposte.core.PhraseValue
import org.riposte.core.phraseWords

/** Tells a story: step after step, and says precisely where it stopped being true. */
class Teller private constructor(private val world: World) {
    companion object {
        private val folder = generateSequence(File("").absoluteFile) { it.parentFile }
            .map { File(it, "tests/scenarios") }.first { it.isDirectory }

        private val NOT_STORIES = setOf("cast")

        /** What a step says besides its deed. */
        private val DETAILS =
            setOf("at", "note", "to", "of", "on", "times", "quotes", "mentions", "values", "how", "refused", "told", "reason")

        /** The words of an expectation that only say which part of a screen is meant. */
        private val QUESTIONS = mapOf(
            "inbox" to setOf("whose", "channel", "open", "unread", "unanswered", "closing_soon"),
            "conversation" to setOf("with", "on"),
            "templates" to setOf("for", "on"),
            "search" to setOf("for"),
            "provider" to setOf("on"),
        )

        private val lines = listOf("en", "fr").associateWith { language ->
            File(folder, "phrases.$language.txt").readLines().filter { " | " in it }
                .associate { it.substringBefore(" | ") to it.substringAfter(" | ") }
        }

        fun names(): List<String> =
            folder.listFiles { file -> file.extension == "json" }!!.map { it.nameWithoutExtension }.filter { it !in NOT_STORIES }.sorted()

        fun cast(): Fields = readFields(File(folder, "cast.json"))

        suspend fun tell(name: String) {
            val story = readFields(File(folder, "$name.json"))
            tell(merged(cast(), story["cast"] ?: emptyMap<String, Any?>()).fields, story["steps"].list.map { it.fields })
        }

        suspend fun tell(cast: Fields, steps: List<Fields>) {
            val teller = Teller(World(cast))
            try {
                teller.signIn(steps)
                steps.forEachIndexed { index, step ->
                    try {
                        teller.step(step)
                    } catch (error: Exception) {
                        val at = teller.world.calendar.write(teller.world.clock.now())
                        val said = if (error is IllegalStateException) error.message else error.toString()
                        throw AssertionError("step ${index + 1} ($at): $said", error)
                    }
                }
            } finally {
                teller.world.stop()
            }
        }
    }

    /** Every phone that has a part in the story, unless a step of its own signs it in. */
    private suspend fun signIn(steps: List<Fields>) {
        val ownStep = steps.filter { "signs_in" in it }.map { it["phone"] }.toSet()
        val parts = steps.map { it["phone"] ?: it.part("expect")["phone"] }.toSet()
        (parts - ownStep - setOf(null)).map { it as String }.sorted().forEach { world.phone(it).signIn() }
        world.settle()
    }

    private suspend fun step(step: Fields) {
        step.text("at")?.let {
            world.goTo(it)
            world.settle()
        }
        if ("expect" in step) {
            expect(step.part("expect"))
        } else if (listOf("customer", "phone", "provider", "server").any { it in step }) {
            perform(step)
            world.settle()
        }
    }

    private suspend fun perform(step: Fields) {
        val subject = listOf("customer", "phone", "provider", "server").first { it in step }
        val who = step.text(subject)!!
        val deed = (step.keys - DETAILS - subject).single()
        val value = step[deed]
        when {
            subject == "customer" -> world.customer(who, deed, value, step)
            subject == "provider" -> world.provider(deed, value, step)
            subject == "server" -> world.operator(deed)
            deed == "network" -> world.network(who, value as String)
            else -> {
                val told = world.phone(who).perform(deed, value, step)
                if ("told" in step) {
                    val pen = Pen(world.cast, world.calendar, "")
                    compare("what $who was told", step["told"], pen.phrase(told), pen.phrases)
                }
            }
        }
    }

    /**
     * While a network hangs nobody can say when things have come to rest, and who looks at a
     * conversation is told by the live stream alone: then it is looked at again, for a while.
     */
    private suspend fun expect(expected: Fields) {
        val until = System.nanoTime() + PATIENCE.toNanos()
        val hinted = "colleagues" in ((expected["conversation"] as? Map<*, *>) ?: emptyMap<String, Any?>())
        while (true) {
            try {
                return look(expected)
            } catch (wrong: IllegalStateException) {
                if (!(hinted || world.hangs()) || System.nanoTime() > until) throw wrong
                delay(5)
            }
        }
    }

    private suspend fun look(expected: Fields) {
        for ((screen, asked) in expected - "phone") {
            var wanted = asked
            val shown: Any?
            val phrases: List<Pair<Fields, Phrase>>
            if (screen == "provider") {
                val texts = world.takenByProvider(wanted.fields.text("on"))
                shown = mapOf("received" to texts.size.toLong(), "texts" to texts)
                phrases = emptyList()
            } else {
                val drawn = world.phone(expected.text("phone")!!).screen(screen, wanted)
                shown = drawn.first
                phrases = drawn.second
            }
            val where = if (screen == "provider") screen else "${expected.text("phone")}'s $screen"
            if (wanted is Map<*, *>) {
                val ends = setOf("first_rows", "last_rows")
                for (end in ends.filter { it in wanted.fields }) {
                    val rows = wanted.fields[end].list
                    compare("$where.$end", rows, edge(end, shown.fields["rows"].list, rows), phrases)
                }
                wanted = wanted.fields - ends - QUESTIONS[screen].orEmpty()
            }
            compare(where, wanted, shown, phrases)
        }
    }

    private fun compare(where: String, wanted: Any?, shown: Any?, phrases: List<Pair<Fields, Phrase>>) {
        difference(wanted, shown)?.let { error(where + it) }
        for (met in phrasesMet(wanted, shown)) say(met, phrases.first { it.first == met }.second)
    }

    /** Its words, in both languages, are those of the files. */
    private fun say(written: Fields, phrase: Phrase) {
        val now = world.clock.now()
        var left = written.text("say")!!
        for (name in (written.keys - "say").sorted()) left += " $name=${writeJson(written[name])}"
        if (phrase.args.any { it.value is PhraseValue.At }) left += " on day ${world.calendar.day(now)}"
        for ((language, known) in lines) {
            val said = phraseWords(phrase, language, world.calendar.utcOffsetMinutes, now)
            check(known[left] == said) { "phrases.$language.txt does not say: $left | $said" }
        }
    }
}
