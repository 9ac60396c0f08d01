#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace spate {

/// Bytes of the character that starts with `first`; 1 for what starts none, as Spark counts.
inline size_t characterSize(char first) {
  const auto byte = static_cast<unsigned char>(first);
  if (byte < 0xC2) return 1;
  if (byte < 0xE0) return 2;
  if (byte < 0xF0) return 3;
  return byte < 0xF5 ? 4 : 1;
}

inline bool isAscii(std::string_view text) {
  unsigned char bits = 0;
  for (const char c : text) bits |= static_cast<unsigned char>(c);
  return bits < 0x80;
}

/// The byte behind the first `count` characters from byte `from` on, at most the end.
inline size_t skipCharacters(std::string_view text, size_t from, int64_t count) {
  while (count-- > 0 && from < text.size()) from += characterSize(text[from]);
  return std::min(from, text.size());
}

inline int64_t countCharacters(std::string_view text) {
  int64_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

/// Spark's substringSQL: positions count from 1, negative ones from the end.
inline std::string_view substringOf(std::string_view text, int32_t position, int32_t length,
                                    bool isBinary = false) {
  const bool bytes = isBinary || isAscii(text);
  const int64_t characters = bytes ? static_cast<int64_t>(text.size()) : countCharacters(text);
  int64_t start = 0;
  if (position > 0) {
    start = int64_t{position} - 1;
  } else if (position < 0) {
    start = characters + position;
  }
  const int64_t end = std::min<int64_t>(start + length, INT32_MAX);
  start = std::max<int64_t>(start, 0);
  if (end <= start || start >= characters) return {};
  if (bytes) {
    return text.substr(static_cast<size_t>(start), static_cast<size_t>(end - start));
  }
  const size_t first = skipCharacters(text, 0, start);
  const size_t last = skipCharacters(text, first, end - start);
  return text.substr(first, last - first);
}

/// How many characters stand before byte `at`.
inline int32_t charactersBefore(std::string_view text, size_t at) {
  return static_cast<int32_t>(countCharacters(text.substr(0, at)));
}

/// Java's toUpperCase and toLowerCase of the root locale, appended.
void appendUpper(std::string_view text, std::string& out);
void appendLower(std::string_view text, std::string& out);
/// The first letter of each word, after a space, in upper case and the others in lower case.
void appendTitle(std::string_view text, std::string& out);

}  // namespace spate
