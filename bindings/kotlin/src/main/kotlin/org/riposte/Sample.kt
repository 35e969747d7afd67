package org.riposte

import org.riposte.core.Account

/**
 * An account with a lively inbox, in French or English, for previews, screenshots and trying things
 * out. It lives in memory: no network, no disk, no secret, and it is gone with its last reference.
 * Its clock stands still; `Account.sample(locale, clock)` takes one that is moved by hand.
 *
 * ```kotlin
 * @Preview @Composable fun InboxPreview() = Inbox(Account.sample("fr"))
 * ```
 */
fun Account.Companion.sample(locale: String = "en"): Account = sample(locale, null)
