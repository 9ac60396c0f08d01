#pragma once

#include <memory>
#include <vector>

#include "spate/operators/Operator.h"

namespace spate {

enum class JoinType : uint8_t { kInner, kLeftOuter, kRightOuter, kFullOuter, kLeftSemi, kLeftAnti };

/// How two sides are joined. The probe side is the left one.
struct HashJoinOptions {
  JoinType type = JoinType::kInner;
  /// Equal pairs; empty: every row meets every row. `nullSafe`: null equals null (<=>).
  std::vector<BoundExpressionPtr> leftKeys;
  std::vector<BoundExpressionPtr> rightKeys;
  std::vector<bool> nullSafe;
  /// What else must be true; reads left columns, then right ones. May be null.
  BoundExpressionPtr condition;
  std::shared_ptr<arrow::Schema> rightSchema;
  /// Left columns, then (not for semi and anti) right columns.
  std::shared_ptr<arrow::Schema> schema;
  /// left, then right columns: what `condition` reads.
  std::shared_ptr<arrow::Schema> pairSchema;
  /// NOT IN: a null on either side is an answer of null, so the row is not put out.
  bool isNullAwareAnti = false;
};

/// The rows of the build (right) side, to be probed by several tasks; which of them found a partner
/// is noted for right and full outer joins, which need one partition or keys that are spread
/// alike.
class BuiltSide;

Result<std::shared_ptr<BuiltSide>> buildSide(const HashJoinOptions& options,
                                             std::vector<RecordBatchPtr> rows,
                                             const RunContext& run);

std::unique_ptr<Operator> makeHashJoin(HashJoinOptions options, std::shared_ptr<BuiltSide> built);

}  // namespace spate
