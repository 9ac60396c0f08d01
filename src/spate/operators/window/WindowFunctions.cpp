#include "spate/operators/window/WindowFunctions.h"

#include <arrow/array/array_primitive.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/array/concatenate.h>
#include <arrow/buffer.h>
#include <arrow/compute/api_vector.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>

#include "spate/operators/window/WindowAggregate.h"
#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowValues.h"

namespace spate {
namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

/// A column of one number per sorted row.
template <class Builder, class Function>
Result<ArrayPtr> perRow(const SortedPartitions& sorted, const Function& function) {
  Builder builder;
  SPATE_FAIL_IF_ERROR(fromArrow(builder.Reserve(sorted.size())));
  for (int64_t row = 0; row < sorted.size(); ++row)
    builder.UnsafeAppend(static_cast<typename Builder::value_type>(function(row)));
  ArrayPtr column;
  SPATE_FAIL_IF_ERROR(fromArrow(builder.Finish(&column)));
  return column;
}

/// Where the rows with a value stand, to step over the others.
class ValidRows {
 public:
  ValidRows(const arrow::Array& values, bool ignoresNulls) : ignoresNulls_(ignoresNulls) {
    if (!ignoresNulls_) return;
    before_.reserve(static_cast<size_t>(values.length()) + 1);
    before_.push_back(0);
    for (int64_t row = 0; row < values.length(); ++row) {
      if (values.IsValid(row)) rows_.push_back(row);
      before_.push_back(static_cast<int64_t>(rows_.size()));
    }
  }

  /// The place of a row among those that count: how many of them are before it.
  int64_t rank(int64_t row) const {
    return ignoresNulls_ ? before_[static_cast<size_t>(row)] : row;
  }
  /// The row at a place, which may lie outside; -1 then.
  int64_t at(int64_t place, const RowRange& range) const {
    if (ignoresNulls_) {
      if (place < 0 || place >= static_cast<int64_t>(rows_.size())) return -1;
      place = rows_[static_cast<size_t>(place)];
    }
    return place >= range.from && place < range.to ? place : -1;
  }

 private:
  bool ignoresNulls_;
  std::vector<int64_t> rows_;
  std::vector<int64_t> before_;
};

/// Positions, with nulls for -1.
Result<ArrayPtr> pick(const arrow::Array& values, const std::vector<int64_t>& positions) {
  arrow::Int64Builder builder;
  SPATE_FAIL_IF_ERROR(fromArrow(builder.Reserve(static_cast<int64_t>(positions.size()))));
  for (const int64_t position : positions) {
    if (position < 0) {
      builder.UnsafeAppendNull();
    } else {
      builder.UnsafeAppend(position);
    }
  }
  ArrayPtr places;
  SPATE_FAIL_IF_ERROR(fromArrow(builder.Finish(&places)));
  auto taken = arrow::compute::Take(values, *places, arrow::compute::TakeOptions::NoBoundsCheck());
  if (!taken.ok()) return failure(fromArrow(taken.status()));
  return *std::move(taken);
}

Result<ArrayPtr> rankingColumn(const WindowCall& call, const SortedPartitions& sorted) {
  using Kind = WindowCall::Kind;
  const auto rank = [&](int64_t row) {
    return sorted.peers(row).from - sorted.partition(row).from;
  };
  switch (call.kind) {
    case Kind::kRowNumber:
      return perRow<arrow::Int32Builder>(
          sorted, [&](int64_t row) { return row - sorted.partition(row).from + 1; });
    case Kind::kRank:
      return perRow<arrow::Int32Builder>(sorted, [&](int64_t row) { return rank(row) + 1; });
    case Kind::kDenseRank: {
      int32_t dense = 0;
      return perRow<arrow::Int32Builder>(sorted, [&](int64_t row) {
        if (row == sorted.partition(row).from) dense = 0;
        if (row == sorted.peers(row).from) ++dense;
        return dense;
      });
    }
    case Kind::kPercentRank:
      return perRow<arrow::DoubleBuilder>(sorted, [&](int64_t row) {
        const int64_t rows = sorted.partition(row).to - sorted.partition(row).from;
        return rows > 1 ? static_cast<double>(rank(row)) / static_cast<double>(rows - 1) : 0.0;
      });
    case Kind::kCumeDist:
      return perRow<arrow::DoubleBuilder>(sorted, [&](int64_t row) {
        const RowRange& all = sorted.partition(row);
        return static_cast<double>(sorted.peers(row).to - all.from) /
               static_cast<double>(all.to - all.from);
      });
    case Kind::kNtile:
      return perRow<arrow::Int32Builder>(sorted, [&](int64_t row) {
        const RowRange& all = sorted.partition(row);
        const int64_t small = (all.to - all.from) / call.number;
        const int64_t longer = (all.to - all.from) % call.number;
        const int64_t at = row - all.from;
        // The first parts have a row more.
        if (at < longer * (small + 1)) return at / (small + 1) + 1;
        return longer + (at - longer * (small + 1)) / small + 1;
      });
    default: break;
  }
  return failure(Status::internal("not a ranking function"));
}

Result<ArrayPtr> offsetColumn(const WindowCall& call, const SortedPartitions& sorted,
                              EvalContext& context) {
  SPATE_ASSIGN_OR_FAIL(auto values, evaluateToArray(*call.value, *sorted.rows(), context));
  const ValidRows valid(*values, call.ignoresNulls);
  std::vector<int64_t> positions;
  positions.reserve(static_cast<size_t>(sorted.size()));
  for (int64_t row = 0; row < sorted.size(); ++row) {
    int64_t place = valid.rank(row) + call.number;
    // Behind a row that does not count itself, the first one that does is one step away.
    if (call.ignoresNulls && call.number > 0 && values->IsNull(row)) --place;
    positions.push_back(
        call.ignoresNulls && call.number == 0 ? row : valid.at(place, sorted.partition(row)));
  }
  if (!call.fallback) return pick(*values, positions);
  SPATE_ASSIGN_OR_FAIL(auto others, evaluateToArray(*call.fallback, *sorted.rows(), context));
  auto both = arrow::Concatenate({values, others});
  if (!both.ok()) return failure(fromArrow(both.status()));
  for (int64_t row = 0; row < sorted.size(); ++row) {
    int64_t& position = positions[static_cast<size_t>(row)];
    if (position < 0) position = sorted.size() + row;
  }
  return pick(**both, positions);
}

Result<ArrayPtr> nthColumn(const WindowCall& call, const SortedPartitions& sorted,
                           TaskContext& task, EvalContext& context) {
  SPATE_ASSIGN_OR_FAIL(const auto frames, sorted.frames(call.frame, task));
  SPATE_ASSIGN_OR_FAIL(const auto values, evaluateToArray(*call.value, *sorted.rows(), context));
  const ValidRows valid(*values, call.ignoresNulls);
  std::vector<int64_t> positions;
  positions.reserve(frames.size());
  for (const RowRange& frame : frames) {
    const int64_t place = call.number > 0 ? valid.rank(frame.from) + call.number - 1
                                          : valid.rank(frame.to) + call.number;
    positions.push_back(valid.at(place, frame));
  }
  return pick(*values, positions);
}

class WindowFunctions final : public Operator {
 public:
  WindowFunctions(std::vector<BoundExpressionPtr> partitionBy, std::vector<SortKey> orderBy,
                  std::vector<WindowCall> calls, std::shared_ptr<arrow::Schema> inputSchema,
                  std::shared_ptr<arrow::Schema> schema)
      : partitionBy_(std::move(partitionBy)),
        orderBy_(std::move(orderBy)),
        calls_(std::move(calls)),
        inputSchema_(std::move(inputSchema)),
        schema_(std::move(schema)) {}

