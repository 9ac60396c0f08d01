#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "spate/operators/KeyEncoder.h"
#include "spate/operators/Operator.h"
#include "spate/operators/stateless/Stateless.h"

namespace spate {

/// One end of the frame of a row.
struct FrameEnd {
  enum class Kind : uint8_t { kUnbounded, kCurrentRow, kValue };
  Kind kind = Kind::kUnbounded;
  /// kValue of ROWS: rows behind this one.
  int64_t rows = 0;
  /// kValue of RANGE: the value of the order key at which the frame ends, for each row.
  BoundExpressionPtr bound = nullptr;
};

struct WindowFrame {
  bool isRows = true;
  FrameEnd lower;
  FrameEnd upper;
};

/// Rows [from, to) of the sorted rows.
struct RowRange {
  int64_t from = 0;
  int64_t to = 0;
  friend bool operator==(const RowRange&, const RowRange&) = default;
};

/// The rows of a task in the order of their partitions and of ORDER BY, and where each row's
/// partition, peers (rows that are equal in ORDER BY) and frame begin and end.
///
/// Threads: made by one; then immutable
class SortedPartitions {
 public:
  /// Errors: those of the keys' expressions.
  static Result<SortedPartitions> make(const arrow::RecordBatch& rows, TaskContext& task,
                                       const std::vector<BoundExpressionPtr>& partitionBy,
                                       const std::vector<SortKey>& orderBy);

  /// The sorted rows.
  const RecordBatchPtr& rows() const { return rows_; }
  int64_t size() const { return static_cast<int64_t>(partitionOf_.size()); }
  const std::vector<RowRange>& partitions() const { return partitions_; }
  const RowRange& partition(int64_t row) const {
    return partitions_[partitionOf_[static_cast<size_t>(row)]];
  }
  const RowRange& peers(int64_t row) const { return peers_[peersOf_[static_cast<size_t>(row)]]; }

  /// The frame of each row; an empty one lies at or between rows of its partition.
  Result<std::vector<RowRange>> frames(const WindowFrame& frame, TaskContext& task) const;

 private:
  /// What ORDER BY makes of a row, as bytes.
  std::string_view orderKey(int64_t row) const;
  Result<std::vector<std::string>> boundKeys(const FrameEnd& end, TaskContext& task) const;

  RecordBatchPtr rows_;
  std::vector<uint32_t> partitionOf_;
  std::vector<uint32_t> peersOf_;
  std::vector<RowRange> partitions_;
  std::vector<RowRange> peers_;
  /// The keys of the rows as they came, partition first, and the place among them of each row.
  std::string bytes_;
  struct Place {
    size_t from = 0;
    size_t order = 0;
    size_t to = 0;
  };
  std::vector<Place> places_;
  std::vector<SortKey> orderBy_;
};

}  // namespace spate
