#include "spate/base/FileSystem.h"

#include "spate/base/LocalFileSystem.h"

namespace spate {

std::shared_ptr<FileSystem> FileSystem::local() {
  static const std::shared_ptr<FileSystem> files = std::make_shared<LocalFileSystem>();
  return files;
}

std::string joinPath(std::string_view directory, std::string_view name) {
  std::string path(directory);
  if (!path.empty() && path.back() != '/') path += '/';
  path += name;
  return path;
}

std::string_view fileName(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string parentPath(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return slash == 0 ? "/" : std::string(path.substr(0, slash));
}

}  // namespace spate