  Status push(RecordBatchPtr batch, TaskContext&, Output&) override {
    batches_.push_back(std::move(batch));
    return Status::OK();
  }

  Status endInput(TaskContext& task, Output& output) override {
    if (batches_.empty()) return Status::OK();
    SPATE_ASSIGN_OR_RETURN(const auto rows, concatenate(batches_, inputSchema_));
    batches_.clear();
    if (rows->num_rows() == 0) return Status::OK();
    SPATE_ASSIGN_OR_RETURN(const auto sorted,
                           SortedPartitions::make(*rows, task, partitionBy_, orderBy_));
    std::vector<ArrayPtr> columns = sorted.rows()->columns();
    for (const WindowCall& call : calls_) {
      SPATE_ASSIGN_OR_RETURN(auto column, columnOf(call, sorted, task, output));
      if (!column) return Status::OK();
      columns.push_back(std::move(column));
    }
    return output.push(arrow::RecordBatch::Make(schema_, sorted.size(), std::move(columns)));
  }

 private:
  static Result<ArrayPtr> columnOf(const WindowCall& call, const SortedPartitions& sorted,
                                   TaskContext& task, const Output& output) {
    EvalContext context = task.evalContext(sorted.rows().get());
    switch (call.kind) {
      case WindowCall::Kind::kOffset: return offsetColumn(call, sorted, context);
      case WindowCall::Kind::kNth: return nthColumn(call, sorted, task, context);
      case WindowCall::Kind::kAggregate: {
        SPATE_ASSIGN_OR_FAIL(const auto frames, sorted.frames(call.frame, task));
        return aggregateFrames(*call.aggregate, sorted, frames, task, output);
      }
      default: return rankingColumn(call, sorted);
    }
  }

  std::vector<BoundExpressionPtr> partitionBy_;
  std::vector<SortKey> orderBy_;
  std::vector<WindowCall> calls_;
  std::shared_ptr<arrow::Schema> inputSchema_;
  std::shared_ptr<arrow::Schema> schema_;
  std::vector<RecordBatchPtr> batches_;
};

}  // namespace

std::unique_ptr<Operator> makeWindowFunctions(std::vector<BoundExpressionPtr> partitionBy,
                                              std::vector<SortKey> orderBy,
                                              std::vector<WindowCall> calls,
                                              std::shared_ptr<arrow::Schema> inputSchema,
                                              std::shared_ptr<arrow::Schema> schema) {
  return std::make_unique<WindowFunctions>(std::move(partitionBy), std::move(orderBy),
                                           std::move(calls), std::move(inputSchema),
                                           std::move(schema));
}

}  // namespace spate
