package org.nero4j.train.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Locale;

/// A JSON object that knows where it was read, so that what is wrong with a field can be said with
/// file and line. Absent and null fields are null.
final class JsonObject {
  private final Path file;
  private final String text;
  private final int from;
  private final int line;
  private final JsonNode node;

  /// The object that is a whole file.
  JsonObject(Path file, String text, JsonNode node) {
    this(file, text, 0, 0, node);
  }

  /// The object that is one line of a file.
  JsonObject(Path file, int line, JsonNode node) {
    this(file, null, 0, line, node);
  }

  private JsonObject(Path file, String text, int from, int line, JsonNode node) {
    this.file = file;
    this.text = text;
    this.from = from;
    this.line = line;
    this.node = node;
  }

  JsonNode node() {
    return node;
  }

  String text(String field) {
    JsonNode value = value(field);
    if (value != null && !value.isTextual()) {
      throw wrong(field, "a string");
    }
    return value == null ? null : value.asText();
  }

  Double number(String field) {
    JsonNode value = value(field);
    if (value != null && !(value.isNumber() && Double.isFinite(value.asDouble()))) {
      throw wrong(field, "a finite number or null");
    }
    return value == null ? null : value.asDouble();
  }

  Long integer(String field) {
    JsonNode value = value(field);
    if (value != null && !(value.isNumber() && value.canConvertToExactIntegral())) {
      throw wrong(field, "a whole number");
    }
    return value == null ? null : value.asLong();
  }

  /// False if absent.
  boolean flag(String field) {
    JsonNode value = value(field);
    if (value != null && !value.isBoolean()) {
      throw wrong(field, "true or false");
    }
    return value != null && value.asBoolean();
  }

  JsonObject object(String field) {
    JsonNode value = value(field);
    if (value != null && !value.isObject()) {
      throw wrong(field, "an object");
    }
    return value == null ? null : new JsonObject(file, text, position(field), line, value);
  }

  /// The error that says that a field is not what it should be.
  ReportException wrong(String field, String expected) {
    JsonNode found = value(field);
    return new ReportException(
        "%s, line %d: '%s' should be %s, found %s"
            .formatted(file, lineOf(field), field, expected, found == null ? "none" : kind(found)));
  }

  /// What a node is, short enough for one line.
  static String kind(JsonNode node) {
    String text = node.toString();
    return node.isContainerNode()
        ? "an " + node.getNodeType().name().toLowerCase(Locale.ROOT)
        : text.length() > 60 ? text.substring(0, 60) + "..." : text;
  }

  private JsonNode value(String field) {
    JsonNode value = node.get(field);
    return value == null || value.isNull() ? null : value;
  }

  private int lineOf(String field) {
    return text == null
        ? line
        : 1 + (int) text.substring(0, position(field)).chars().filter(c -> c == '\n').count();
  }

  /// Where the field's name stands, for which the first mention after the object's start serves;
  /// the object's start if the field is absent.
  private int position(String field) {
    return text == null ? 0 : Math.max(from, text.indexOf('"' + field + '"', from));
  }
}
