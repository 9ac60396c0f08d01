#include "spate/types/FilePathUri.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <filesystem>

namespace spate {
namespace {

/// What java.net.URI leaves as it is in a path.
bool isPlain(char c) {
  constexpr std::string_view kMarks = "-_.!~*'()/:@&=+$,;";
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || kMarks.find(c) != kMarks.npos;
}

/// The path behind a "file:" scheme, or all of the text when it has no scheme.
Result<std::string_view> withoutScheme(std::string_view text, bool& hadScheme) {
  hadScheme = false;
  const size_t colon = text.find(':');
  const size_t slash = text.find('/');
  if (colon == text.npos || colon > slash || colon == 0) return text;
  const std::string_view scheme = text.substr(0, colon);
  const bool named = std::all_of(scheme.begin(), scheme.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '.';
  });
  if (!named) return text;
  if (scheme != "file")
    return failure(
        Status::unsupported("No FileSystem for scheme \"" + std::string(scheme) + "\"")
            .withErrorClass("UNSUPPORTED_FILE_SYSTEM", "0A000", {{"scheme", std::string(scheme)}}));
  hadScheme = true;
  std::string_view rest = text.substr(colon + 1);
  if (rest.starts_with("//")) rest.remove_prefix(2);
  return rest;
}

std::string absolute(std::string_view path) {
  std::string text = std::filesystem::absolute(std::string(path)).lexically_normal().string();
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text;
}

}  // namespace

std::string uriOfFilePath(const std::string& path) {
  constexpr const char* kHex = "0123456789ABCDEF";
  std::string uri = "file://";
  for (const char c : path.starts_with('/') ? path : absolute(path)) {
    const auto byte = static_cast<unsigned char>(c);
    if (isPlain(c) || byte >= 0x80) {
      uri += c;
    } else {
      uri.append({'%', kHex[byte >> 4], kHex[byte & 15]});
    }
  }
  return uri;
}

Result<std::string> filePathOfUri(std::string_view uri) {
  bool hadScheme = false;
  SPATE_ASSIGN_OR_FAIL(const std::string_view rest, withoutScheme(uri, hadScheme));
  if (!hadScheme) return std::string(rest);
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
    if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2)
      return failure(Status::corrupt("not the URI of a local file: " + std::string(uri)));
    path += static_cast<char>(byte);
    i += 2;
  }
  return path;
}

Result<std::string> filePathOfUser(std::string_view text) {
  bool hadScheme = false;
  SPATE_ASSIGN_OR_FAIL(const std::string_view rest, withoutScheme(text, hadScheme));
  if (rest.empty())
    return failure(Status::invalidArgument("Can not create a Path from an empty string"));
  return absolute(rest);
}

}  // namespace spate
