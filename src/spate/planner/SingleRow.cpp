#include "spate/planner/SingleRow.h"

#include <arrow/array/array_primitive.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>

#include "spate/planner/PlanErrors.h"

namespace spate {
namespace {

class SingleRow final : public BoundExpression {
 public:
  SingleRow(BoundExpressionPtr value, BoundExpressionPtr rows)
      : BoundExpression(value->type(), true), value_(std::move(value)), rows_(std::move(rows)) {}

  Result<arrow::Datum> evaluate(const arrow::RecordBatch& batch,
                                EvalContext& context) const override {
    SPATE_ASSIGN_OR_FAIL(const auto rows, evaluateToArray(*rows_, batch, context));
    const auto& counts = static_cast<const arrow::Int64Array&>(*rows);
    for (int64_t i = 0; i < counts.length(); ++i)
      if (counts.IsValid(i) && counts.Value(i) > 1) return failure(tooManyRowsError());
    return value_->evaluate(batch, context);
  }
  std::string sql() const override { return "scalarsubquery(" + value_->sql() + ")"; }
  std::vector<BoundExpressionPtr> children() const override { return {value_, rows_}; }

 private:
  BoundExpressionPtr value_;
  BoundExpressionPtr rows_;
};

}  // namespace

BoundExpressionPtr singleRow(BoundExpressionPtr value, BoundExpressionPtr rows) {
  return std::make_shared<SingleRow>(std::move(value), std::move(rows));
}

Status tooManyRowsError() {
  return analysisError("SCALAR_SUBQUERY_TOO_MANY_ROWS", "21000",
                       "More than one row returned by a subquery used as an expression.");
}

}  // namespace spate
