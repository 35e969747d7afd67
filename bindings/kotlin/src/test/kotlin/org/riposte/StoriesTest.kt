package org.riposte

import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import org.riposte.story.Teller

/** Every file of tests/scenarios, told with real phones against a real server. */
class StoriesTest {
    @TestFactory
    fun stories(): List<DynamicTest> = Teller.names().map { name ->
        DynamicTest.dynamicTest(name) { runBlocking { Teller.tell(name) } }
    }

    @Test
    fun `an untrue story says at which step and on whose screen`() {
        val steps = listOf(
            mapOf("at" to "09:00", "customer" to "lea", "says" to "Bonjour"),
            mapOf("expect" to mapOf("phone" to "marc", "inbox" to listOf(mapOf("customer" to "paul")))),
        )
        val untrue = assertThrows(AssertionError::class.java) { runBlocking { Teller.tell(Teller.cast(), steps) } }
        assertEquals("step 2 (09:00): marc's inbox[0].customer: expected paul, there is lea", untrue.message)
    }
}
