#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "spate/base/Clock.h"
#include "spate/base/FileSystem.h"
#include "spate/sources/SeenFilesLog.h"
#include "spate/sources/Source.h"
#include "spate/sources/files/FileScan.h"
#include "spate/types/DataType.h"
#include "spate/types/OptionMap.h"

namespace spate {

/// What a program says about a stream: readStream.format(...).schema(...).options(...).load(path).
struct StreamDefinition {
  std::string format;
  OptionMap options;
  /// Of load(path); the option "path" counts as well.
  std::optional<std::string> path;
  std::optional<DataType> schema;
  /// For makeSource() of files: the columns that are wanted, in this order, also
  /// fileMetadataColumn(); empty: all. Other sources give all of theirs.
  std::optional<DataType> columns;
  FileReadSettings settings;
  /// spark.sql.streaming.schemaInference
  bool infersSchema = false;
  /// Partitions of sources that are told no number.
  int defaultPartitions = 2;
};

/// The columns of the stream. Looks at files when it must, but connects to nothing.
///
/// Errors  DATA_SOURCE_NOT_FOUND; UNSUPPORTED_FEATURE.DATA_SOURCE: one of Spark's that is not
///         here; those of the source about its options; a missing schema, with Spark's words
Result<DataType> schemaOfStream(const StreamDefinition& definition, FileSystem& files);

/// What a running source needs of the outside.
struct SourceEnvironment {
  std::shared_ptr<FileSystem> files = FileSystem::local();
  std::shared_ptr<Clock> clock = Clock::system();
  /// `<checkpoint>/sources/N`; empty: nothing is kept.
  std::string metadataDirectory;
  /// Opens the log of seen files in metadataDirectory.
  std::function<Result<std::shared_ptr<SeenFilesLog>>(const std::string& directory)> openSeenFiles;
};

/// Makes the source of a stream whose schema schemaOfStream() gave; a socket is connected.
Result<std::unique_ptr<Source>> makeSource(const StreamDefinition& definition,
                                           const DataType& schema,
                                           const SourceEnvironment& environment);

}  // namespace spate
