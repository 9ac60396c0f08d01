#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace spate {

/// Whether the bytes are UTF-8: no overlong form, no surrogate, nothing above U+10FFFF.
bool isValidUtf8(std::string_view bytes);

/// Appends the bytes with U+FFFD in place of what is not UTF-8, as Java's
/// `new String(bytes, UTF_8)` and its readers do: one for each longest start of a character
/// ("maximal subpart", as WHATWG and Python do), but also only one for an encoded surrogate
/// (ED A0 80), of which Python makes three.
///
/// Out  the number of replacements; 0 means the bytes were valid
size_t appendRepairedUtf8(std::string_view bytes, std::string& out);

/// The same in place; touches nothing when the text is valid.
size_t repairUtf8(std::string& text);

struct Utf8CodePoint {
  char32_t value = 0;
  size_t size = 0;
};

/// The character at a byte position of valid UTF-8. Needs at < text.size().
Utf8CodePoint utf8CodePointAt(std::string_view text, size_t at);

/// Appends a code point, which must be a Unicode scalar value, as UTF-8.
void appendUtf8(char32_t codePoint, std::string& out);

/// Characters (code points) of valid UTF-8.
size_t utf8Length(std::string_view text);

}  // namespace spate
