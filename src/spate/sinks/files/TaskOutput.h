#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "spate/base/FileSystem.h"
#include "spate/sinks/files/FileWriter.h"

namespace spate {

/// A file that a task wrote.
struct WrittenFile {
  /// Below the output's directory: "k=v/part-00000-....parquet".
  std::string name;
  int64_t size = 0;
  int64_t modificationMillis = 0;
};

/// Where the rows of a write go.
struct OutputLayout {
  std::string directory;
  /// The columns of the rows; those of `partitionColumns` go into the names of directories.
  DataType schema = DataType::structOf({});
  std::vector<std::string> partitionColumns;
  std::string format;
  OptionMap options;
  FileWriteSettings settings;

  /// What goes into the files.
  FileOutput output() const;
  /// Errors  those of checkOutput(); ALL_PARTITION_COLUMNS_NOT_ALLOWED; a partition column that the
  ///         rows do not have
  Status check() const;
};

/// Writes the rows of one task into new files: "part-00003-<uuid>-c000.snappy.parquet", and into
/// directories k=v with partition columns. A file takes at most maxRecordsPerFile rows, if that
/// option is set. After a failure, what was written is removed.
///
/// Out     what was written, complete and on the device
Result<std::vector<WrittenFile>> writeTask(const OutputLayout& layout, int partition,
                                           const std::string& uuid, arrow::RecordBatchReader& rows,
                                           int64_t& rowCount);

/// A name as Hive has it in a path: what a directory cannot have is "%2F".
std::string escapedPathName(std::string_view name);

/// A new one, of the system's chance.
std::string randomUuid();

}  // namespace spate
