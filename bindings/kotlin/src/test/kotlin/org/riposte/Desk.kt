package org.riposte

import kotlinx.coroutines.runBlocking
import org.riposte.core.ConversationHandle
import org.riposte.core.Draft
import org.riposte.core.SecretStore
import org.riposte.story.Phone
import org.riposte.story.Teller
import org.riposte.story.World

/** An agent at a desk: a server with a customer who has written, and a phone. */
class Desk private constructor() {
    val world = World(Teller.cast())
    val phone: Phone = world.phone("marc")

    suspend fun signIn(secrets: SecretStore? = null) {
        secrets?.let { phone.secrets = it }
        phone.signIn()
        world.settle()
    }

    suspend fun lea(): ConversationHandle = phone.conversation(mapOf("to" to "lea"))

    fun received(): List<String> = world.takenByProvider("whatsapp")

    companion object {
        fun with(test: suspend (Desk) -> Unit) = runBlocking {
            val desk = Desk()
            try {
                desk.world.goTo("09:00")
                desk.world.customer("lea", "says", "Bonjour, ma commande ?")
                test(desk)
            } finally {
                desk.world.stop()
            }
        }
    }
}

fun text(body: String): Draft = Draft.Text(body, null)
