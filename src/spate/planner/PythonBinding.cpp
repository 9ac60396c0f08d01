// Calls of Python functions in expressions.
#include <atomic>
#include <functional>
#include <set>

#include "spate/operators/python/PythonExpression.h"
#include "spate/planner/Analyzer.h"
#include "spate/planner/PlanErrors.h"

namespace spate {
namespace {

bool isScalar(PythonEvalType type) {
  switch (type) {
    case PythonEvalType::kBatched:
    case PythonEvalType::kArrowBatched:
    case PythonEvalType::kScalarPandas:
    case PythonEvalType::kScalarPandasIter:
    case PythonEvalType::kScalarArrow:
    case PythonEvalType::kScalarArrowIter: return true;
    default: return false;
  }
}

/// Two calls of one function with the same arguments give the same, unless chance has a say.
std::string resultNameOf(const PythonFunction& function,
                         const std::vector<PythonExpression::Argument>& arguments) {
  static std::atomic<int64_t> calls{0};
  bool isSame = function.isDeterministic;
  std::string name = "pythonUDF:" + function.name + ":" + function.type.sql() + ":" +
                     std::to_string(static_cast<int>(function.evalType)) + ":" +
                     std::to_string(std::hash<std::string>()(function.command)) + "(";
  for (const PythonExpression::Argument& argument : arguments) {
    isSame = isSame && argument.value->isDeterministic();
    name += argument.name + "=>" + fingerprintOf(*argument.value) + ",";
  }
  return name + ")" + (isSame ? "" : "#" + std::to_string(++calls));
}

Status checkNames(const plan::PythonCall& call) {
  std::set<std::string> names;
  const std::string function = quotedName({call.name});
  for (size_t i = 0; i < call.arguments.size(); ++i) {
    const auto* named = call.arguments[i]->as<plan::NamedArgument>();
    if (named == nullptr) {
      if (names.empty()) continue;
      return analysisError(
          "UNEXPECTED_POSITIONAL_ARGUMENT", "4274K",
          "Cannot invoke routine " + function +
              " because it contains positional argument(s) following the named "
              "argument assigned to " +
              quotedName({*names.rbegin()}) +
              "; please rearrange them so the positional arguments come first and "
              "then retry the query again.",
          {{"routineName", function}, {"parameterName", quotedName({*names.rbegin()})}});
    }
    if (!names.insert(named->name).second)
      return analysisError(
          "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.DOUBLE_NAMED_ARGUMENT_REFERENCE", "4274K",
          "Call to routine " + function +
              " is invalid because it includes multiple argument assignments to the same "
              "parameter name " +
              quotedName({named->name}) +
              ". More than one named argument referred to the same parameter. Please assign a "
              "value only once.",
          {{"routineName", function}, {"parameterName", quotedName({named->name})}});
  }
  return Status::OK();
}

}  // namespace

Result<BoundExpressionPtr> ExpressionBinder::bindPython(const plan::PythonCall& call) {
  const auto evalType = static_cast<PythonEvalType>(call.evalType);
  if (!isScalar(evalType))
    return failure(unsupportedHereError("the Python function " + call.name + " (eval type " +
                                        std::to_string(call.evalType) + ") in this place"));
  if (!lambdas_.empty())
    return failure(
        analysisError("UNSUPPORTED_FEATURE.LAMBDA_FUNCTION_WITH_PYTHON_UDF", "0A000",
                      "The feature is not supported: Lambda function with Python UDF \"" +
                          call.name + "\" in a higher order function.",
                      {{"funcName", "\"" + call.name + "\""}}));
  SPATE_FAIL_IF_ERROR(checkNames(call));
  SPATE_ASSIGN_OR_FAIL(const auto expanded, expandStars(call.arguments));
  std::vector<PythonExpression::Argument> arguments;
  for (const plan::ExpressionPtr& argument : expanded) {
    const auto* named = argument->as<plan::NamedArgument>();
    SPATE_ASSIGN_OR_FAIL(auto value, bind(named == nullptr ? argument : named->value));
    arguments.push_back({std::move(value), named == nullptr ? "" : named->name});
  }
  PythonFunctionPtr function = pythonFunctionOf(call);
  std::string result = resultNameOf(*function, arguments);
  return std::make_shared<PythonExpression>(std::move(function), std::move(arguments),
                                            std::move(result));
}

}  // namespace spate
