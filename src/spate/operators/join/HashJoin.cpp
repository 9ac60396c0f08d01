#include "spate/operators/join/HashJoin.h"

#include <arrow/array/array_base.h>
#include <arrow/array/array_primitive.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/builder.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>

#include "spate/operators/GroupTable.h"
#include "spate/operators/stateless/Stateless.h"
#include "spate/types/ArrowStatus.h"

namespace spate {
namespace {

constexpr int64_t kNoRow = -1;
/// Pairs that are checked and put out at once.
constexpr size_t kPairs = 16 * 1024;

bool hasNullKey(const std::vector<std::shared_ptr<arrow::Array>>& keys,
                const std::vector<bool>& nullSafe, int64_t row) {
  for (size_t i = 0; i < keys.size(); ++i) {
    if (!nullSafe[i] && keys[i]->IsNull(row)) return true;
  }
  return false;
}

std::vector<DataType> typesOf(const std::vector<BoundExpressionPtr>& keys) {
  std::vector<DataType> types;
  for (const BoundExpressionPtr& key : keys) types.push_back(key->type());
  return types;
}

Result<std::vector<std::shared_ptr<arrow::Array>>> evaluateAll(
    const std::vector<BoundExpressionPtr>& expressions, const arrow::RecordBatch& batch,
    EvalContext& context) {
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (const BoundExpressionPtr& expression : expressions) {
    SPATE_ASSIGN_OR_FAIL(auto column, evaluateToArray(*expression, batch, context));
    columns.push_back(std::move(column));
  }
  return columns;
}

/// An array of row numbers in which kNoRow is null, so that takeRows makes nulls of it. Without
/// kNoRow it is a view.
Result<std::shared_ptr<arrow::Array>> positionsOf(const std::vector<int64_t>& rows) {
  const auto count = static_cast<int64_t>(rows.size());
  if (std::ranges::find(rows, kNoRow) == rows.end())
    return std::make_shared<arrow::Int64Array>(count, arrow::Buffer::Wrap(rows));
  arrow::Int64Builder builder;
  SPATE_FAIL_IF_ERROR(fromArrow(builder.Reserve(count)));
  for (const int64_t row : rows) {
    if (row == kNoRow) {
      builder.UnsafeAppendNull();
    } else {
      builder.UnsafeAppend(row);
    }
  }
  std::shared_ptr<arrow::Array> positions;
  SPATE_FAIL_IF_ERROR(fromArrow(builder.Finish(&positions)));
  return positions;
}

/// Some row of the keys may be one of hasNullKey().
bool mayHaveNullKeys(const std::vector<std::shared_ptr<arrow::Array>>& keys,
                     const std::vector<bool>& nullSafe) {
  for (size_t i = 0; i < keys.size(); ++i)
    if (!nullSafe[i] && keys[i]->null_count() > 0) return true;
  return false;
}

}  // namespace

class BuiltSide {
 public:
  explicit BuiltSide(std::vector<DataType> keyTypes) : table(std::move(keyTypes)) {}

  RecordBatchPtr rows;
  GroupTable table;
  /// Rows of each group, chained: the first of a group, and the next of a row.
  std::vector<int64_t> firstOfGroup;
  std::vector<int64_t> nextOfRow;
  bool hasNullKeys = false;
  /// No group has two rows.
  bool isUnique = true;
  /// Used by one probing task only, see HashJoinOptions.
  std::vector<bool> matched;
};

Result<std::shared_ptr<BuiltSide>> buildSide(const HashJoinOptions& options,
                                             std::vector<RecordBatchPtr> rows,
                                             const RunContext& run) {
  auto built = std::make_shared<BuiltSide>(typesOf(options.rightKeys));
  SPATE_ASSIGN_OR_FAIL(built->rows, concatenate(rows, options.rightSchema));
  const int64_t count = built->rows->num_rows();
  built->matched.resize(static_cast<size_t>(count));
  built->nextOfRow.assign(static_cast<size_t>(count), kNoRow);
  TaskContext task(run, 0, 1);
  EvalContext context = task.evalContext(built->rows.get());
  SPATE_ASSIGN_OR_FAIL(const auto keys, evaluateAll(options.rightKeys, *built->rows, context));
  std::vector<uint32_t> groups;
  SPATE_FAIL_IF_ERROR(built->table.groupsOf(keys, count, groups));
  built->table.prepareToFind();
  built->firstOfGroup.assign(built->table.size(), kNoRow);
  for (int64_t row = count - 1; row >= 0; --row) {
    if (hasNullKey(keys, options.nullSafe, row)) {
      built->hasNullKeys = true;
      continue;
    }
    int64_t& first = built->firstOfGroup[groups[static_cast<size_t>(row)]];
    built->isUnique = built->isUnique && first == kNoRow;
    built->nextOfRow[static_cast<size_t>(row)] = first;
    first = row;
  }
  return built;
}

namespace {

class HashJoin final : public Operator {
 public:
  HashJoin(HashJoinOptions options, std::shared_ptr<BuiltSide> built)
      : options_(std::move(options)), built_(std::move(built)) {}

