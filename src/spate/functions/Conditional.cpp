// if, CASE, coalesce and their kin: what evaluates its arguments for the rows that need them.
#include <arrow/array/array_base.h>
#include <arrow/datum.h>
#include <arrow/record_batch.h>
#include <arrow/scalar.h>
#include <arrow/type.h>

#include <algorithm>
#include <array>

#include "spate/functions/Errors.h"
#include "spate/functions/Families.h"
#include "spate/functions/LiteralText.h"
#include "spate/functions/Selection.h"
#include "spate/functions/TypeCoercion.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/Columns.h"

namespace spate {
namespace {

using Expressions = std::vector<BoundExpressionPtr>;

Argument describe(const BoundExpressionPtr& expression) {
  return {expression->type(), expression->nullable(), expression->sql(), std::nullopt};
}

std::string text(std::string_view name, const Expressions& arguments) {
  std::vector<Argument> described;
  for (const auto& argument : arguments) described.push_back(describe(argument));
  return callText(name, described);
}

/// Casts all to their common type; DATA_DIFF_TYPES when there is none.
Status unify(std::string_view name, const std::string& sql, std::span<BoundExpressionPtr> values,
             const SessionSettings& settings) {
  std::vector<Argument> described;
  for (const auto& value : values) described.push_back(describe(value));
  const auto common = commonTypeOf(described, settings);
  if (!common) return dataDiffTypes(name, sql, described);
  for (auto& value : values) {
    SPATE_ASSIGN_OR_RETURN(value, castArgument(std::move(value), *common, settings));
  }
  return {};
}

RowMask nullRows(const arrow::Datum& value, int64_t rows) {
  if (value.is_scalar())
    return RowMask(static_cast<size_t>(rows), value.scalar()->is_valid ? 0 : 1);
  RowMask mask(static_cast<size_t>(rows));
  const auto array = value.make_array();
  if (array->null_count() == 0) return mask;
  for (int64_t i = 0; i < rows; ++i) mask[static_cast<size_t>(i)] = array->IsNull(i) ? 1 : 0;
  return mask;
}

class CaseWhen final : public BoundExpression {
 public:
  CaseWhen(Expressions conditions, Expressions values, BoundExpressionPtr otherwise,
           const DataType& type, std::string sql)
      : BoundExpression(type, otherwise->nullable() ||
                                  std::ranges::any_of(
                                      values, [](const auto& value) { return value->nullable(); })),
        conditions_(std::move(conditions)),
        values_(std::move(values)),
        otherwise_(std::move(otherwise)),
        sql_(std::move(sql)) {}

  Result<arrow::Datum> evaluate(const arrow::RecordBatch& batch,
                                EvalContext& context) const override {
    const int64_t rows = batch.num_rows();
    RowMask open(static_cast<size_t>(rows), 1);
    std::vector<RowMask> taken;
    std::vector<arrow::Datum> branches;
    for (size_t i = 0; i < conditions_.size(); ++i) {
      if (i > 0 && !anyRow(open)) break;
      SPATE_ASSIGN_OR_FAIL(const auto condition,
                           evaluateWhere(*conditions_[i], batch, open, context));
      RowMask mask = trueRows(condition, rows);
      for (size_t row = 0; row < mask.size(); ++row) {
        mask[row] &= open[row];
        open[row] ^= mask[row];
      }
      SPATE_ASSIGN_OR_FAIL(auto value, evaluateWhere(*values_[i], batch, mask, context));
      taken.push_back(std::move(mask));
      branches.push_back(std::move(value));
    }
    SPATE_ASSIGN_OR_FAIL(auto result, evaluateWhere(*otherwise_, batch, open, context));
    for (size_t i = branches.size(); i-- > 0;) {
      SPATE_ASSIGN_OR_FAIL(result, choose(taken[i], branches[i], result));
    }
    return result;
  }

  std::string sql() const override { return sql_; }
  std::vector<BoundExpressionPtr> children() const override {
    Expressions all = conditions_;
    all.insert(all.end(), values_.begin(), values_.end());
    all.push_back(otherwise_);
    return all;
  }

 private:
  Expressions conditions_;
  Expressions values_;
  BoundExpressionPtr otherwise_;
  std::string sql_;
};

class Coalesce final : public BoundExpression {
 public:
  Coalesce(Expressions values, std::string sql)
      : BoundExpression(
            values.front()->type(),
            std::ranges::all_of(values, [](const auto& value) { return value->nullable(); })),
        values_(std::move(values)),
        sql_(std::move(sql)) {}

