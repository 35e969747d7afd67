package org.riposte

import kotlinx.coroutines.flow.Flow
import kotlinx.coroutines.flow.flow
import org.riposte.core.Account
import org.riposte.core.Changed

/**
 * What has to be read again, batch by batch, for as long as the flow is collected.
 *
 * The first batch says to read everything ([Changed.Overflow]), so that nothing falls between the
 * first read and the first change. Each collector has a stream of its own; it stops with its
 * collector, and ends when the account is gone. A slow collector gets [Changed.Overflow], never an
 * endless queue.
 *
 * ```kotlin
 * account.changes.collect { refresh() } // ends with its scope
 * ```
 */
val Account.changes: Flow<List<Changed>>
    get() = flow {
        changes().use { stream ->
            try {
                emit(listOf(Changed.Overflow))
                while (true) emit(stream.next() ?: break)
            } finally {
                stream.stop()
            }
        }
    }
