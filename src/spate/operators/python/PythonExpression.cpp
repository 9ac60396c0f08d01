#include "spate/operators/python/PythonExpression.h"

#include <arrow/array/array_base.h>
#include <arrow/array/util.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include <algorithm>

#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"

namespace spate {

PythonExpression::PythonExpression(PythonFunctionPtr function, std::vector<Argument> arguments,
                                   std::string resultName)
    : BoundExpression(function->type, true),
      function_(std::move(function)),
      arguments_(std::move(arguments)),
      resultName_(std::move(resultName)) {}

Result<arrow::Datum> PythonExpression::evaluate(const arrow::RecordBatch& batch,
                                                EvalContext&) const {
  const int index = batch.schema()->GetFieldIndex(resultName_);
  if (index >= 0) return arrow::Datum(batch.column(index));
  if (batch.num_rows() > 0)
    return failure(Status::unsupported("The feature is not supported: the Python function " +
                                       function_->name + " in this place.")
                       .withErrorClass("UNSUPPORTED_FEATURE", "0A000"));
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(this->type()));
  auto none = arrow::MakeEmptyArray(type);
  if (!none.ok()) return failure(fromArrow(none.status()));
  return arrow::Datum(*std::move(none));
}

std::string PythonExpression::sql() const {
  std::string text;
  for (const Argument& argument : arguments_) {
    text += text.empty() ? "" : ", ";
    text += argument.name.empty() ? "" : argument.name + " => ";
    text += argument.value->sql();
  }
  return function_->name + "(" + text + ")";
}

std::vector<BoundExpressionPtr> PythonExpression::children() const {
  std::vector<BoundExpressionPtr> values;
  for (const Argument& argument : arguments_) values.push_back(argument.value);
  return values;
}

bool PythonExpression::isDeterministic() const {
  return function_->isDeterministic && BoundExpression::isDeterministic();
}

const PythonExpression* asPython(const BoundExpression& expression) {
  return dynamic_cast<const PythonExpression*>(&expression);
}

bool hasPython(const BoundExpression& expression) {
  return asPython(expression) != nullptr ||
         std::ranges::any_of(expression.children(),
                             [](const auto& child) { return hasPython(*child); });
}

}  // namespace spate