  Result<arrow::Datum> evaluate(const arrow::RecordBatch& batch,
                                EvalContext& context) const override {
    SPATE_ASSIGN_OR_FAIL(arrow::Datum result, values_.front()->evaluate(batch, context));
    for (size_t i = 1; i < values_.size(); ++i) {
      const RowMask open = nullRows(result, batch.num_rows());
      if (!anyRow(open)) break;
      SPATE_ASSIGN_OR_FAIL(const auto next, evaluateWhere(*values_[i], batch, open, context));
      SPATE_ASSIGN_OR_FAIL(result, choose(open, next, result));
    }
    return result;
  }
  std::string sql() const override { return sql_; }
  std::vector<BoundExpressionPtr> children() const override { return values_; }

 private:
  Expressions values_;
  std::string sql_;
};

/// AND and OR: three-valued; the right side counts where the left does not settle the answer.
class Junction final : public BoundExpression {
 public:
  Junction(bool isAnd, BoundExpressionPtr left, BoundExpressionPtr right)
      : BoundExpression(DataType::booleanType(), left->nullable() || right->nullable()),
        isAnd_(isAnd),
        left_(std::move(left)),
        right_(std::move(right)) {}

  Result<arrow::Datum> evaluate(const arrow::RecordBatch& batch,
                                EvalContext& context) const override {
    SPATE_ASSIGN_OR_FAIL(const auto left, left_->evaluate(batch, context));
    auto right = right_->evaluate(batch, context);
    if (!right) {
      RowMask open(static_cast<size_t>(batch.num_rows()));
      const Column<bool> values(left);
      for (int64_t i = 0; i < batch.num_rows(); ++i) {
        open[static_cast<size_t>(i)] = values.isNull(i) || values[i] == isAnd_ ? 1 : 0;
      }
      SPATE_ASSIGN_OR_FAIL(right, evaluateWhere(*right_, batch, open, context));
    }
    return callArrow(isAnd_ ? "and_kleene" : "or_kleene", {left, *right});
  }
  std::string sql() const override {
    return "(" + left_->sql() + (isAnd_ ? " AND " : " OR ") + right_->sql() + ")";
  }
  std::vector<BoundExpressionPtr> children() const override { return {left_, right_}; }

 private:
  bool isAnd_;
  BoundExpressionPtr left_;
  BoundExpressionPtr right_;
};

Result<BoundExpressionPtr> makeCase(Expressions arguments, std::string sql, std::string_view name,
                                    const SessionSettings& settings) {
  Expressions conditions;
  Expressions values;
  for (size_t i = 0; i + 1 < arguments.size(); i += 2) {
    const auto& condition = arguments[i];
    if (!condition->type().is(TypeKind::kBoolean) && !condition->type().is(TypeKind::kNull)) {
      return failure(unexpectedInputType(sql, i, "\"BOOLEAN\"", describe(condition)));
    }
    SPATE_ASSIGN_OR_FAIL(auto cast, castArgument(condition, DataType::booleanType(), settings));
    conditions.push_back(std::move(cast));
    values.push_back(arguments[i + 1]);
  }
  values.push_back(arguments.size() % 2 == 1 ? arguments.back()
                                             : constantOf(Datum(), DataType::nullType()));
  SPATE_FAIL_IF_ERROR(unify(name, sql, values, settings));
  BoundExpressionPtr otherwise = std::move(values.back());
  values.pop_back();
  const DataType type = otherwise->type();
  return std::make_shared<CaseWhen>(std::move(conditions), std::move(values), std::move(otherwise),
                                    type, std::move(sql));
}

Result<BoundExpressionPtr> makeIf(std::string_view name, Expressions arguments,
                                  const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 3, 3));
  return makeCase(arguments, "(" + text("IF", arguments) + ")", name, settings);
}

Result<BoundExpressionPtr> makeWhen(std::string_view, Expressions arguments,
                                    const SessionSettings& settings) {
  if (arguments.size() < 2) return failure(wrongNumArgs("when", "> 1", arguments.size()));
  std::string sql = "CASE";
  for (size_t i = 0; i + 1 < arguments.size(); i += 2) {
    sql += " WHEN " + arguments[i]->sql() + " THEN " + arguments[i + 1]->sql();
  }
  if (arguments.size() % 2 == 1) sql += " ELSE " + arguments.back()->sql();
  return makeCase(std::move(arguments), sql + " END", "casewhen", settings);
}

Result<BoundExpressionPtr> makeCoalesceNamed(std::string_view name, Expressions arguments,
                                             std::string sql, const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(unify(name, sql, arguments, settings));
  return std::make_shared<Coalesce>(std::move(arguments), std::move(sql));
}

