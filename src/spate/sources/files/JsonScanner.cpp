#include "spate/sources/files/JsonScanner.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <charconv>
#include <optional>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "spate/types/Utf8.h"

namespace spate {
namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isBlank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

/// The first quote, backslash or control character: many bytes at a time, since strings are most of
/// what JSON is.
size_t findSpecial(std::string_view text, char quote) {
  size_t at = 0;
#ifdef __SSE2__
  const __m128i quotes = _mm_set1_epi8(quote);
  const __m128i backslashes = _mm_set1_epi8('\\');
  const __m128i lastControl = _mm_set1_epi8(0x1f);
  for (; at + 16 <= text.size(); at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    const __m128i found = _mm_or_si128(
        _mm_or_si128(_mm_cmpeq_epi8(bytes, quotes), _mm_cmpeq_epi8(bytes, backslashes)),
        _mm_cmpeq_epi8(_mm_min_epu8(bytes, lastControl), bytes));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(found));
    if (mask != 0) return at + static_cast<size_t>(std::countr_zero(mask));
  }
#endif
  for (; at < text.size(); ++at)
    if (text[at] == quote || text[at] == '\\' || static_cast<unsigned char>(text[at]) < 0x20)
      return at;
  return std::string_view::npos;
}

std::optional<uint32_t> hexOf(std::string_view digits) {
  uint32_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (digits.size() != 4 || error != std::errc() || end != digits.data() + 4) return std::nullopt;
  return value;
}

}  // namespace

bool JsonScanner::skipSomeBlanks(std::string_view& text) const {
  while (!text.empty()) {
    if (isBlank(text.front())) {
      text.remove_prefix(1);
    } else if (options_.allowComments && text.starts_with("/*")) {
      const size_t end = text.find("*/", 2);
      if (end == text.npos) return false;
      text.remove_prefix(end + 2);
    } else if (options_.allowComments && text.starts_with("//")) {
      text.remove_prefix(std::min(text.find('\n'), text.size()));
    } else {
      break;
    }
  }
  return true;
}

bool JsonScanner::takeLooseName(std::string_view& text, JsonValue& name) const {
  if (text.front() == '\'' && options_.allowSingleQuotes) return takeString(text, name);
  if (!options_.allowUnquotedFieldNames) return false;
  size_t size = 0;
  while (size < text.size() &&
         (std::isalnum(static_cast<unsigned char>(text[size])) != 0 || text[size] == '_' ||
          text[size] == '$' || text[size] == '-' || static_cast<unsigned char>(text[size]) >= 0x80))
    ++size;
  if (size == 0 || isDigit(text.front())) return false;
  name.kind = JsonValue::Kind::kString;
  name.text = text.substr(0, size);
  text.remove_prefix(size);
  return true;
}

bool JsonScanner::takeString(std::string_view& text, JsonValue& value) const {
  const char quote = text.front();
  size_t at = 1;
  value.kind = JsonValue::Kind::kString;
  value.hasEscapes = false;
  while (true) {
    const size_t found = findSpecial(text.substr(at), quote);
    if (found == std::string_view::npos) return false;
    at += found;
    if (text[at] == quote) break;
    if (text[at] == '\\') {
      value.hasEscapes = true;
      if (at + 1 >= text.size()) return false;
      const char c = text[at + 1];
      constexpr std::string_view kEscapes = "\"\\/bfnrtu";
      if (kEscapes.find(c) == kEscapes.npos && !options_.allowBackslashEscapingAnyCharacter &&
          !(c == '\'' && options_.allowSingleQuotes))
        return false;
      if (c == 'u' && !hexOf(text.substr(at + 2, 4))) return false;
      at += 2;
    } else {
      if (!options_.allowUnquotedControlChars) return false;
      ++at;
    }
  }
  value.text = text.substr(1, at - 1);
  text.remove_prefix(at + 1);
  return true;
}

