#include "spate/functions/TextScan.h"

#include <clocale>
#include <cwctype>

#include "spate/types/Utf8.h"

namespace spate {
namespace {

locale_t unicodeLocale() {
  static const locale_t locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return locale;
}

char32_t upperOf(char32_t c) {
  if (c < 0x80) return c >= 'a' && c <= 'z' ? c - 32 : c;
  return static_cast<char32_t>(towupper_l(static_cast<wint_t>(c), unicodeLocale()));
}

char32_t lowerOf(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  return static_cast<char32_t>(towlower_l(static_cast<wint_t>(c), unicodeLocale()));
}

template <class Mapping>
void appendMapped(std::string_view text, Mapping&& map) {
  std::string repaired;
  if (!isValidUtf8(text)) {
    appendRepairedUtf8(text, repaired);
    text = repaired;
  }
  for (size_t at = 0; at < text.size();) {
    const Utf8CodePoint point = utf8CodePointAt(text, at);
    map(point.value);
    at += point.size;
  }
}

}  // namespace

void appendUpper(std::string_view text, std::string& out) {
  if (isAscii(text)) {
    for (const char c : text) out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    return;
  }
  appendMapped(text, [&](char32_t c) {
    if (c == U'\u00DF') {
      out += "SS";
    } else {
      appendUtf8(upperOf(c), out);
    }
  });
}

void appendLower(std::string_view text, std::string& out) {
  if (isAscii(text)) {
    for (const char c : text) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return;
  }
  appendMapped(text, [&](char32_t c) {
    if (c == U'\u0130') {
      out += "i\u0307";
    } else {
      appendUtf8(lowerOf(c), out);
    }
  });
}

void appendTitle(std::string_view text, std::string& out) {
  bool startsWord = true;
  appendMapped(text, [&](char32_t c) {
    appendUtf8(startsWord ? upperOf(c) : lowerOf(c), out);
    startsWord = c == ' ';
  });
}

}  // namespace spate
