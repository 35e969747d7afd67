package org.riposte

// What the core's ids are in Kotlin: values of their own, so that one is never taken for another.

/** A conversation: one per channel account and contact. */
@JvmInline
value class ConversationId(val value: Long) {
    override fun toString(): String = value.toString()
}

/** A message or a comment. Rises in the order in which the server learnt of them. */
@JvmInline
value class MessageId(val value: Long) {
    override fun toString(): String = value.toString()
}

/** A customer. */
@JvmInline
value class ContactId(val value: Long) {
    override fun toString(): String = value.toString()
}

/** A connected number or page. */
@JvmInline
value class ChannelId(val value: Long) {
    override fun toString(): String = value.toString()
}

/** A person who answers customers. */
@JvmInline
value class AgentId(val value: Long) {
    override fun toString(): String = value.toString()
}

/** A group of agents. */
@JvmInline
value class AgentGroupId(val value: Long) {
    override fun toString(): String = value.toString()
}

/** A saved reply. */
@JvmInline
value class SavedReplyId(val value: Long) {
    override fun toString(): String = value.toString()
}

/** A WhatsApp template. */
@JvmInline
value class TemplateId(val value: Long) {
    override fun toString(): String = value.toString()
}

/** A tariff. */
@JvmInline
value class TariffId(val value: Long) {
    override fun toString(): String = value.toString()
}

/** Messages already paid for: the grant, the plan, a monthly free tier. */
@JvmInline
value class AllowanceId(val value: Long) {
    override fun toString(): String = value.toString()
}

/** One charge in the server's ledger. */
@JvmInline
value class LedgerId(val value: Long) {
    override fun toString(): String = value.toString()
}

/** A stored file. */
@JvmInline
value class MediaId(val value: Long) {
    override fun toString(): String = value.toString()
}

/** The key of a command, made on this phone. The server executes a key once. */
@JvmInline
value class ClientKey(val value: String) {
    override fun toString(): String = value
}