bool JsonScanner::takeNumber(std::string_view& text, JsonValue& value) const {
  size_t at = 0;
  value.kind = JsonValue::Kind::kInteger;
  if (text[at] == '-') ++at;
  const size_t begin = at;
  while (at < text.size() && isDigit(text[at])) ++at;
  if (at == begin) return takeWord(text, value);
  if (text[begin] == '0' && at - begin > 1 && !options_.allowNumericLeadingZeros) return false;
  if (at < text.size() && text[at] == '.') {
    value.kind = JsonValue::Kind::kFloat;
    const size_t fraction = ++at;
    while (at < text.size() && isDigit(text[at])) ++at;
    if (at == fraction) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    value.kind = JsonValue::Kind::kFloat;
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    const size_t exponent = at;
    while (at < text.size() && isDigit(text[at])) ++at;
    if (at == exponent) return false;
  }
  // "12abc" is no number.
  if (at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) != 0)) return false;
  value.text = text.substr(0, at);
  text.remove_prefix(at);
  return true;
}

bool JsonScanner::takeWord(std::string_view& text, JsonValue& value) const {
  struct Word {
    std::string_view text;
    JsonValue::Kind kind;
  };
  static constexpr std::array<Word, 9> kWords = {{{"true", JsonValue::Kind::kTrue},
                                                  {"false", JsonValue::Kind::kFalse},
                                                  {"null", JsonValue::Kind::kNull},
                                                  {"NaN", JsonValue::Kind::kFloat},
                                                  {"Infinity", JsonValue::Kind::kFloat},
                                                  {"-Infinity", JsonValue::Kind::kFloat},
                                                  {"+Infinity", JsonValue::Kind::kFloat},
                                                  {"-INF", JsonValue::Kind::kFloat},
                                                  {"+INF", JsonValue::Kind::kFloat}}};
  for (const Word& word : kWords) {
    if (!text.starts_with(word.text)) continue;
    if (word.kind == JsonValue::Kind::kFloat && !options_.allowNonNumericNumbers) return false;
    const std::string_view rest = text.substr(word.text.size());
    if (!rest.empty() && (std::isalnum(static_cast<unsigned char>(rest.front())) != 0))
      return false;
    value.kind = word.kind;
    value.text = text.substr(0, word.text.size());
    text = rest;
    return true;
  }
  return false;
}

bool JsonScanner::takeValue(std::string_view& text, JsonValue& value, int depth) const {
  if (text.empty()) return false;
  const char c = text.front();
  if (c == '"') return takeString(text, value);
  if (isDigit(c) || c == '-') return takeNumber(text, value);
  if (c == '\'' && options_.allowSingleQuotes) return takeString(text, value);
  if (c != '{' && c != '[') return takeWord(text, value);
  if (depth >= kMaxDepth) return false;
  const std::string_view whole = text;
  text.remove_prefix(1);
  bool isFirst = true;
  bool atEnd = false;
  while (nextItem(text, c == '{' ? '}' : ']', isFirst, atEnd) && !atEnd) {
    JsonValue item;
    if (c == '{') {
      if (!takeName(text, item) || !takeField(text, item, depth + 1)) return false;
    } else if (!takeValue(text, item, depth + 1)) {
      return false;
    }
  }
  if (!atEnd) return false;
  value.kind = c == '{' ? JsonValue::Kind::kObject : JsonValue::Kind::kArray;
  value.text = whole.substr(0, whole.size() - text.size());
  return true;
}

bool JsonScanner::unescape(std::string_view text, std::string& out) const {
  for (size_t at = 0; at < text.size();) {
    const size_t backslash = std::min(text.find('\\', at), text.size());
    out += text.substr(at, backslash - at);
    at = backslash + 1;
    if (at > text.size()) break;
    if (at == text.size()) return false;
    const char c = text[at++];
    switch (c) {
      case 'b': out += '\b'; break;
      case 'f': out += '\f'; break;
      case 'n': out += '\n'; break;
      case 'r': out += '\r'; break;
      case 't': out += '\t'; break;
      case 'u': {
        auto unit = hexOf(text.substr(std::min(at, text.size()), 4));
        if (!unit) return false;
        at += 4;
        char32_t codePoint = *unit;
        if (*unit >= 0xD800 && *unit < 0xDC00 && text.substr(at).starts_with("\\u")) {
          const auto low = hexOf(text.substr(at + 2, 4));
          if (low && *low >= 0xDC00 && *low < 0xE000) {
            codePoint = 0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00);
            at += 6;
          }
        }
        // Java writes half of a pair as a question mark.
        if (codePoint >= 0xD800 && codePoint < 0xE000) codePoint = '?';
        appendUtf8(codePoint, out);
        break;
      }
      default: out += c;
    }
  }
  return true;
}

}  // namespace spate
