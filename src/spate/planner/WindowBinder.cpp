#include "spate/planner/WindowBinder.h"

#include <algorithm>
#include <array>
#include <optional>

#include "spate/operators/KeyEncoder.h"
#include "spate/planner/AggregateBinding.h"
#include "spate/planner/ExpressionBinder.h"
#include "spate/planner/PlanErrors.h"
#include "spate/planner/WindowErrors.h"

namespace spate {
namespace {

using plan::ExpressionPtr;
using Kind = WindowCall::Kind;

struct RankingFunction {
  std::string_view name;
  Kind kind;
  std::string_view text;
  bool isDouble = false;
};
constexpr std::array<RankingFunction, 6> kRanking{{
    {"cume_dist", Kind::kCumeDist, "cume_dist()", true},
    {"dense_rank", Kind::kDenseRank, "DENSE_RANK()"},
    {"ntile", Kind::kNtile, "ntile"},
    {"percent_rank", Kind::kPercentRank, "PERCENT_RANK()", true},
    {"rank", Kind::kRank, "RANK()"},
    {"row_number", Kind::kRowNumber, "row_number()"},
}};

const RankingFunction* findRanking(std::string_view name) {
  const auto found = std::ranges::find(kRanking, name, &RankingFunction::name);
  return found == kRanking.end() ? nullptr : &*found;
}

bool isOffset(std::string_view name) { return name == "lag" || name == "lead"; }

/// "row_number() requires 0 parameters", as Spark counts them.
Status wrongArguments(const std::string& name, const std::string& expected, size_t actual) {
  return analysisError("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "42605",
                       "The `" + name + "` requires " + expected + " parameters but the actual " +
                           "number is " + std::to_string(actual) + ".",
                       {{"functionName", "`" + name + "`"},
                        {"expectedNum", expected},
                        {"actualNum", std::to_string(actual)}});
}

}  // namespace

bool isWindowFunction(std::string_view name) {
  const std::string lower = lowerCase(name);
  return findRanking(lower) != nullptr || isOffset(lower) || lower == "nth_value";
}

Status windowWithoutOverError(const plan::Call& call) {
  const RankingFunction* ranking = findRanking(lowerCase(call.name));
  const bool isPlain = ranking != nullptr && call.arguments.empty();
  const std::string text =
      "\"" + (isPlain ? std::string(ranking->text) : lowerCase(call.name) + "()") + "\"";
  return analysisError("WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE", "42601",
                       "Window function " + text + " requires an OVER clause.",
                       {{"funcName", text}});
}

Result<BoundExpressionPtr> WindowBinder::bind(const plan::Window& window) {
  const size_t before = ++calls_;
  const std::string columnName = std::exchange(columnName_, "");
  SPATE_ASSIGN_OR_FAIL(Spec spec, bindSpec(window));
  Column column;
  std::string text;
  SPATE_ASSIGN_OR_FAIL(column.call, bindFunction(window.function, text));
  const auto* call = window.function->as<plan::Call>();
  const std::string name = lowerCase(call->name);

  // Which frame: the function's own, the one that is written, or Spark's default.
  const bool isRanking = findRanking(name) != nullptr;
  const bool hasOwnFrame = isRanking || isOffset(name);
  if (hasOwnFrame && spec.orderBy.empty()) return failure(frameNotOrderedError(name, text));
  plan::WindowFrame frame;
  using Bound = plan::FrameBound::Kind;
  frame.isRows = (isRanking && name != "cume_dist") || isOffset(name) || spec.orderBy.empty();
  frame.lower.kind = Bound::kUnboundedPreceding;
  frame.upper.kind =
      spec.orderBy.empty() && !hasOwnFrame ? Bound::kUnboundedFollowing : Bound::kCurrentRow;
  std::string frameSql;
  if (isOffset(name)) {
    if (window.frame) return failure(frameOfOffsetError(name));
    const std::string at = std::to_string(column.call.number) + " FOLLOWING";
    frameSql = "ROWS BETWEEN " + at + " AND " + at;
  } else {
    SPATE_ASSIGN_OR_FAIL(const std::string required, frameText(frame));
    frameSql = required;
    if (window.frame) {
      SPATE_ASSIGN_OR_FAIL(frameSql, frameText(*window.frame));
      if (isRanking && frameSql != required) return failure(wrongFrameError(frameSql, required));
      frame = *window.frame;
    }
  }
  const std::string specText = "(" + spec.text + (spec.text.empty() ? "" : " ") + frameSql + ")";
  const std::string sql = text + " OVER " + specText;
  if (column.call.kind == Kind::kAggregate && column.call.aggregate->isDistinct)
    return failure(distinctWindowError(sql));
  if (!hasOwnFrame) {
    SPATE_ASSIGN_OR_FAIL(column.call.frame, bindFrame(frame, spec, specText));
  }
  bool nullable = true;
  if (isRanking) nullable = false;
  if (column.call.aggregate) nullable = column.call.aggregate->function.nullable;
  if (isOffset(name) && column.call.fallback)
    nullable = column.call.value->nullable() || column.call.fallback->nullable();
  column.field = {sql, column.call.type, nullable};
  column.text = {text, columnName.empty() ? sql : columnName, specText};

  // The same one is computed once, and those with the same keys in one step. One that needs
  // another one's column comes after that.
  std::string fingerprint = sql;
  // Spark's text of lag does not say that it ignores nulls, nor which of two columns of one name.
  if (column.call.ignoresNulls) fingerprint += " ignore nulls";
  if (column.call.value) fingerprint += fingerprintOf(*column.call.value);
  if (column.call.fallback) fingerprint += " else " + fingerprintOf(*column.call.fallback);
  if (column.call.aggregate) {
    for (const auto& argument : column.call.aggregate->arguments)
      fingerprint += fingerprintOf(*argument);
    if (const auto& filter = column.call.aggregate->filter; filter)
      fingerprint += " filter " + fingerprintOf(*filter);
  }
  column.fingerprint = std::move(fingerprint);
  const bool needsOthers = calls_ != before;
  auto group = std::ranges::find(groups_, spec.fingerprint, &Group::fingerprint);
  if (group != groups_.end() && !needsOthers) {
    const auto same = std::ranges::find(group->columns, column.fingerprint, &Column::fingerprint);
    if (same != group->columns.end()) {
      const size_t place = same->number < places_.size() ? places_[same->number] : same->number;
      return columnAt(static_cast<int>(place), same->field);
    }
  }
  if (group == groups_.end() || needsOthers) {
    groups_.push_back({spec.fingerprint + (needsOthers ? "+" + std::to_string(count_) : ""),
                       std::move(spec.partitionBy),
                       std::move(spec.orderBy),
                       {}});
    group = groups_.end() - 1;
  }
  column.number = count_++;
  const size_t place = column.number < places_.size() ? places_[column.number] : column.number;
  auto bound = columnAt(static_cast<int>(place), column.field);
  group->columns.push_back(std::move(column));
  return bound;
}

void WindowBinder::settle(size_t inputColumns) {
  places_.assign(count_, 0);
  for (const Group& group : groups_)
    for (const Column& column : group.columns) places_[column.number] = inputColumns++;
  groups_.clear();
  count_ = 0;
}

LogicalNodePtr WindowBinder::apply(LogicalNodePtr input) const {
  for (const Group& group : groups_) {
    OutputColumns columns = input->columns;
    WindowStep step{group.partitionBy, group.orderBy, {}, {}};
    for (size_t i = 0; i < columns.size(); ++i)
      if (columns[i].isOuter)
        step.partitionBy.push_back(columnAt(static_cast<int>(i), columns[i].field));
    for (const Column& column : group.columns) {
      columns.push_back({nextColumnId(), column.field});
      step.calls.push_back(column.call);
      step.texts.push_back(column.text);
    }
    input = makeLogical(std::move(step), {std::move(input)}, std::move(columns));
  }
  return input;
}

Result<WindowBinder::Spec> WindowBinder::bindSpec(const plan::Window& window) {
  Spec spec;
  for (const ExpressionPtr& expression : window.partitionBy) {
    SPATE_ASSIGN_OR_FAIL(auto key, bindInner_(expression));
    SPATE_FAIL_IF_ERROR(KeyEncoder::check(key->type()));
    spec.text += (spec.partitionBy.empty() ? "PARTITION BY " : ", ") + key->sql();
    spec.fingerprint += fingerprintOf(*key) + ",";
    spec.partitionBy.push_back(std::move(key));
  }
  spec.fingerprint += "|";
  for (const ExpressionPtr& expression : window.orderBy) {
    const auto* order = expression->as<plan::SortOrder>();
    SPATE_ASSIGN_OR_FAIL(auto key, bindInner_(order == nullptr ? expression : order->child));
    SPATE_FAIL_IF_ERROR(KeyEncoder::check(key->type()));
    const bool ascending = order == nullptr || order->ascending;
    const bool nullsFirst = order == nullptr || order->nullsFirst;
    const std::string text =
        key->sql() + (ascending ? " ASC" : " DESC") + (nullsFirst ? " NULLS FIRST" : " NULLS LAST");
    if (spec.orderBy.empty()) spec.text += spec.text.empty() ? "ORDER BY " : " ORDER BY ";
    spec.text += (spec.orderBy.empty() ? "" : ", ") + text;
    spec.fingerprint += fingerprintOf(*key) + (ascending ? "+" : "-") + (nullsFirst ? "f" : "l");
    spec.orderBy.push_back({std::move(key), ascending, nullsFirst});
  }
  return spec;
}

Result<WindowCall> WindowBinder::bindFunction(const ExpressionPtr& function, std::string& text) {
  if (function->as<plan::PythonCall>() != nullptr)
    return failure(unsupportedHereError("a Python function over a window"));
  const auto* call = function->as<plan::Call>();
  if (call != nullptr) {
    const std::string name = lowerCase(call->name);
    if (findRanking(name) != nullptr) return bindRanking(*call, text);
    if (isOffset(name)) return bindOffset(*call, text);
    if (name == "nth_value") return bindNthValue(*call, text);
    if (findAggregateFunction(name) != nullptr) return bindAggregate(*call, text);
  }
  SPATE_ASSIGN_OR_FAIL(const auto other, bindInner_(function));
  return failure(notForWindowsError(other->sql()));
}

Result<int64_t> WindowBinder::constantNumber(const ExpressionPtr& expression,
                                             const std::string& function,
                                             const std::string& argument) {
  SPATE_ASSIGN_OR_FAIL(auto bound, bindInner_(expression));
  if (!bound->isFoldable())
    return failure(analysisError("DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "42K09",
                                 "Cannot resolve \"" + function + "(" + bound->sql() +
                                     ")\" due to data type mismatch: the input `" + argument +
                                     "` should be a foldable \"INT\" expression; however, got \"" +
                                     bound->sql() + "\".",
                                 {{"sqlExpr", "\"" + function + "(" + bound->sql() + ")\""},
                                  {"inputName", "`" + argument + "`"},
                                  {"inputType", "\"INT\""},
                                  {"inputExpr", "\"" + bound->sql() + "\""}}));
  SPATE_ASSIGN_OR_FAIL(bound,
                       bindImplicitCast(std::move(bound), DataType::integerType(), settings_));
  SPATE_ASSIGN_OR_FAIL(const Datum value, evaluateConstant(*bound, settings_));
  const auto* number = value.as<int32_t>();
  if (number == nullptr)
    return failure(analysisError(
        "DATATYPE_MISMATCH.UNEXPECTED_NULL", "42K09",
        "Cannot resolve \"" + function + "(NULL)\" due to data type mismatch: The `" + argument +
            "` must not be null.",
        {{"sqlExpr", "\"" + function + "(NULL)\""}, {"exprName", "`" + argument + "`"}}));
  return int64_t{*number};
}

Result<WindowCall> WindowBinder::bindRanking(const plan::Call& call, std::string& text) {
  const RankingFunction& function = *findRanking(lowerCase(call.name));
  WindowCall bound;
  bound.kind = function.kind;
  bound.type = function.isDouble ? DataType::doubleType() : DataType::integerType();
  text = function.text;
  if (function.kind != Kind::kNtile) {
    if (!call.arguments.empty())
      return failure(wrongArguments(std::string(function.name), "0", call.arguments.size()));
    return bound;
  }
  if (call.arguments.size() > 1)
    return failure(wrongArguments("ntile", "[0, 1]", call.arguments.size()));
  if (!call.arguments.empty()) {
    SPATE_ASSIGN_OR_FAIL(bound.number, constantNumber(call.arguments[0], "ntile", "buckets"));
  }
  text = "ntile(" + std::to_string(bound.number) + ")";
  if (bound.number <= 0) return failure(bucketsOutOfRangeError(text, bound.number));
  return bound;
}

Result<WindowCall> WindowBinder::bindOffset(const plan::Call& call, std::string& text) {
  const std::string name = lowerCase(call.name);
  const size_t count = call.arguments.size();
  if (count < 1 || count > 4) return failure(wrongArguments(name, "[1, 2, 3]", count));
  WindowCall bound;
  bound.kind = Kind::kOffset;
  bound.ignoresNulls = call.ignoreNulls;
  SPATE_ASSIGN_OR_FAIL(bound.value, bindInner_(call.arguments[0]));
  bound.type = bound.value->type();
  int64_t offset = 1;
  if (count > 1) {
    SPATE_ASSIGN_OR_FAIL(offset, constantNumber(call.arguments[1], name, "offset"));
  }
  bound.number = name == "lag" ? -offset : offset;
  std::string fallbackText = "NULL";
  if (count > 2) {
    SPATE_ASSIGN_OR_FAIL(bound.fallback, bindInner_(call.arguments[2]));
    fallbackText = bound.fallback->sql();
    if (bound.fallback->type().is(TypeKind::kNull)) {
      bound.fallback = nullptr;
    } else {
      SPATE_ASSIGN_OR_FAIL(bound.fallback,
                           bindImplicitCast(std::move(bound.fallback), bound.type, settings_));
    }
  }
  if (count > 3) {
    SPATE_ASSIGN_OR_FAIL(const auto flag, bindInner_(call.arguments[3]));
    SPATE_ASSIGN_OR_FAIL(const Datum value, evaluateConstant(*flag, settings_));
    bound.ignoresNulls = value.as<bool>() != nullptr && *value.as<bool>();
  }
  text =
      name + "(" + bound.value->sql() + ", " + std::to_string(offset) + ", " + fallbackText + ")";
  return bound;
}

Result<WindowCall> WindowBinder::bindNthValue(const plan::Call& call, std::string& text) {
  const size_t count = call.arguments.size();
  if (count < 2 || count > 3) return failure(wrongArguments("nth_value", "[2, 3]", count));
  WindowCall bound;
  bound.kind = Kind::kNth;
  bound.ignoresNulls = call.ignoreNulls;
  SPATE_ASSIGN_OR_FAIL(bound.value, bindInner_(call.arguments[0]));
  SPATE_ASSIGN_OR_FAIL(bound.number, constantNumber(call.arguments[1], "nth_value", "offset"));
  if (count > 2) {
    SPATE_ASSIGN_OR_FAIL(const auto flag, bindInner_(call.arguments[2]));
    SPATE_ASSIGN_OR_FAIL(const Datum value, evaluateConstant(*flag, settings_));
    bound.ignoresNulls = value.as<bool>() != nullptr && *value.as<bool>();
  }
  bound.type = bound.value->type();
  text = "nth_value(" + bound.value->sql() + ", " + std::to_string(bound.number) + ")" +
         (bound.ignoresNulls ? " ignore nulls" : "");
  if (bound.number <= 0) return failure(offsetOutOfRangeError(text, bound.number));
  return bound;
}

Result<WindowCall> WindowBinder::bindAggregate(const plan::Call& call, std::string& text) {
  SPATE_ASSIGN_OR_FAIL(AggregateCall aggregate, bindAggregateCall(call, bindInner_, settings_));
  WindowCall bound;
  bound.type = aggregate.function.type;
  text = aggregate.function.sql;
  const std::string name = lowerCase(call.name);
  // Spark's names of these are those of what they stand for.
  if (name == "first_value" || name == "last_value") text.erase(text.find("_value("), 6);
  const bool isFirst = name == "first" || name == "first_value" || name == "any_value";
  const bool isLast = name == "last" || name == "last_value";
  if ((isFirst || isLast) && !aggregate.filter && !aggregate.isDistinct) {
    bound.kind = Kind::kNth;
    bound.number = isFirst ? 1 : -1;
    bound.value = aggregate.arguments[0];
    if (aggregate.arguments.size() > 1) {
      SPATE_ASSIGN_OR_FAIL(const Datum flag, evaluateConstant(*aggregate.arguments[1], settings_));
      bound.ignoresNulls = flag.as<bool>() != nullptr && *flag.as<bool>();
    }
    return bound;
  }
  bound.kind = Kind::kAggregate;
  bound.aggregate = std::move(aggregate);
  return bound;
}

}  // namespace spate
