#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "spate/sources/files/FileScan.h"

namespace spate {

/// A part of a file, and which of its columns are wanted.
struct FileReadRequest {
  FilePart part;
  /// All columns that the files have: what texts are parsed by position against.
  DataType dataSchema;
  /// The ones to be read, in this order; each is one of dataSchema.
  DataType requiredSchema;
  OptionMap options;
  FileReadSettings settings;
};

/// One way of writing rows into files.
///
/// Errors  Spark's; about what is in a file they come out of the reader
/// Threads stateless; all functions from any thread
class FileFormat {
 public:
  virtual ~FileFormat() = default;

  /// "csv": what a user writes after format().
  virtual std::string_view name() const = 0;

  /// Whether parts of the file may be read by several tasks.
  virtual bool isSplittable(std::string_view path, const OptionMap& options) const = 0;

  /// Whether files may have such a column.
  virtual bool supports(const DataType& type) const = 0;

  /// Whether files can be read so: what is known before any of them is opened.
  virtual Status check(const OptionMap& options, const FileReadSettings& settings,
                       const DataType& dataSchema) const;

  /// The columns as the files show them; empty when they show nothing.
  virtual Result<std::optional<DataType>> inferSchema(const std::vector<FileEntry>& files,
                                                      const OptionMap& options,
                                                      const FileReadSettings& settings) const = 0;

  /// The rows of request.part, of toArrowSchema(request.requiredSchema).
  virtual Result<std::shared_ptr<arrow::RecordBatchReader>> open(
      const FileReadRequest& request) const = 0;
};

/// text, csv, json, xml, parquet, orc, binaryFile, in any case; null: none of that name.
const FileFormat* findFileFormat(std::string_view name);

// The formats, each in a file of its own.
const FileFormat& textFileFormat();
const FileFormat& csvFileFormat();
const FileFormat& jsonFileFormat();
const FileFormat& xmlFileFormat();
const FileFormat& parquetFileFormat();
const FileFormat& orcFileFormat();
const FileFormat& binaryFileFormat();

}  // namespace spate
