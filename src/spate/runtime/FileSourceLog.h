#pragma once

#include <memory>
#include <string>
#include <vector>

#include "spate/base/Clock.h"
#include "spate/checkpoint/CompactibleFileStreamLog.h"
#include "spate/sinks/FileSink.h"
#include "spate/sources/SeenFilesLog.h"

namespace spate {

/// The log of a FileSource, `sources/N/`, in Spark's format: a line
/// {"path":"file:///...","timestamp":1,"batchId":0} for each file.
///
/// Threads one at a time
class FileSourceLog final : public SeenFilesLog {
 public:
  static Result<std::shared_ptr<SeenFilesLog>> open(CompactibleFileStreamLogOptions options,
                                                    std::shared_ptr<Clock> clock,
                                                    int batchesToRetain = 100);

  Status add(BatchId id, const std::vector<SeenFile>& files) override;
  Result<std::vector<SeenFile>> entries(BatchId after, BatchId upTo) override;
  Result<std::vector<SeenFile>> all() override;
  BatchId latest() const override;

 private:
  FileSourceLog(std::unique_ptr<CompactibleFileStreamLog> log, std::shared_ptr<Clock> clock,
                int batchesToRetain)
      : log_(std::move(log)), clock_(std::move(clock)), batchesToRetain_(batchesToRetain) {}

  const std::unique_ptr<CompactibleFileStreamLog> log_;
  const std::shared_ptr<Clock> clock_;
  /// spark.sql.streaming.minBatchesToRetain
  const int batchesToRetain_;
};

/// The log of a FileSink, `_spark_metadata/`, in Spark's format.
///
/// Threads one at a time
class FileSinkLog final : public SinkFilesLog {
 public:
  static Result<std::shared_ptr<SinkFilesLog>> open(CompactibleFileStreamLogOptions options,
                                                    std::shared_ptr<Clock> clock,
                                                    int batchesToRetain = 100);

  Status add(BatchId batch, const std::vector<std::string>& entries) override;
  BatchId latest() const override;

 private:
  FileSinkLog(std::unique_ptr<CompactibleFileStreamLog> log, std::shared_ptr<Clock> clock,
              int batchesToRetain)
      : log_(std::move(log)), clock_(std::move(clock)), batchesToRetain_(batchesToRetain) {}

  const std::unique_ptr<CompactibleFileStreamLog> log_;
  const std::shared_ptr<Clock> clock_;
  /// spark.sql.streaming.minBatchesToRetain
  const int batchesToRetain_;
};

}  // namespace spate
