#pragma once

#include <functional>
#include <string>
#include <vector>

#include "spate/base/FileSystem.h"

namespace spate {

/// Says whether a file stream shall read the file of this path.
using FileFilter = std::function<bool(const std::string& path)>;

/// What a file stream takes when it is given no filter: files whose names start neither with '.'
/// (Spark's own rule) nor with '_' (which Spark's readers hide: a batch would fail over it).
bool defaultFileFilter(const std::string& path);

/// The directories that `pattern` names: each component may have Hadoop's `* ? [a-c] [^a] {a,b}`.
/// Sorted; empty when there is none, or when what is there is no directory.
Result<std::vector<std::string>> matchDirectories(FileSystem& files, const std::string& pattern);

}  // namespace spate
