#include "spate/types/Utf8.h"

#include <cstdint>
#include <cstring>

namespace spate {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool isContinuation(uint8_t byte) { return (byte & 0xc0) == 0x80; }

/// Bytes of ASCII from `at`, eight at a time and the rest one by one.
size_t asciiRun(const uint8_t* data, size_t at, size_t size) {
  const size_t start = at;
  uint64_t word = 0;
  while (size - at >= 8) {
    std::memcpy(&word, data + at, 8);
    if ((word & 0x8080808080808080u) != 0) break;
    at += 8;
  }
  while (at < size && data[at] < 0x80) ++at;
  return at - start;
}

/// One step of the decoder: the bytes of one character, or those that one U+FFFD replaces.
struct Step {
  size_t size;
  bool valid;
};

/// The length by the first byte (0: never one) and the range of the second byte. Surrogates pass
/// here; they are refused as a whole, as Java does.
struct Lead {
  size_t size;
  uint8_t low;
  uint8_t high;
};

Lead leadOf(uint8_t byte) {
  if (byte >= 0xc2 && byte <= 0xdf) return {2, 0x80, 0xbf};
  if (byte == 0xe0) return {3, 0xa0, 0xbf};
  if (byte >= 0xe1 && byte <= 0xef) return {3, 0x80, 0xbf};
  if (byte == 0xf0) return {4, 0x90, 0xbf};
  if (byte >= 0xf1 && byte <= 0xf3) return {4, 0x80, 0xbf};
  if (byte == 0xf4) return {4, 0x80, 0x8f};
  return {0, 0, 0};
}

/// Looks at a byte that is not ASCII.
Step decodeStep(const uint8_t* data, size_t left) {
  const Lead lead = leadOf(data[0]);
  if (lead.size == 0) return {1, false};
  if (left < 2 || data[1] < lead.low || data[1] > lead.high) return {1, false};
  size_t seen = 2;
  while (seen < lead.size) {
    if (seen == left || !isContinuation(data[seen])) return {seen, false};
    ++seen;
  }
  const bool surrogate = data[0] == 0xed && data[1] >= 0xa0;
  return {seen, !surrogate};
}

/// The first position that is not valid UTF-8, or the size.
size_t validPrefix(const uint8_t* data, size_t at, size_t size) {
  while (true) {
    at += asciiRun(data, at, size);
    if (at == size) return at;
    const Step step = decodeStep(data + at, size - at);
    if (!step.valid) return at;
    at += step.size;
  }
}

}  // namespace

bool isValidUtf8(std::string_view bytes) {
  return validPrefix(reinterpret_cast<const uint8_t*>(bytes.data()), 0, bytes.size()) ==
         bytes.size();
}

size_t appendRepairedUtf8(std::string_view bytes, std::string& out) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  const size_t size = bytes.size();
  size_t replacements = 0;
  size_t at = 0;
  while (true) {
    const size_t end = validPrefix(data, at, size);
    out.append(bytes, at, end - at);
    if (end == size) return replacements;
    out += kReplacement;
    ++replacements;
    at = end + decodeStep(data + end, size - end).size;
  }
}

size_t repairUtf8(std::string& text) {
  if (isValidUtf8(text)) return 0;
  std::string repaired;
  repaired.reserve(text.size() + 16);
  const size_t replacements = appendRepairedUtf8(text, repaired);
  text = std::move(repaired);
  return replacements;
}

Utf8CodePoint utf8CodePointAt(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<char32_t>(static_cast<uint8_t>(text[i])); };
  const char32_t first = byte(at);
  if (first < 0x80) return {first, 1};
  const size_t size = first < 0xe0 ? 2 : (first < 0xf0 ? 3 : 4);
  if (text.size() - at < size) return {0xfffd, text.size() - at};
  char32_t value = first & (0x7fu >> size);
  for (size_t i = 1; i < size; ++i) value = (value << 6) | (byte(at + i) & 0x3f);
  return {value, size};
}

void appendUtf8(char32_t c, std::string& out) {
  const auto put = [&out](char32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xc0 | (c >> 6));
    put(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    put(0xe0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3f));
    put(0x80 | (c & 0x3f));
  } else {
    put(0xf0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3f));
    put(0x80 | ((c >> 6) & 0x3f));
    put(0x80 | (c & 0x3f));
  }
}

size_t utf8Length(std::string_view text) {
  size_t length = 0;
  for (const char c : text) length += !isContinuation(static_cast<uint8_t>(c));
  return length;
}

}  // namespace spate
