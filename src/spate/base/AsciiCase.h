#pragma once

#include <algorithm>
#include <string>
#include <string_view>

/// Upper and lower case of the letters of ASCII; every other byte stays as it is. For names and
/// keywords of options, formats, functions and SQL; texts of users have letters of their own.
namespace spate {

constexpr char asciiLower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
constexpr char asciiUpper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

inline std::string asciiLower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = asciiLower(c);
  return lower;
}
inline std::string asciiUpper(std::string_view text) {
  std::string upper(text);
  for (char& c : upper) c = asciiUpper(c);
  return upper;
}

inline bool equalsIgnoringAsciiCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return asciiLower(x) == asciiLower(y); });
}

/// Two names of columns or fields, compared by spark.sql.caseSensitive.
inline bool isSameName(std::string_view a, std::string_view b, bool caseSensitive) {
  return caseSensitive ? a == b : equalsIgnoringAsciiCase(a, b);
}

}  // namespace spate