  Status push(RecordBatchPtr batch, TaskContext& task, Output& output) override {
    EvalContext context = task.evalContext(batch.get());
    SPATE_ASSIGN_OR_RETURN(const auto keys, evaluateAll(options_.leftKeys, *batch, context));
    built_->table.find(keys, batch->num_rows(), groups_);
    leftRows_.clear();
    rightRows_.clear();
    const bool mayBeNull = mayHaveNullKeys(keys, options_.nullSafe);
    if (options_.type == JoinType::kInner && built_->isUnique) {
      leftRows_.reserve(static_cast<size_t>(batch->num_rows()));
      rightRows_.reserve(static_cast<size_t>(batch->num_rows()));
      for (int64_t row = 0; row < batch->num_rows(); ++row) {
        const uint32_t group = groups_[static_cast<size_t>(row)];
        if (group == GroupTable::kNoGroup) continue;
        if (mayBeNull && hasNullKey(keys, options_.nullSafe, row)) continue;
        const int64_t right = built_->firstOfGroup[group];
        if (right == kNoRow) continue;
        leftRows_.push_back(row);
        rightRows_.push_back(right);
      }
      return emitPairs(*batch, task, output, false);
    }
    found_.assign(static_cast<size_t>(batch->num_rows()), false);
    for (int64_t row = 0; row < batch->num_rows(); ++row) {
      const uint32_t group = groups_[static_cast<size_t>(row)];
      if (group == GroupTable::kNoGroup) continue;
      if (mayBeNull && hasNullKey(keys, options_.nullSafe, row)) continue;
      for (int64_t right = built_->firstOfGroup[group]; right != kNoRow;
           right = built_->nextOfRow[static_cast<size_t>(right)]) {
        leftRows_.push_back(row);
        rightRows_.push_back(right);
        if (leftRows_.size() >= kPairs)
          SPATE_RETURN_IF_ERROR(emitPairs(*batch, task, output, false));
      }
    }
    SPATE_RETURN_IF_ERROR(emitPairs(*batch, task, output, false));
    return emitLeftRows(*batch, keys, task, output);
  }

  Status endInput(TaskContext&, Output& output) override {
    if (options_.type != JoinType::kRightOuter && options_.type != JoinType::kFullOuter)
      return Status::OK();
    std::vector<int64_t> rows;
    for (size_t i = 0; i < built_->matched.size(); ++i) {
      if (!built_->matched[i]) rows.push_back(static_cast<int64_t>(i));
    }
    if (rows.empty()) return Status::OK();
    SPATE_ASSIGN_OR_RETURN(const auto positions, positionsOf(rows));
    SPATE_ASSIGN_OR_RETURN(const auto right, takeRows(*built_->rows, *positions));
    std::vector<std::shared_ptr<arrow::Array>> columns;
    const int left = options_.schema->num_fields() - right->num_columns();
    for (int i = 0; i < left; ++i) {
      auto nulls = arrow::MakeArrayOfNull(options_.schema->field(i)->type(), right->num_rows());
      if (!nulls.ok()) return fromArrow(nulls.status());
      columns.push_back(*std::move(nulls));
    }
    for (const auto& column : right->columns()) columns.push_back(column);
    return output.push(
        arrow::RecordBatch::Make(options_.schema, right->num_rows(), std::move(columns)));
  }

 private:
  bool putsOutPairs() const {
    return options_.type != JoinType::kLeftSemi && options_.type != JoinType::kLeftAnti;
  }

