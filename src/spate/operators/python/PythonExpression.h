#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spate/operators/python/PythonFunctions.h"

namespace spate {

/// A call of a Python function in an expression. It is not evaluated in its place: an operator
/// below (makeEvalPython) has put the results into a column called resultName(), behind the columns
/// of its input.
class PythonExpression final : public BoundExpression {
 public:
  struct Argument {
    BoundExpressionPtr value;
    std::string name;  ///< f(name => value); empty: by position
  };

  /// `resultName` is the same for calls that give the same.
  PythonExpression(PythonFunctionPtr function, std::vector<Argument> arguments,
                   std::string resultName);

  const PythonFunctionPtr& function() const { return function_; }
  const std::vector<Argument>& arguments() const { return arguments_; }
  const std::string& resultName() const { return resultName_; }

  /// Errors UNSUPPORTED_FEATURE: the plan has no such operator in this place
  Result<arrow::Datum> evaluate(const arrow::RecordBatch& batch,
                                EvalContext& context) const override;
  std::string sql() const override;
  std::vector<BoundExpressionPtr> children() const override;
  bool isDeterministic() const override;
  bool isFoldable() const override { return false; }

 private:
  PythonFunctionPtr function_;
  std::vector<Argument> arguments_;
  std::string resultName_;
};

/// The expression as a call of a Python function, or null.
const PythonExpression* asPython(const BoundExpression& expression);
/// Whether there is such a call anywhere in it.
bool hasPython(const BoundExpression& expression);

}  // namespace spate
