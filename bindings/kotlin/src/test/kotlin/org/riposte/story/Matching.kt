package org.riposte.story

// Does a screen say what the story expects? (tests/scenarios/README.md, "How things are compared")

/** Where they differ first; null where everything that is named fits. */
fun difference(expected: Any?, actual: Any?, place: String = ""): String? = when {
    expected == null && isNothing(actual) -> null
    expected is Map<*, *> && actual is Map<*, *> ->
        if ("say" in expected) {
            if (expected == actual) null else "$place: expected $expected, there is $actual"
        } else {
            expected.entries.firstNotNullOfOrNull { (name, wanted) ->
                if (name !in actual) "$place: no field is called $name here" else difference(wanted, actual[name], "$place.$name")
            }
        }
    expected is List<*> && actual is List<*> ->
        if (expected.size != actual.size) {
            "$place: ${expected.size} expected, ${actual.size} there: $actual"
        } else {
            expected.indices.firstNotNullOfOrNull { difference(expected[it], actual[it], "$place[$it]") }
        }
    expected is String && actual is Map<*, *> && expected == (actual["say"] ?: actual["is"]) -> null
    expected == actual -> null
    else -> "$place: expected $expected, there is $actual"
}

private fun isNothing(value: Any?): Boolean = when (value) {
    null, false -> true
    is String -> value.isEmpty()
    is List<*> -> value.isEmpty()
    is Map<*, *> -> value.isEmpty()
    else -> false
}

/** As many rows of one end as are wanted: `first_rows`, `last_rows`. */
fun edge(field: String, rows: List<Any?>, wanted: List<Any?>): List<Any?> =
    if (field == "first_rows") rows.take(wanted.size) else rows.takeLast(wanted.size)

/** The phrases that an expectation names and the screen shows. */
fun phrasesMet(expected: Any?, actual: Any?): List<Fields> = when {
    actual is Map<*, *> && "say" in actual ->
        if (expected is String || expected is Map<*, *> && "say" in expected) listOf(actual.fields) else emptyList()
    expected is Map<*, *> && actual is Map<*, *> -> expected.flatMap { (name, wanted) -> phrasesMet(wanted, actual[name]) }
    expected is List<*> && actual is List<*> -> expected.zip(actual).flatMap { (wanted, found) -> phrasesMet(wanted, found) }
    else -> emptyList()
}
