// Calls and casts as expressions.
#include <arrow/array/array_base.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include <algorithm>
#include <utility>

#include "spate/functions/Errors.h"
#include "spate/functions/LiteralText.h"
#include "spate/functions/TypeCoercion.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/ArrowValues.h"
#include "spate/types/Columns.h"

namespace spate {
namespace {

class CallExpression final : public BoundExpression {
 public:
  /// `arguments` has null where a lambda stands.
  CallExpression(BoundFunction function, std::vector<BoundExpressionPtr> arguments, std::string sql)
      : BoundExpression(function.type, function.nullable),
        function_(std::move(function)),
        arguments_(std::move(arguments)),
        sql_(std::move(sql)),
        hasLambda_(std::ranges::find(arguments_, nullptr) != arguments_.end()) {}

  Result<arrow::Datum> evaluate(const arrow::RecordBatch& batch,
                                EvalContext& context) const override {
    std::vector<arrow::Datum> values;
    values.reserve(arguments_.size());
    bool scalars = function_.isDeterministic && !hasLambda_;
    for (const auto& argument : arguments_) {
      if (argument == nullptr) {
        values.emplace_back(arrow::MakeNullScalar(arrow::null()));
        continue;
      }
      SPATE_ASSIGN_OR_FAIL(arrow::Datum value, argument->evaluate(batch, context));
      scalars = scalars && value.is_scalar();
      values.push_back(std::move(value));
    }
    const arrow::RecordBatch* outer = std::exchange(context.batch, &batch);
    auto result = function_.kernel(context, values, scalars ? 1 : batch.num_rows());
    context.batch = outer;
    if (!result || !scalars || !result->is_array()) return result;
    SPATE_ASSIGN_OR_FAIL_ARROW(auto scalar, result->make_array()->GetScalar(0));
    return arrow::Datum(std::move(scalar));
  }

  std::string sql() const override { return sql_; }

  std::vector<BoundExpressionPtr> children() const override {
    std::vector<BoundExpressionPtr> present;
    for (const auto& argument : arguments_) {
      if (argument != nullptr) present.push_back(argument);
    }
    return present;
  }

  bool readsAnyColumn() const override { return hasLambda_; }

  bool isDeterministic() const override {
    return function_.isDeterministic && BoundExpression::isDeterministic();
  }

  bool isFoldable() const override {
    return function_.isFoldable && function_.isDeterministic && !hasLambda_ &&
           std::ranges::all_of(arguments_, [](const auto& each) { return each->isFoldable(); });
  }

 private:
  BoundFunction function_;
  std::vector<BoundExpressionPtr> arguments_;
  std::string sql_;
  bool hasLambda_;
};

class CastExpression final : public BoundExpression {
 public:
  CastExpression(BoundExpressionPtr child, const DataType& type, CastPolicy policy,
                 std::string timeZone, std::string sql)
      : BoundExpression(type, child->nullable() || policy != CastPolicy::kAnsi),
        child_(std::move(child)),
        policy_(policy),
        timeZone_(std::move(timeZone)),
        sql_(std::move(sql)) {}

  Result<arrow::Datum> evaluate(const arrow::RecordBatch& batch,
                                EvalContext& context) const override {
    SPATE_ASSIGN_OR_FAIL(const arrow::Datum value, child_->evaluate(batch, context));
    return castColumn(value, child_->type(), type(), policy_, timeZone_);
  }
  std::string sql() const override { return sql_; }
  std::vector<BoundExpressionPtr> children() const override { return {child_}; }

