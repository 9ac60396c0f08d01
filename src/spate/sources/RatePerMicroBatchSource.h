#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spate/sources/Source.h"
#include "spate/types/OptionMap.h"

namespace spate {

/// Spark's `rate-micro-batch`: the same number of rows (timestamp, value) in each batch, with a
/// time that advances by the same amount, whatever the clock says.
///
/// Offset  {"offset":rows so far,"timestamp":milliseconds}
/// Threads as Source
class RatePerMicroBatchSource final : public Source {
 public:
  /// Options  rowsPerBatch (needed), numPartitions, startTimestamp, advanceMillisPerBatch
  /// Errors   kInvalidArgument, with Spark's words
  static Result<std::unique_ptr<RatePerMicroBatchSource>> make(const OptionMap& options,
                                                               int defaultPartitions);

  std::string name() const override;
  std::shared_ptr<arrow::Schema> schema() const override;
  Result<std::optional<Offset>> initialOffset() override;
  Result<std::optional<Offset>> latestOffset(const std::optional<Offset>& from,
                                             const ReadLimit& limit) override;
  Result<std::vector<Split>> plan(const OffsetRange& range) override;
  Result<std::shared_ptr<arrow::RecordBatchReader>> open(const Split& split) override;
  std::optional<Timestamp> askAgainAt(Timestamp now) const override { return now; }

 private:
  RatePerMicroBatchSource() = default;

  int64_t rowsPerBatch_ = 0;
  int numPartitions_ = 1;
  int64_t startTimestamp_ = 0;
  int64_t advanceMillis_ = 1000;
};

}  // namespace spate
