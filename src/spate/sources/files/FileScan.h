#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spate/base/FileSystem.h"
#include "spate/types/DataType.h"
#include "spate/types/Datum.h"
#include "spate/types/OptionMap.h"
#include "spate/types/TimeZone.h"

namespace spate {

/// What the session's configuration says about reading files. Options of a reader come first.
struct FileReadSettings {
  std::shared_ptr<const TimeZone> zone = TimeZone::utc();
  bool caseSensitive = false;
  /// spark.sql.sources.partitionColumnTypeInference.enabled
  bool partitionColumnTypeInference = true;
  std::string columnNameOfCorruptRecord = "_corrupt_record";
  bool ignoreCorruptFiles = false;
  bool ignoreMissingFiles = false;
  /// spark.sql.timestampType is TIMESTAMP_NTZ.
  bool prefersTimestampNtz = false;
  /// spark.sql.files.maxPartitionBytes, openCostInBytes, and the slots to keep busy.
  int64_t maxPartitionBytes = int64_t{128} << 20;
  int64_t openCostInBytes = int64_t{4} << 20;
  int parallelism = 2;
  /// Rows of a record batch, at most.
  int64_t batchRows = 8192;
};

/// A file to be read, and the values of the partition columns its directories give it.
struct FileEntry {
  std::string path;
  int64_t size = 0;
  Timestamp modificationTime{};
  Row partitionValues = {};
};

/// The bytes of a file that one task reads, beside others. Records belong to the part in which
/// they begin.
struct FilePart {
  FileEntry file;
  int64_t start = 0;
  int64_t length = 0;
};

/// What a read of files comes down to, before any of them is opened: what the planner keeps and
/// the runtime cuts into tasks. A value.
struct FileScan {
  std::string format;
  OptionMap options;
  FileReadSettings settings;
  std::vector<FileEntry> files;
  /// The columns inside the files, and those of their directories; a name is in one of them.
  DataType dataSchema = DataType::structOf({});
  DataType partitionSchema = DataType::structOf({});

  /// dataSchema's columns, then partitionSchema's: the columns of the DataFrame.
  DataType schema() const;
};

/// The hidden column _metadata: file_path, file_name, file_size, file_block_start,
/// file_block_length, file_modification_time.
StructField fileMetadataColumn();

struct FileListing {
  std::vector<FileEntry> files;
  DataType partitionSchema = DataType::structOf({});
};

/// Finds the files behind `paths` (directories, files, globs; what a file sink wrote is read
/// through its _spark_metadata) and the partition columns of their directories. Names that begin
/// with '_' or '.' are skipped. `userSchema` gives the types of partition columns that it names.
///
/// Options  recursiveFileLookup, pathGlobFilter, modifiedBefore, modifiedAfter, basePath,
///          ignoreMissingFiles
/// Errors   PATH_NOT_FOUND; CONFLICTING_PARTITION_COLUMN_NAMES; kInvalidArgument: a bad option
Result<FileListing> listFiles(FileSystem& fileSystem, const std::vector<std::string>& paths,
                              const OptionMap& options, const std::optional<DataType>& userSchema,
                              const FileReadSettings& settings);

/// listFiles() and the schema: the user's, or what the files say.
///
/// Errors  those of listFiles; UNABLE_TO_INFER_SCHEMA; DATA_SOURCE_NOT_FOUND; those of the format
Result<FileScan> scanFiles(FileSystem& fileSystem, const std::string& format,
                           const std::vector<std::string>& paths, const OptionMap& options,
                           const std::optional<DataType>& userSchema,
                           const FileReadSettings& settings);

/// Cuts the files into what tasks read: big files of formats that can be cut into parts, small
/// files together. The same files give the same tasks.
Result<std::vector<std::vector<FilePart>>> planFileTasks(const FileScan& scan);

/// The rows of one task, of toArrowSchema(columns): any of scan.schema()'s columns and _metadata,
/// in any order. Reads only what these need.
///
/// Errors  out of the reader, as fromArrow() has them: FAILED_READ_FILE and its kin, with
///         the cause behind it
Result<std::shared_ptr<arrow::RecordBatchReader>> openFiles(const FileScan& scan,
                                                            std::vector<FilePart> parts,
                                                            const DataType& columns);

/// The same, where only the columns in `used`, which has a flag for each, are read: the others are
/// nulls.
Result<std::shared_ptr<arrow::RecordBatchReader>> openFiles(const FileScan& scan,
                                                            std::vector<FilePart> parts,
                                                            const DataType& columns,
                                                            const std::vector<bool>& used);

/// A task as text, for Split::detail, and back.
/// Errors  kCorrupt
std::string toJson(const std::vector<FilePart>& parts, const DataType& partitionSchema);
Result<std::vector<FilePart>> filePartsFromJson(const std::string& json,
                                                const DataType& partitionSchema);

}  // namespace spate