Result<BoundExpressionPtr> makeCoalesce(std::string_view name, Expressions arguments,
                                        const SessionSettings& settings) {
  if (arguments.empty()) return failure(wrongNumArgs(name, "> 0", 0));
  std::string sql = text(name, arguments);
  return makeCoalesceNamed(name, std::move(arguments), std::move(sql), settings);
}

Result<BoundExpressionPtr> makeNvl(std::string_view name, Expressions arguments,
                                   const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 2, 2));
  std::string sql = text(name, arguments);
  return makeCoalesceNamed("coalesce", std::move(arguments), std::move(sql), settings);
}

Result<BoundExpressionPtr> makeNvl2(std::string_view name, Expressions arguments,
                                    const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 3, 3));
  std::string sql = text(name, arguments);
  SPATE_ASSIGN_OR_FAIL(auto condition,
                       bindCall(*findScalarFunction("isnotnull"), {arguments[0]}, {}, settings));
  return makeCase({condition, arguments[1], arguments[2]}, std::move(sql), "if", settings);
}

Result<BoundExpressionPtr> makeNullif(std::string_view name, Expressions arguments,
                                      const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 2, 2));
  std::string sql = text(name, arguments);
  const BoundExpressionPtr value = arguments[0];
  SPATE_ASSIGN_OR_FAIL(auto equal,
                       bindCall(*findScalarFunction("="), std::move(arguments), {}, settings));
  return makeCase({equal, constantOf(Datum(), value->type()), value}, std::move(sql), "if",
                  settings);
}

Result<BoundExpressionPtr> makeZero(std::string_view name, Expressions arguments,
                                    const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 1));
  std::string sql = text(name, arguments);
  const BoundExpressionPtr zero = constantOf(Datum(0), DataType::integerType());
  if (name == "nullifzero") {
    const BoundExpressionPtr value = arguments[0];
    SPATE_ASSIGN_OR_FAIL(auto equal,
                         bindCall(*findScalarFunction("="), {value, zero}, {}, settings));
    return makeCase({equal, constantOf(Datum(), value->type()), value}, std::move(sql), "if",
                    settings);
  }
  arguments.push_back(zero);
  return makeCoalesceNamed("coalesce", std::move(arguments), std::move(sql), settings);
}

Result<BoundExpressionPtr> makeNanvl(std::string_view name, Expressions arguments,
                                     const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 2, 2));
  std::string sql = text(name, arguments);
  SPATE_ASSIGN_OR_FAIL(auto isNan,
                       bindCall(*findScalarFunction("isnan"), {arguments[0]}, {}, settings));
  return makeCase({isNan, arguments[1], arguments[0]}, std::move(sql), "if", settings);
}

Result<BoundExpressionPtr> makeJunction(std::string_view name, Expressions arguments,
                                        const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 2, 2));
  const bool isAnd = name == "and" || name == "&&";
  const std::string sql =
      "(" + arguments[0]->sql() + (isAnd ? " AND " : " OR ") + arguments[1]->sql() + ")";
  for (auto& argument : arguments) {
    if (!argument->type().is(TypeKind::kBoolean) &&
        !isImplicitlyCastable(argument->type(), DataType::booleanType(), settings.ansi)) {
      const DataType& other =
          arguments[0]->type().is(TypeKind::kBoolean) ? arguments[1]->type() : arguments[0]->type();
      if (arguments[0]->type() == arguments[1]->type()) {
        return failure(binaryOpWrongType(sql, "\"BOOLEAN\"", other));
      }
      return failure(binaryOpDiffTypes(sql, arguments[0]->type(), arguments[1]->type()));
    }
    SPATE_ASSIGN_OR_FAIL(argument,
                         castArgument(std::move(argument), DataType::booleanType(), settings));
  }
  return std::make_shared<Junction>(isAnd, std::move(arguments[0]), std::move(arguments[1]));
}

constexpr std::array<ScalarFunction, 13> kFunctions = {{
    {"&&", nullptr, makeJunction},
    {"and", nullptr, makeJunction},
    {"coalesce", nullptr, makeCoalesce},
    {"if", nullptr, makeIf},
    {"ifnull", nullptr, makeNvl},
    {"nanvl", nullptr, makeNanvl},
    {"nullif", nullptr, makeNullif},
    {"nullifzero", nullptr, makeZero},
    {"nvl", nullptr, makeNvl},
    {"nvl2", nullptr, makeNvl2},
    {"or", nullptr, makeJunction},
    {"when", nullptr, makeWhen},
    {"zeroifnull", nullptr, makeZero},
}};

}  // namespace

std::span<const ScalarFunction> conditionalFunctions() { return kFunctions; }

}  // namespace spate