  Result<RecordBatchPtr> pairs(const arrow::RecordBatch& batch,
                               const std::shared_ptr<arrow::Schema>& schema) {
    SPATE_ASSIGN_OR_FAIL(const auto rightPositions, positionsOf(rightRows_));
    SPATE_ASSIGN_OR_FAIL(const auto right, takeRows(*built_->rows, *rightPositions));
    auto columns = batch.columns();
    // Each row with one partner: the left columns are what they were.
    if (!built_->isUnique || right->num_rows() != batch.num_rows()) {
      SPATE_ASSIGN_OR_FAIL(const auto leftPositions, positionsOf(leftRows_));
      SPATE_ASSIGN_OR_FAIL(const auto left, takeRows(batch, *leftPositions));
      columns = left->columns();
    }
    for (const auto& column : right->columns()) columns.push_back(column);
    return arrow::RecordBatch::Make(schema, right->num_rows(), std::move(columns));
  }

  Status emitPairs(const arrow::RecordBatch& batch, TaskContext& task, Output& output,
                   bool areOuter) {
    if (leftRows_.empty()) return Status::OK();
    RecordBatchPtr rows;
    if (options_.condition && !areOuter) {
      SPATE_ASSIGN_OR_RETURN(rows, pairs(batch, options_.pairSchema));
      EvalContext context = task.evalContext(rows.get());
      SPATE_ASSIGN_OR_RETURN(const auto mask, evaluateToArray(*options_.condition, *rows, context));
      const auto& chosen = static_cast<const arrow::BooleanArray&>(*mask);
      size_t kept = 0;
      for (size_t i = 0; i < leftRows_.size(); ++i) {
        const auto at = static_cast<int64_t>(i);
        if (!chosen.IsValid(at) || !chosen.Value(at)) continue;
        leftRows_[kept] = leftRows_[i];
        rightRows_[kept++] = rightRows_[i];
      }
      if (kept != leftRows_.size()) rows = nullptr;
      leftRows_.resize(kept);
      rightRows_.resize(kept);
    }
    if (!areOuter && options_.type != JoinType::kInner) {
      for (size_t i = 0; i < leftRows_.size(); ++i) {
        found_[static_cast<size_t>(leftRows_[i])] = true;
        if (options_.type == JoinType::kRightOuter || options_.type == JoinType::kFullOuter)
          built_->matched[static_cast<size_t>(rightRows_[i])] = true;
      }
    }
    Status status;
    if (putsOutPairs() && !leftRows_.empty()) {
      SPATE_ASSIGN_OR_RETURN(rows, pairs(batch, options_.schema));
      status = output.push(std::move(rows));
    }
    leftRows_.clear();
    rightRows_.clear();
    return status;
  }

  /// What is put out once per left row: those without a partner of outer joins, and those of semi
  /// and anti joins.
  Status emitLeftRows(const arrow::RecordBatch& batch,
                      const std::vector<std::shared_ptr<arrow::Array>>& keys, TaskContext& task,
                      Output& output) {
    const bool isOuter =
        options_.type == JoinType::kLeftOuter || options_.type == JoinType::kFullOuter;
    if (!isOuter && putsOutPairs()) return Status::OK();
    const bool wanted = options_.type == JoinType::kLeftSemi;
    if (options_.isNullAwareAnti && built_->hasNullKeys) return Status::OK();
    for (int64_t row = 0; row < batch.num_rows(); ++row) {
      if (found_[static_cast<size_t>(row)] != wanted) continue;
      if (options_.isNullAwareAnti && built_->rows->num_rows() > 0 &&
          hasNullKey(keys, options_.nullSafe, row))
        continue;
      leftRows_.push_back(row);
      rightRows_.push_back(kNoRow);
    }
    if (leftRows_.empty()) return Status::OK();
    if (isOuter) return emitPairs(batch, task, output, true);
    SPATE_ASSIGN_OR_RETURN(const auto positions, positionsOf(leftRows_));
    leftRows_.clear();
    rightRows_.clear();
    SPATE_ASSIGN_OR_RETURN(auto rows, takeRows(batch, *positions));
    return output.push(std::move(rows));
  }

  HashJoinOptions options_;
  std::shared_ptr<BuiltSide> built_;
  std::vector<uint32_t> groups_;
  std::vector<bool> found_;
  std::vector<int64_t> leftRows_;
  std::vector<int64_t> rightRows_;
};

}  // namespace

std::unique_ptr<Operator> makeHashJoin(HashJoinOptions options, std::shared_ptr<BuiltSide> built) {
  return std::make_unique<HashJoin>(std::move(options), std::move(built));
}

}  // namespace spate
