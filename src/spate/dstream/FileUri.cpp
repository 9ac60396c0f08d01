#include "spate/dstream/FileUri.h"

#include <charconv>
#include <filesystem>

namespace spate {
namespace {

/// What java.net.URI leaves as it is in a path.
bool isPlain(char c) {
  constexpr std::string_view kMarks = "-_.!~*'()/:@&=+$,;";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kMarks.find(c) != kMarks.npos;
}

}  // namespace

std::string fileUri(const std::string& path) {
  constexpr const char* kHex = "0123456789ABCDEF";
  std::string uri = "file://";
  for (const char c : std::filesystem::absolute(path).string()) {
    const auto byte = static_cast<unsigned char>(c);
    if (isPlain(c))
      uri += c;
    else
      uri.append({'%', kHex[byte >> 4], kHex[byte & 15]});
  }
  return uri;
}

Result<std::string> pathOfUri(std::string_view uri) {
  const auto malformed = [&] {
    return failure(Status::corrupt("not the URI of a local file: " + std::string(uri)));
  };
  std::string_view rest = uri;
  if (!rest.starts_with("file:")) return malformed();
  rest.remove_prefix(5);
  if (rest.starts_with("//")) rest.remove_prefix(2);
  std::string path;
  for (size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] != '%') {
      path += rest[i];
      continue;
    }
    unsigned char byte = 0;
    const std::string_view digits = rest.substr(i + 1, 2);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2) return malformed();
    path += static_cast<char>(byte);
    i += 2;
  }
  return path;
}

}  // namespace spate
