#include "spate/functions/BoundExpression.h"

#include <arrow/array/array_base.h>
#include <arrow/array/util.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include <algorithm>
#include <utility>

#include "spate/functions/LiteralText.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/ArrowValues.h"
#include "spate/types/Columns.h"

namespace spate {
namespace {

class ColumnReference final : public BoundExpression {
 public:
  ColumnReference(int index, const StructField& field)
      : BoundExpression(field.type, field.nullable), index_(index), name_(field.name) {}

  Result<arrow::Datum> evaluate(const arrow::RecordBatch& batch, EvalContext&) const override {
    if (index_ >= batch.num_columns()) {
      return failure(Status::internal("column " + std::to_string(index_) + " (" + name_ +
                                      ") of a batch with " + std::to_string(batch.num_columns())));
    }
    return arrow::Datum(batch.column(index_));
  }
  std::string sql() const override { return name_; }
  bool isFoldable() const override { return false; }
  std::optional<int> columnIndex() const override { return index_; }

 private:
  int index_;
  std::string name_;
};

class Constant final : public BoundExpression {
 public:
  Constant(Datum value, const DataType& type, std::string sql)
      : BoundExpression(type, value.isNull()),
        sql_(std::move(sql)),
        scalar_(scalarOf(value, type)) {}

  Result<arrow::Datum> evaluate(const arrow::RecordBatch&, EvalContext&) const override {
    if (!scalar_) return failure(scalar_.error());
    return arrow::Datum(*scalar_);
  }
  std::string sql() const override { return sql_; }
  bool isFoldable() const override { return true; }

 private:
  std::string sql_;
  Result<std::shared_ptr<arrow::Scalar>> scalar_;
};

}  // namespace

bool BoundExpression::isDeterministic() const {
  return std::ranges::all_of(children(),
                             [](const auto& child) { return child->isDeterministic(); });
}

bool BoundExpression::isFoldable() const {
  const auto parts = children();
  return !parts.empty() &&
         std::ranges::all_of(parts, [](const auto& child) { return child->isFoldable(); });
}

Result<std::shared_ptr<arrow::Array>> evaluateToArray(const BoundExpression& expression,
                                                      const arrow::RecordBatch& batch,
                                                      EvalContext& context) {
  SPATE_ASSIGN_OR_FAIL(const arrow::Datum value, expression.evaluate(batch, context));
  if (value.is_array()) return value.make_array();
  SPATE_ASSIGN_OR_FAIL_ARROW(auto array,
                             arrow::MakeArrayFromScalar(*value.scalar(), batch.num_rows()));
  return array;
}

Result<Datum> evaluateConstant(const BoundExpression& expression, const SessionSettings& settings) {
  const auto batch = arrow::RecordBatch::Make(arrow::schema({}), 1, arrow::ArrayVector{});
  EvalContext context{.settings = settings};
  SPATE_ASSIGN_OR_FAIL(const arrow::Datum value, expression.evaluate(*batch, context));
  if (value.is_scalar()) return valueOf(*value.scalar(), expression.type());
  return valueAt(*value.make_array(), 0, expression.type());
}

BoundExpressionPtr columnAt(int index, const StructField& field) {
  return std::make_shared<ColumnReference>(index, field);
}

BoundExpressionPtr constantOf(Datum value, const DataType& type) {
  std::string text = literalText(value, type);
  return namedConstant(std::move(value), type, std::move(text));
}

BoundExpressionPtr namedConstant(Datum value, const DataType& type, std::string sql) {
  return std::make_shared<Constant>(std::move(value), type, std::move(sql));
}

}  // namespace spate
