#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "spate/sources/Source.h"

namespace spate {

/// A feed for tests: Spark's MemoryStream. The object is the outside world: it outlives the
/// queries that read it, and a test hands the same one to a query and to its restart.
///
/// Offset  a bare number: the count of batches added so far, less one ("-1" before the first)
/// Split   one for each batch that was added
/// Threads all functions from any thread
class MemorySource final : public Source {
 public:
  explicit MemorySource(std::shared_ptr<arrow::Schema> schema, std::string name = "MemoryStream");

  /// Adds rows and returns their offset. With `arrival` they belong to no batch of an earlier time.
  /// Errors  kInvalidArgument: another schema
  Result<Offset> add(std::shared_ptr<arrow::RecordBatch> rows,
                     std::optional<Timestamp> arrival = {});

  /// The last `end` given to commit.
  std::optional<Offset> committed() const;

  std::string name() const override { return name_; }
  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }
  Result<std::optional<Offset>> initialOffset() override;
  /// Keeps to limit.maxRecords by whole batches, at least one.
  Result<std::optional<Offset>> latestOffset(const std::optional<Offset>& from,
                                             const ReadLimit& limit) override;
  Result<std::vector<Split>> plan(const OffsetRange& range) override;
  Result<std::shared_ptr<arrow::RecordBatchReader>> open(const Split& split) override;
  Status commit(const Offset& end) override;
  void onDataAvailable(std::function<void()> notify) override;
  std::optional<Timestamp> askAgainAt(Timestamp) const override { return std::nullopt; }

 private:
  struct Added {
    std::shared_ptr<arrow::RecordBatch> rows;
    std::optional<Timestamp> arrival;
  };

  Result<int64_t> indexOf(const std::optional<Offset>& offset) const;
  Status checkNotForgotten(int64_t from) const;

  const std::shared_ptr<arrow::Schema> schema_;
  const std::string name_;
  mutable std::mutex mutex_;
  std::deque<Added> added_;
  /// The offset of added_.front(): those before it were committed and forgotten.
  int64_t first_ = 0;
  std::optional<Offset> committed_;
  std::function<void()> notify_;
};

}  // namespace spate
