package org.riposte.story

import java.time.Duration
import java.time.Instant
import java.time.LocalDate
import java.time.LocalTime
import java.time.ZoneOffset
import java.time.format.DateTimeFormatter
import java.time.temporal.ChronoUnit

// How a story writes instants, spans and amounts.

private val UNITS = linkedMapOf("d" to 86_400_000L, "h" to 3_600_000L, "m" to 60_000L, "s" to 1_000L, "ms" to 1L)

/** The account's days, from the story's first one on. */
class Calendar(firstDay: String, val utcOffsetMinutes: Int) {
    private val firstDay = LocalDate.parse(firstDay)
    private val zone = ZoneOffset.ofTotalSeconds(utcOffsetMinutes * 60)

    val start: Instant = this.firstDay.atStartOfDay().toInstant(zone)
    val written: String = this.firstDay.atStartOfDay().atOffset(zone).format(DateTimeFormatter.ISO_OFFSET_DATE_TIME)

    /** Where [at] puts a clock that shows [now]. */
    fun read(at: String, now: Instant): Instant {
        if (at.startsWith("+")) return now.plusMillis(readSpan(at.drop(1)))
        val day = if (at.startsWith("day ")) firstDay.plusDays(at.split(" ")[1].toLong() - 1) else now.atOffset(zone).toLocalDate()
        val moved = day.atTime(LocalTime.parse(at.substringAfterLast(" "))).toInstant(zone)
        check(moved >= now) { "the clock never goes back, $at would" }
        return moved
    }

    fun day(at: Instant): Long = ChronoUnit.DAYS.between(firstDay, at.atOffset(zone).toLocalDate()) + 1

    fun month(at: Instant): Pair<Int, UInt> = at.atOffset(zone).let { it.year to it.monthValue.toUInt() }

    fun write(at: Instant): String {
        val local = at.atOffset(zone)
        val pattern = when {
            local.nano / 1_000_000 != 0 -> "HH:mm:ss.SSS"
            local.second != 0 -> "HH:mm:ss"
            else -> "HH:mm"
        }
        val time = local.format(DateTimeFormatter.ofPattern(pattern))
        return if (day(at) == 1L) time else "day ${day(at)} $time"
    }
}

/** `1d2h3m4s5ms` in milliseconds. */
fun readSpan(text: String): Long {
    val parts = Regex("(\\d+)(ms|[dhms])").findAll(text).toList()
    check(parts.isNotEmpty() && parts.joinToString("") { it.value } == text) { "$text is no span of time" }
    return parts.sumOf { it.groupValues[1].toLong() * UNITS.getValue(it.groupValues[2]) }
}

fun writeSpan(ms: Long): String {
    var left = ms
    val text = StringBuilder()
    for ((unit, length) in UNITS) {
        if (unit != "d" && left >= length) {
            text.append(left / length).append(unit)
            left %= length
        }
    }
    return text.ifEmpty { "0s" }.toString()
}

fun writeMoney(micros: Long, currency: String): String {
    val size = Math.abs(micros)
    val decimals = "%06d".format(size % 1_000_000).trimEnd('0').padEnd(2, '0')
    return "${if (micros < 0) "-" else ""}${size / 1_000_000}.$decimals $currency"
}

fun between(from: Instant, to: Instant): Duration = Duration.between(from, to)
