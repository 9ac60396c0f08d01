#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "spate/sources/files/JsonOptions.h"

namespace spate {

/// A JSON value as it stands in the text.
struct JsonValue {
  enum class Kind : uint8_t {
    kMissing,
    kNull,
    kTrue,
    kFalse,
    kInteger,
    /// With a point or an exponent; also NaN and Infinity.
    kFloat,
    kString,
    kObject,
    kArray,
  };
  Kind kind = Kind::kMissing;
  /// Of a string: it has escapes.
  bool hasEscapes = false;
  /// All of it; a string without its quotes.
  std::string_view text;
};

/// Walks over JSON text without building anything. What it takes beside strict JSON, the options
/// say, as Jackson does.
///
/// In      text that may come from outside, valid UTF-8
/// Errors  every function returns false for text that is not JSON, or nests deeper than kMaxDepth
/// Threads immutable
class JsonScanner {
 public:
  static constexpr int kMaxDepth = 1000;

  explicit JsonScanner(const JsonOptions& options) : options_(options) {}

  /// Skips blanks (and comments); false when the rest is a comment without an end.
  bool skipBlanks(std::string_view& text) const {
    // Mostly there are none.
    if (!text.empty() && text.front() > ' ' && text.front() != '/') return true;
    return skipSomeBlanks(text);
  }

  /// Takes the value at the front of the text, which must not be blank.
  bool takeValue(std::string_view& text, JsonValue& value, int depth = 0) const;

  /// Calls f(name, value) for each field of an object that takeValue() found; f returns whether to
  /// go on. `name` is good until the next call.
  template <class F>
  bool eachField(std::string_view object, F f) const {
    std::string scratch;
    std::string_view rest = object.substr(1);
    bool isFirst = true;
    bool atEnd = false;
    while (nextItem(rest, '}', isFirst, atEnd) && !atEnd) {
      JsonValue name;
      JsonValue value;
      if (!takeName(rest, name) || !takeField(rest, value, 0)) return false;
      std::string_view text = name.text;
      if (name.hasEscapes) {
        scratch.clear();
        if (!unescape(name.text, scratch)) return false;
        text = scratch;
      }
      if (!f(text, value)) return false;
    }
    return atEnd;
  }

  /// Calls f(value) for each element of an array that takeValue() found.
  template <class F>
  bool eachElement(std::string_view array, F f) const {
    std::string_view rest = array.substr(1);
    bool isFirst = true;
    bool atEnd = false;
    while (nextItem(rest, ']', isFirst, atEnd) && !atEnd) {
      JsonValue value;
      if (!takeValue(rest, value) || !f(value)) return false;
    }
    return atEnd;
  }

  /// Takes the object at the front of the text and calls f(name, value) for its fields in one go:
  /// what eachField(takeValue()) does, with one look at each byte.
  template <class F>
  bool takeObject(std::string_view& text, F f) const {
    std::string scratch;
    text.remove_prefix(1);
    bool isFirst = true;
    bool atEnd = false;
    while (nextItem(text, '}', isFirst, atEnd) && !atEnd) {
      JsonValue name;
      JsonValue value;
      if (!takeName(text, name) || !takeField(text, value, 1)) return false;
      if (!name.hasEscapes) {
        f(name.text, value);
        continue;
      }
      scratch.clear();
      if (!unescape(name.text, scratch)) return false;
      f(std::string_view(scratch), value);
    }
    return atEnd;
  }

  /// Appends the text that a string with escapes stands for.
  bool unescape(std::string_view text, std::string& out) const;

 private:
  /// Goes over a comma, if there is to be one, to the next item or over the closing bracket.
  bool nextItem(std::string_view& text, char close, bool& isFirst, bool& atEnd) const {
    if (!skipBlanks(text) || text.empty()) return false;
    if (text.front() == close) {
      text.remove_prefix(1);
      atEnd = true;
      return true;
    }
    if (!isFirst) {
      if (text.front() != ',') return false;
      text.remove_prefix(1);
      if (!skipBlanks(text) || text.empty() || text.front() == close) return false;
    }
    isFirst = false;
    return true;
  }
  bool takeName(std::string_view& text, JsonValue& name) const {
    return text.front() == '"' ? takeString(text, name) : takeLooseName(text, name);
  }
  bool takeField(std::string_view& text, JsonValue& value, int depth) const {
    if (!skipBlanks(text) || text.empty() || text.front() != ':') return false;
    text.remove_prefix(1);
    if (!skipBlanks(text) || text.empty()) return false;
    return text.front() == '"' ? takeString(text, value) : takeValue(text, value, depth);
  }
  bool skipSomeBlanks(std::string_view& text) const;
  bool takeLooseName(std::string_view& text, JsonValue& name) const;
  bool takeString(std::string_view& text, JsonValue& value) const;
  bool takeNumber(std::string_view& text, JsonValue& value) const;
  bool takeWord(std::string_view& text, JsonValue& value) const;

  const JsonOptions& options_;
};

}  // namespace spate
