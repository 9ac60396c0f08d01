#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "spate/sinks/Sink.h"
#include "spate/types/DataType.h"
#include "spate/types/OptionMap.h"
#include "spate/types/TimeZone.h"

namespace spate {

/// Spark's `console`: prints a banner and the first rows of each batch as show() does.
///
/// Options  numRows (20), truncate (true: cells of 20 characters)
/// Threads  as Sink; `print` is called from the thread of commit()
class ConsoleSink final : public Sink {
 public:
  using Print = std::function<void(std::string_view text)>;

  /// Errors  kInvalidArgument: a value of an option
  static Result<std::unique_ptr<ConsoleSink>> make(DataType schema, const OptionMap& options,
                                                   std::shared_ptr<const TimeZone> zone,
                                                   Print print);

  std::string name() const override {
    return "org.apache.spark.sql.execution.streaming.ConsoleTable$";
  }
  Result<WriteResult> write(BatchId batch, int partition, arrow::RecordBatchReader& rows) override;
  Status commit(BatchId batch, const std::vector<WriteResult>& results) override;
  void abort(BatchId batch) override;

 private:
  ConsoleSink(DataType schema, int64_t numRows, bool truncates,
              std::shared_ptr<const TimeZone> zone, Print print);

  using Rows = std::vector<std::shared_ptr<arrow::RecordBatch>>;

  const DataType schema_;
  const int64_t numRows_;
  const bool truncates_;
  const std::shared_ptr<const TimeZone> zone_;
  const Print print_;
  std::mutex mutex_;
  int64_t nextAttempt_ = 0;
  /// By the number of the attempt: the `detail` of its result.
  std::map<BatchId, std::map<std::string, Rows>> staged_;
  BatchId printed_{-1};
};

/// Spark's `noop`: reads all rows and keeps none.
///
/// Threads as Sink
class NoopSink final : public Sink {
 public:
  std::string name() const override {
    return "org.apache.spark.sql.execution.datasources.noop.NoopTable$";
  }
  Result<WriteResult> write(BatchId batch, int partition, arrow::RecordBatchReader& rows) override;
  Status commit(BatchId, const std::vector<WriteResult>&) override { return Status::OK(); }
  void abort(BatchId) override {}
};

}  // namespace spate
