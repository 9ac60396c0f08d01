#include "spate/types/FilePathUri.h"

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "spate/types/UriEscapes.h"

namespace spate {
namespace {

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
  return "file://" + uriEscaped(path.starts_with('/') ? path : absolute(path), HighBytes::kKept);
}

Result<std::string> filePathOfUri(std::string_view uri) {
  bool hadScheme = false;
  SPATE_ASSIGN_OR_FAIL(const std::string_view rest, withoutScheme(uri, hadScheme));
  if (!hadScheme) return std::string(rest);
  return uriUnescaped(rest, uri);
}

Result<std::string> filePathOfUser(std::string_view text) {
  bool hadScheme = false;
  SPATE_ASSIGN_OR_FAIL(const std::string_view rest, withoutScheme(text, hadScheme));
  if (rest.empty())
    return failure(Status::invalidArgument("Can not create a Path from an empty string"));
  return absolute(rest);
}

}  // namespace spate
