#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spate {

/// A JSON value as it was written: numbers keep their digits, objects the order of their fields and
/// fields of the same name.
struct JsonNode {
  enum Kind : uint8_t { kNull, kFalse, kTrue, kInteger, kFraction, kString, kArray, kObject };
  struct Field;

  Kind kind = kNull;
  /// The text of a string, or the digits of a number.
  std::string text;
  std::vector<JsonNode> elements;
  std::vector<Field> fields;

  /// The last field of this name, or null.
  const JsonNode* field(std::string_view name) const;
  /// As JSON without spaces.
  void append(std::string& out) const;
  /// A string without quotes, anything else as JSON: what a STRING column gets.
  std::string plainText() const;
};

struct JsonNode::Field {
  std::string name;
  JsonNode value;
};

/// What Spark's options let pass that JSON does not.
struct JsonSyntax {
  bool singleQuotes = true;
  bool unquotedNames = false;
  bool comments = false;
  bool leadingZeros = false;
  bool nonNumericNumbers = true;
  bool anyEscape = false;
  bool controlCharacters = false;
};

/// Empty: it is no JSON, or nests deeper than a thousand.
std::optional<JsonNode> parseJson(std::string_view text, const JsonSyntax& syntax = {});

}  // namespace spate
