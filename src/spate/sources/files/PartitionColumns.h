#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spate/sources/files/FileScan.h"

namespace spate {

/// The columns that a directory names: "year=2020/city=S%C3%A3o" between the base and the file.
/// Values are still texts; empty: null (__HIVE_DEFAULT_PARTITION__).
using PartitionTexts = std::vector<std::pair<std::string, std::optional<std::string>>>;

/// Reads the part of a path below its base: the run of "k=v" directories that ends at the file.
/// "a/b=1" has one, "b=1/a" has none.
PartitionTexts partitionTextsOf(std::string_view relativeDirectory);

/// Settles names and types of the columns over all files and sets each file's partitionValues.
/// Types come from `userSchema` where it names the column, else from the values as Spark infers
/// them: int, bigint, decimal, double, date, timestamp, string.
///
/// Errors  CONFLICTING_PARTITION_COLUMN_NAMES; kInvalidArgument: a value that is not of the user's
///         type
Result<DataType> resolvePartitions(std::vector<FileEntry>& files,
                                   const std::vector<PartitionTexts>& texts,
                                   const std::optional<DataType>& userSchema,
                                   const FileReadSettings& settings);

}  // namespace spate
