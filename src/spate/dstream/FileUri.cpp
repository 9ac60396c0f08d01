#include "spate/dstream/FileUri.h"

#include <filesystem>

#include "spate/types/UriEscapes.h"

namespace spate {

std::string fileUri(const std::string& path) {
  return "file://" + uriEscaped(std::filesystem::absolute(path).string(), HighBytes::kEscaped);
}

Result<std::string> pathOfUri(std::string_view uri) {
  std::string_view rest = uri;
  if (!rest.starts_with("file:"))
    return failure(Status::corrupt("not the URI of a local file: " + std::string(uri)));
  rest.remove_prefix(5);
  if (rest.starts_with("//")) rest.remove_prefix(2);
  return uriUnescaped(rest, uri);
}

}  // namespace spate
