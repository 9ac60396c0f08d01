#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "spate/base/FileSystem.h"

namespace spate {

/// Hadoop's globs: * ? [a-c] [^x] {one,two} and \ before a character that is meant as it is.

/// Whether the text has any of their characters.
bool isGlob(std::string_view text);

/// Whether a name matches; '/' is a character as any other here.
bool matchesGlob(std::string_view pattern, std::string_view name);

/// The paths that match, sorted, without hidden ones unless the pattern names them. A path
/// without globs is itself when it is there, else nothing.
Result<std::vector<FileInfo>> expandGlob(FileSystem& files, const std::string& path);

}  // namespace spate
