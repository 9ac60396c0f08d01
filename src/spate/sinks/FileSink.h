#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "spate/base/FileSystem.h"
#include "spate/sinks/Sink.h"
#include "spate/sinks/files/TaskOutput.h"

namespace spate {

/// Which files each batch added to a directory, for its readers: Spark's `_spark_metadata`. The
/// runtime keeps it in Spark's format; a test in memory.
///
/// Errors  of the file system; kCorrupt
/// Threads one at a time
class SinkFilesLog {
 public:
  virtual ~SinkFilesLog() = default;
  /// Lines of JSON, one for each file. On return they are there after a crash.
  virtual Status add(BatchId batch, const std::vector<std::string>& entries) = 0;
  /// Id -1: nothing was added yet.
  virtual BatchId latest() const = 0;
};

/// Spark's FileStreamSink: rows into files of a directory, exactly once for those who read it
/// through its log.
///
/// In      rows of layout.schema
/// Out     new files; the log names those of committed batches, and no other counts
/// Errors  those of writeTask(); CONCURRENT_STREAM_LOG_UPDATE from the log
/// Threads as Sink
class FileSink final : public Sink {
 public:
  /// Errors  those of OutputLayout::check()
  static Result<std::unique_ptr<FileSink>> make(OutputLayout layout,
                                                std::shared_ptr<SinkFilesLog> log,
                                                std::shared_ptr<FileSystem> files);

  std::string name() const override { return "FileSink[" + layout_.directory + "]"; }
  Result<WriteResult> write(BatchId batch, int partition, arrow::RecordBatchReader& rows) override;
  Status commit(BatchId batch, const std::vector<WriteResult>& results) override;
  /// Removes what attempts of the batch wrote.
  void abort(BatchId batch) override;

 private:
  FileSink(OutputLayout layout, std::shared_ptr<SinkFilesLog> log,
           std::shared_ptr<FileSystem> files);

  const OutputLayout layout_;
  const std::shared_ptr<SinkFilesLog> log_;
  const std::shared_ptr<FileSystem> files_;
  std::mutex mutex_;
  /// The files of batches that are not committed.
  std::map<BatchId, std::vector<std::string>> staged_;
};

}  // namespace spate
