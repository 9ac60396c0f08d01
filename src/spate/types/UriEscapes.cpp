#include "spate/types/UriEscapes.h"

#include <charconv>

namespace spate {
namespace {

bool isPlain(char c) {
  constexpr std::string_view kMarks = "-_.!~*'()/:@&=+$,;";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kMarks.find(c) != kMarks.npos;
}

}  // namespace

std::string uriEscaped(std::string_view path, HighBytes highBytes) {
  constexpr const char* kHex = "0123456789ABCDEF";
  std::string escaped;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (isPlain(c) || (byte >= 0x80 && highBytes == HighBytes::kKept)) {
      escaped += c;
    } else {
      escaped.append({'%', kHex[byte >> 4], kHex[byte & 15]});
    }
  }
  return escaped;
}

Result<std::string> uriUnescaped(std::string_view path, std::string_view uri) {
  std::string plain;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      plain += path[i];
      continue;
    }
    unsigned char byte = 0;
    const std::string_view digits = path.substr(i + 1, 2);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2)
      return failure(Status::corrupt("not the URI of a local file: " + std::string(uri)));
    plain += static_cast<char>(byte);
    i += 2;
  }
  return plain;
}

}  // namespace spate
