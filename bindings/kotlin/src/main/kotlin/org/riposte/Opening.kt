package org.riposte

import kotlinx.coroutines.NonCancellable
import kotlinx.coroutines.withContext
import org.riposte.core.Config
import org.riposte.core.Riposte

/**
 * A core on the files of [config] for as long as [block] runs; afterwards nothing of it runs and no
 * file is open. An app that lives longer than a block calls [Riposte.start] once, keeps the object,
 * and pauses it whenever it goes to the back.
 *
 * @throws org.riposte.core.RiposteException.Storage when the folder cannot be made.
 */
suspend fun <T> withRiposte(config: Config, block: suspend (Riposte) -> T): T =
    Riposte.start(config).use { core ->
        try {
            block(core)
        } finally {
            withContext(NonCancellable) { core.pause() }
        }
    }
