#pragma once

#include <optional>
#include <vector>

#include "spate/sources/files/JsonOptions.h"

namespace spate {

/// The columns of JSON files, by all of their records, sorted by name. Empty: there is no record.
///
/// Errors  MALFORMED_RECORD_IN_PARSING in FAILFAST mode
Result<std::optional<DataType>> inferJsonSchema(const std::vector<FileEntry>& files,
                                                const JsonOptions& options,
                                                const FileReadSettings& settings);

}  // namespace spate
