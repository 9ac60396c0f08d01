#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "spate/operators/Operator.h"
#include "spate/operators/aggregate/HashAggregate.h"
#include "spate/operators/stateless/Stateless.h"
#include "spate/operators/window/WindowFrames.h"

namespace spate {

/// One function OVER a window.
struct WindowCall {
  enum class Kind : uint8_t {
    kRowNumber,
    kRank,
    kDenseRank,
    kPercentRank,
    kCumeDist,
    /// `number` parts of the partition.
    kNtile,
    /// lag and lead: `value` of the row `number` rows behind (negative: before) this one, or
    /// `fallback`, of this one, where there is none.
    kOffset,
    /// `value` of the row `number` of the frame, from 1; negative: from the end.
    kNth,
    kAggregate,
  };
  Kind kind = Kind::kRowNumber;
  DataType type;
  BoundExpressionPtr value = nullptr;
  BoundExpressionPtr fallback = nullptr;
  int64_t number = 1;
  /// kOffset and kNth: rows whose value is null do not count.
  bool ignoresNulls = false;
  /// kAggregate; never distinct.
  std::optional<AggregateCall> aggregate = std::nullopt;
  /// kNth and kAggregate.
  WindowFrame frame = {};
};

/// Computes window functions of one PARTITION BY and ORDER BY.
///
/// In      all rows of the partitions that it is given, in any order
/// Out     the rows by partition and order, with one more column per call
/// Keeps   all rows until the end of the input
/// Errors  those of the expressions and aggregates
std::unique_ptr<Operator> makeWindowFunctions(std::vector<BoundExpressionPtr> partitionBy,
                                              std::vector<SortKey> orderBy,
                                              std::vector<WindowCall> calls,
                                              std::shared_ptr<arrow::Schema> inputSchema,
                                              std::shared_ptr<arrow::Schema> schema);

}  // namespace spate
