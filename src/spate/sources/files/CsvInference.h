#pragma once

#include <optional>
#include <vector>

#include "spate/sources/files/CsvOptions.h"
#include "spate/sources/files/FileScan.h"

namespace spate {

/// The columns of CSV files by their first record (names, or _c0, _c1, ...) and, with inferSchema,
/// by the values of all. Empty: there is no record.
Result<std::optional<DataType>> inferCsvSchema(const std::vector<FileEntry>& files,
                                               const CsvOptions& options,
                                               const FileReadSettings& settings);

}  // namespace spate
