#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spate/base/FileSystem.h"
#include "spate/sinks/ConsoleSink.h"
#include "spate/sinks/FileSink.h"
#include "spate/sinks/Sink.h"

namespace spate {

/// What a program says about where a stream goes: writeStream.format(...)...start(path).
struct SinkDefinition {
  std::string format;
  OptionMap options;
  /// Of start(path); the option "path" counts as well.
  std::optional<std::string> path;
  std::vector<std::string> partitionColumns;
  /// The columns of the query's result.
  DataType schema = DataType::structOf({});
  /// "append", "update" or "complete".
  std::string outputMode = "append";
  FileWriteSettings settings;
};

struct SinkEnvironment {
  std::shared_ptr<FileSystem> files = FileSystem::local();
  /// Where the console is.
  ConsoleSink::Print print;
  /// Opens `<path>/_spark_metadata`.
  std::function<Result<std::shared_ptr<SinkFilesLog>>(const std::string& directory)> openSinkFiles;
};

/// Checks without making anything: what start() refuses.
///
/// Errors  DATA_SOURCE_NOT_FOUND; STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE...; a missing path;
///         those of the sink about its options
Status checkSink(const SinkDefinition& definition);

/// console, noop, and the formats of files; the engine makes `memory`, `foreach` and
/// `foreachBatch` itself.
Result<std::unique_ptr<Sink>> makeSink(const SinkDefinition& definition,
                                       const SinkEnvironment& environment);

}  // namespace spate