 private:
  BoundExpressionPtr child_;
  CastPolicy policy_;
  std::string timeZone_;
  std::string sql_;
};

Result<Argument> argumentOf(const BoundExpressionPtr& expression, const SessionSettings& settings) {
  Argument argument{expression->type(), expression->nullable(), expression->sql(), std::nullopt};
  if (expression->isFoldable()) {
    // An error of a constant belongs to the time when it is evaluated, which may be never.
    auto value = evaluateConstant(*expression, settings);
    if (value) argument.constant = std::move(*value);
  }
  return argument;
}

/// A decimal of a scale below zero can be shown and stored, and that is all.
Status checkScale(const DataType& type, std::string_view user) {
  if (!type.is(TypeKind::kDecimal) || type.scale() >= 0) return Status::OK();
  const std::string feature = type.sql() + " in " + std::string(user);
  return Status::unsupported("The feature is not supported: " + feature + ".")
      .withErrorClass("UNSUPPORTED_FEATURE", "0A000", {{"feature", feature}});
}

BoundExpressionPtr castWithText(BoundExpressionPtr child, const DataType& type, CastPolicy policy,
                                const SessionSettings& settings, std::string text) {
  const bool isFoldable = child->isFoldable();
  auto cast =
      std::make_shared<CastExpression>(std::move(child), type, policy, settings.timeZone, text);
  if (isFoldable) {
    auto value = evaluateConstant(*cast, settings);
    if (value) return namedConstant(std::move(*value), type, std::move(text));
  }
  return cast;
}

/// What Spark adds to the text of a call whose last arguments are left out.
struct LeftOut {
  std::string_view name;
  size_t count;
  std::string_view rest;
};
constexpr LeftOut kLeftOut[] = {
    {"aggregate", 3, ", lambdafunction(namedlambdavariable(), namedlambdavariable())"},
    {"reduce", 3, ", lambdafunction(namedlambdavariable(), namedlambdavariable())"},
    {"locate", 2, ", 1"},
    {"months_between", 2, ", true"},
    {"overlay", 3, ", -1"},
    {"position", 2, ", 1"},
    {"regexp_replace", 3, ", 1"},
    {"str_to_map", 1, ", ,, :"},
    {"str_to_map", 2, ", :"},
    {"substr", 2, ", 2147483647"},
    {"substring", 2, ", 2147483647"},
};

/// The text of a call that has none of its own: "name(arg, arg)", but for those that Spark writes
/// in another way.
std::string textOfCall(std::string_view name, std::span<const Argument> arguments) {
  const size_t count = arguments.size();
  if (name == "like" && count == 2) return arguments[0].sql + " LIKE " + arguments[1].sql;
  if (count == 2 && (name == "trim" || name == "ltrim" || name == "rtrim")) {
    const std::string side = name == "trim" ? "BOTH" : name == "ltrim" ? "LEADING" : "TRAILING";
    return "TRIM(" + side + " " + arguments[0].sql + " FROM " + arguments[1].sql + ")";
  }
  if (name == "assert_true" && count == 1)
    return "assert_true(" + arguments[0].sql + ", '" + arguments[0].sql + "' is not true!)";
  std::string shown(name);
  if (name == "rlike" || name == "regexp" || name == "regexp_like") {
    for (char& c : shown)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  if (name == "position") shown = "locate";
  std::string text = callText(shown, arguments);
  for (const LeftOut& each : kLeftOut) {
    if (each.name == name && each.count == count) text.insert(text.size() - 1, each.rest);
  }
  return text;
}

}  // namespace

Result<BoundExpressionPtr> castArgument(BoundExpressionPtr child, const DataType& type,
                                        const SessionSettings& settings) {
  if (child->type() == type) return child;
  if (!type.isText()) SPATE_FAIL_IF_ERROR(checkScale(child->type(), "a cast"));
  const CastPolicy policy = settings.ansi ? CastPolicy::kAnsi : CastPolicy::kLegacy;
  std::string text = child->sql();
  if (!canCast(child->type(), type, settings.ansi)) {
    return failure(
        castMismatch(child->type(), type, policy, "CAST(" + text + " AS " + type.sql() + ")"));
  }
  return castWithText(std::move(child), type, policy, settings, std::move(text));
}

Result<BoundExpressionPtr> bindImplicitCast(BoundExpressionPtr child, const DataType& type,
                                            const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkScale(child->type(), "this place"));
  if (isImplicitlyCastable(child->type(), type, settings.ansi)) {
    return castArgument(std::move(child), type, settings);
  }
  const CastPolicy policy = settings.ansi ? CastPolicy::kAnsi : CastPolicy::kLegacy;
  return failure(castMismatch(child->type(), type, policy,
                              "CAST(" + child->sql() + " AS " + type.sql() + ")"));
}

Result<BoundExpressionPtr> bindCast(BoundExpressionPtr child, const DataType& type,
                                    CastPolicy policy, const SessionSettings& settings) {
  if (!type.isText() && !(child->type() == type))
    SPATE_FAIL_IF_ERROR(checkScale(child->type(), "a cast"));
  std::string text = (policy == CastPolicy::kTry ? "TRY_CAST(" : "CAST(") + child->sql() + " AS " +
                     type.sql() + ")";
  if (!canCast(child->type(), type, policy != CastPolicy::kLegacy)) {
    return failure(castMismatch(child->type(), type, policy, text));
  }
  return castWithText(std::move(child), type, policy, settings, std::move(text));
}

Result<BoundExpressionPtr> bindCall(const ScalarFunction& function,
                                    std::vector<BoundExpressionPtr> arguments,
                                    std::span<const LambdaSource> lambdas,
                                    const SessionSettings& settings) {
  if (function.make != nullptr) {
    if (!lambdas.empty()) {
      return failure(Status::invalidArgument("A lambda function should only be used in a higher "
                                             "order function. However, its class is not.")
                         .withErrorClass("UNEXPECTED_INPUT_TYPE", "42K09"));
    }
    return function.make(function.name, std::move(arguments), settings);
  }
  std::vector<Argument> described;
  size_t nextLambda = 0;
  // The texts of the lambdas are known once the function has bound them.
  std::vector<std::string> bodies(lambdas.size());
  std::vector<LambdaSource> noted(lambdas.begin(), lambdas.end());
  for (size_t i = 0; i < noted.size(); ++i) {
    noted[i].bind = [&lambdas, &bodies,
                     i](const std::vector<StructField>& types) -> Result<BoundExpressionPtr> {
      SPATE_ASSIGN_OR_FAIL(auto body, lambdas[i].bind(types));
      bodies[i] = body->sql();
      return body;
    };
  }
  for (const auto& argument : arguments) {
    if (argument == nullptr) {
      if (nextLambda == noted.size()) return failure(Status::internal("a lambda is missing"));
      Argument lambda;
      lambda.sql = "lambdafunction";
      lambda.lambda = &noted[nextLambda++];
      described.push_back(std::move(lambda));
      continue;
    }
    SPATE_FAIL_IF_ERROR(checkScale(argument->type(), function.name));
    SPATE_ASSIGN_OR_FAIL(Argument one, argumentOf(argument, settings));
    described.push_back(std::move(one));
  }
  SPATE_ASSIGN_OR_FAIL(BoundFunction bound, function.bind(function.name, described, settings));
  for (Argument& argument : described) {
    if (argument.lambda == nullptr) continue;
    const auto i = static_cast<size_t>(argument.lambda - noted.data());
    argument.sql = "lambdafunction(" + bodies[i];
    for (size_t parameter = 0; parameter < noted[i].parameters; ++parameter)
      argument.sql += ", namedlambdavariable()";
    argument.sql += ")";
  }
  std::string sql = bound.sql.empty() ? textOfCall(function.name, described) : bound.sql;
  if (bound.argumentTypes.size() != arguments.size()) {
    return failure(Status::internal(std::string(function.name) + " bound " +
                                    std::to_string(bound.argumentTypes.size()) + " of " +
                                    std::to_string(arguments.size()) + " arguments"));
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == nullptr) continue;
    const DataType& required = bound.argumentTypes[i];
    if (!isImplicitlyCastable(arguments[i]->type(), required, settings.ansi)) {
      return failure(unexpectedInputType(sql, i, quotedType(required), described[i]));
    }
    SPATE_ASSIGN_OR_FAIL(arguments[i], castArgument(std::move(arguments[i]), required, settings));
  }
  return std::make_shared<CallExpression>(std::move(bound), std::move(arguments), std::move(sql));
}

}  // namespace spate
