package org.riposte

import java.util.concurrent.ConcurrentHashMap
import org.riposte.core.SecretException
import org.riposte.core.SecretStore

/**
 * Secrets that are gone with the process, for previews, tests and scripts. An app keeps its own in
 * the Keystore; it throws [SecretException.Locked] while the device has not been unlocked, which
 * means *later* and loses nothing.
 */
open class MemorySecrets : SecretStore {
    private val secrets = ConcurrentHashMap<String, String>()

    override fun get(name: String): String = secrets[name] ?: throw SecretException.NotFound()

    override fun put(name: String, secret: String) {
        secrets[name] = secret
    }

    override fun delete(name: String) {
        secrets.remove(name)
    }
}
