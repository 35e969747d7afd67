package org.riposte.story

import java.io.File
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import kotlinx.serialization.json.longOrNull

// JSON as plain maps, lists, texts, longs and booleans.

typealias Fields = Map<String, Any?>

fun readJson(text: String): Any? = plain(Json.parseToJsonElement(text))

fun readFields(file: File): Fields = readJson(file.readText()).fields

private fun plain(element: JsonElement): Any? = when (element) {
    is JsonNull -> null
    is JsonObject -> element.mapValues { plain(it.value) }
    is JsonArray -> element.map(::plain)
    is JsonPrimitive -> when {
        element.isString -> element.content
        element.content == "true" || element.content == "false" -> element.content == "true"
        else -> element.longOrNull ?: element.content.toDouble()
    }
}

fun writeJson(value: Any?): String = element(value).toString()

private fun element(value: Any?): JsonElement = when (value) {
    null -> JsonNull
    is Map<*, *> -> JsonObject(value.entries.associate { (name, inner) -> name.toString() to element(inner) })
    is List<*> -> JsonArray(value.map(::element))
    is Boolean -> JsonPrimitive(value)
    is Number -> JsonPrimitive(value)
    else -> JsonPrimitive(value.toString())
}

@Suppress("UNCHECKED_CAST")
val Any?.fields: Fields get() = this as Fields

val Any?.list: List<Any?> get() = this as List<Any?>

fun Fields.text(name: String): String? = this[name] as String?

fun Fields.part(name: String): Fields = (this[name] ?: emptyMap<String, Any?>()).fields
