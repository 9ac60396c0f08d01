#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "spate/base/Status.h"
#include "spate/types/DataType.h"
#include "spate/types/OptionMap.h"
#include "spate/types/TimeZone.h"

namespace spate {

/// What the session's configuration says about writing files. Options of a writer come first.
struct FileWriteSettings {
  std::shared_ptr<const TimeZone> zone = TimeZone::utc();
  std::string parquetCodec = "snappy";
  std::string orcCodec = "zstd";
};

/// What goes into files of one write: all of them have the same columns and options.
struct FileOutput {
  std::string format;
  DataType schema = DataType::structOf({});
  OptionMap options;
  FileWriteSettings settings;
};

/// Rows into one new file.
///
/// Errors  kIoError, kDiskFull; Spark's about options and values
/// Threads one at a time
class FileWriter {
 public:
  virtual ~FileWriter() = default;
  /// Appends rows of toArrowSchema(FileOutput::schema).
  virtual Status write(const arrow::RecordBatch& rows) = 0;
  /// Ends the file. On return it is on the device. Without it the file is not whole.
  virtual Status close() = 0;
};

/// Whether rows can be written so: the format is known, has such columns and such options.
///
/// Errors  DATA_SOURCE_NOT_FOUND, UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE, CODEC_NOT_AVAILABLE;
///         kInvalidArgument: an option, more than one column of text
Status checkOutput(const FileOutput& output);

/// The end of the names of the files: ".snappy.parquet", ".csv.gz". Needs checkOutput().
std::string fileExtension(const FileOutput& output);

/// Creates the file and its directories. Needs checkOutput().
Result<std::unique_ptr<FileWriter>> createFile(const FileOutput& output, const std::string& path);

/// Whether a write without rows leaves a file that tells of the columns.
bool writesEmptyFile(const FileOutput& output);

/// text, csv, json, xml, parquet, orc, in any case.
bool isFileOutputFormat(std::string_view name);

}  // namespace spate
