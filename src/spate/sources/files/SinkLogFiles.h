#pragma once

#include <optional>
#include <string>
#include <vector>

#include "spate/base/FileSystem.h"

namespace spate {

/// The files that a streaming file sink committed to `directory`, by its _spark_metadata log; empty
/// when no sink wrote there. What lies beside them was never committed and must not be read.
///
/// Errors  kCorrupt: the log has a gap or a line that is none of Spark's; kUnsupported: its version
Result<std::optional<std::vector<FileInfo>>> committedSinkFiles(FileSystem& files,
                                                                const std::string& directory);

}  // namespace spate
