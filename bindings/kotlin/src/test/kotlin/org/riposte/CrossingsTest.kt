package org.riposte

import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import org.riposte.core.*

/** A screen is two calls at most, and small enough to be read at each change. */
class CrossingsTest {
    @Test
    fun `a screen is two calls and some kilobytes`() = Desk.with { desk ->
        desk.signIn()
        desk.world.customer("lea", "Et mon colis ? ".repeat(4), times = 49)
        desk.world.settle()
        val lea = desk.lea()
        val inbox = Crossings()
        inbox.call(FfiConverterTypeInboxPage) { desk.phone.account.inbox().page(InboxQuery(assignee = AssigneeFilter.All)) }
        inbox.call(FfiConverterTypeInboxCounts) { desk.phone.account.inbox().counts() }
        val conversation = Crossings()
        conversation.call(null) { lea.enter() }
        val screen = conversation.call(FfiConverterTypeConversationScreen) { lea.screen(Around.Newest, 50u) }
        assertEquals(50, screen.rows.size)
        println("inbox: $inbox; 50 messages: $conversation")
        assertTrue(inbox.calls <= 2 && conversation.calls <= 2)
        assertTrue(conversation.bytes <= 50 * 512)
    }
}

/** Counts what crosses for a screen: the calls, and the bytes of the buffers they come back with. */
private class Crossings {
    var calls = 0
    var bytes = 0L

    suspend fun <T> call(weighed: FfiConverterRustBuffer<T>?, call: suspend () -> T): T {
        val answer = call()
        calls++
        if (weighed != null) {
            // Written again as the core wrote it: the same bytes.
            val buffer = weighed.lower(answer)
            bytes += buffer.len
            RustBuffer.free(buffer)
        }
        return answer
    }

    override fun toString() = "$calls calls, $bytes bytes"
}
