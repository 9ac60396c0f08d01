// Joins and set operations.
#include <algorithm>

#include "spate/planner/Analyzer.h"
#include "spate/planner/PlanErrors.h"

namespace spate {
namespace {

using plan::ExpressionPtr;
using plan::JoinKind;

JoinType joinType(JoinKind kind) {
  switch (kind) {
    case JoinKind::kInner:
    case JoinKind::kCross: return JoinType::kInner;
    case JoinKind::kFullOuter: return JoinType::kFullOuter;
    case JoinKind::kLeftOuter: return JoinType::kLeftOuter;
    case JoinKind::kRightOuter: return JoinType::kRightOuter;
    case JoinKind::kLeftAnti: return JoinType::kLeftAnti;
    case JoinKind::kLeftSemi: return JoinType::kLeftSemi;
  }
  return JoinType::kInner;
}

/// Whether the expression's columns all lie in [from, to).
bool readsRange(const BoundExpression& expression, int from, int to) {
  if (const auto index = expression.columnIndex()) return *index >= from && *index < to;
  return std::ranges::all_of(expression.children(),
                             [&](const auto& child) { return readsRange(*child, from, to); });
}

bool hasColumns(const BoundExpression& expression) {
  if (expression.columnIndex()) return true;
  return std::ranges::any_of(expression.children(),
                             [](const auto& child) { return hasColumns(*child); });
}

const plan::Call* equality(const ExpressionPtr& expression) {
  const auto* call = expression->as<plan::Call>();
  if (call == nullptr || call->arguments.size() != 2) return nullptr;
  if (call->name != "==" && call->name != "=" && call->name != "<=>") return nullptr;
  return call;
}

void splitConjuncts(const ExpressionPtr& condition, std::vector<ExpressionPtr>& conjuncts) {
  const auto* call = condition->as<plan::Call>();
  if (call != nullptr && lowerCase(call->name) == "and" && call->arguments.size() == 2) {
    splitConjuncts(call->arguments[0], conjuncts);
    splitConjuncts(call->arguments[1], conjuncts);
    return;
  }
  conjuncts.push_back(condition);
}

}  // namespace

Result<LogicalNodePtr> Analyzer::operator()(const plan::Join& node) {
  if (node.isLateral) return failure(unsupportedHereError("a LATERAL join"));
  SPATE_ASSIGN_OR_FAIL(auto left, analyze(node.left));
  SPATE_ASSIGN_OR_FAIL(auto right, analyze(node.right));
  const SessionSettings& settings = context_.settings();
  const auto leftCount = static_cast<int>(left->columns.size());
  JoinStep step;
  step.type = joinType(node.kind);
  const bool leftOnly = step.type == JoinType::kLeftSemi || step.type == JoinType::kLeftAnti;
  const bool leftNullable = step.type == JoinType::kRightOuter || step.type == JoinType::kFullOuter;
  const bool rightNullable = step.type == JoinType::kLeftOuter || step.type == JoinType::kFullOuter;

  OutputColumns pairs = left->columns;
  pairs.insert(pairs.end(), right->columns.begin(), right->columns.end());

  std::vector<std::string> usingColumns = node.usingColumns;
  if (node.isNatural) {
    ExpressionBinder rightBinder = binderFor(*right);
    for (const OutputColumn& column : left->columns) {
      SPATE_ASSIGN_OR_FAIL(const auto index, rightBinder.findColumn(column.field.name));
      if (index && !column.isHidden) usingColumns.push_back(column.field.name);
    }
  }

  const auto addKey = [&](BoundExpressionPtr a, BoundExpressionPtr b, bool nullSafe) -> Status {
    const auto type = commonType(a->type(), b->type(), settings);
    if (!type)
      return analysisError(
          "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES", "42K09",
          "Cannot resolve \"(" + a->sql() + " = " + b->sql() +
              ")\" due to data type mismatch: the left and right operands of the binary operator "
              "have incompatible types (\"" +
              a->type().sql() + "\" and \"" + b->type().sql() + "\").",
          {{"sqlExpr", "\"(" + a->sql() + " = " + b->sql() + ")\""},
           {"left", "\"" + a->type().sql() + "\""},
           {"right", "\"" + b->type().sql() + "\""}});
    SPATE_ASSIGN_OR_RETURN(a, bindImplicitCast(std::move(a), *type, settings));
    SPATE_ASSIGN_OR_RETURN(b, bindImplicitCast(std::move(b), *type, settings));
    step.leftKeys.push_back(std::move(a));
    step.rightKeys.push_back(std::move(b));
    step.nullSafe.push_back(nullSafe);
    return Status::OK();
  };

  std::vector<std::pair<int, int>> usingPlaces;
  for (const std::string& name : usingColumns) {
    ExpressionBinder leftBinder = binderFor(*left);
    ExpressionBinder rightBinder = binderFor(*right);
    SPATE_ASSIGN_OR_FAIL(const auto leftIndex, leftBinder.findColumn(name));
    SPATE_ASSIGN_OR_FAIL(const auto rightIndex, rightBinder.findColumn(name));
    if (!leftIndex || !rightIndex) {
      const auto& side = leftIndex ? right : left;
      std::string list;
      for (const OutputColumn& column : side->columns)
        list += (list.empty() ? "" : ", ") + quotedName({column.field.name});
      return failure(
          analysisError("UNRESOLVED_USING_COLUMN_FOR_JOIN", "42703",
                        "USING column " + quotedName({name}) + " cannot be resolved on the " +
                            (leftIndex ? "right" : "left") + " side of the join. The " +
                            (leftIndex ? "right" : "left") + "-side columns: [" + list + "].",
                        {{"colName", quotedName({name})},
                         {"side", leftIndex ? "right" : "left"},
                         {"suggestion", list}}));
    }
    usingPlaces.emplace_back(*leftIndex, *rightIndex);
    SPATE_FAIL_IF_ERROR(addKey(
        columnAt(*leftIndex, left->columns[static_cast<size_t>(*leftIndex)].field),
        columnAt(*rightIndex, right->columns[static_cast<size_t>(*rightIndex)].field), false));
  }

  if (node.condition) {
    ExpressionBinder binder(pairs, settings, planIds_);
    ExpressionBinder rightBinder = binderFor(*right);
    std::vector<ExpressionPtr> conjuncts;
    splitConjuncts(node.condition, conjuncts);
    ExpressionPtr rest;
    for (const ExpressionPtr& conjunct : conjuncts) {
      if (const plan::Call* call = equality(conjunct)) {
        SPATE_ASSIGN_OR_FAIL(auto a, binder.bind(call->arguments[0]));
        SPATE_ASSIGN_OR_FAIL(auto b, binder.bind(call->arguments[1]));
        const int all = static_cast<int>(pairs.size());
        const auto isLeft = [&](const auto& e) { return readsRange(*e, 0, leftCount); };
        const auto isRight = [&](const auto& e) { return readsRange(*e, leftCount, all); };
        if (hasColumns(*a) && hasColumns(*b) &&
            ((isLeft(a) && isRight(b)) || (isRight(a) && isLeft(b)))) {
          const bool swapped = isRight(a);
          // The right key reads the right side alone, so it is bound to that again.
          ExpressionBinder leftBinder = binderFor(*left);
          const auto& leftText = call->arguments[swapped ? 1 : 0];
          const auto& rightText = call->arguments[swapped ? 0 : 1];
          SPATE_ASSIGN_OR_FAIL(auto leftKey, leftBinder.bind(leftText));
          auto rightKey = rightBinder.bind(rightText);
          if (rightKey) {
            SPATE_FAIL_IF_ERROR(
                addKey(std::move(leftKey), *std::move(rightKey), call->name == "<=>"));
            continue;
          }
        }
      }
      rest = rest ? plan::makeCall("and", {rest, conjunct}) : conjunct;
    }
    if (rest) {
      SPATE_ASSIGN_OR_FAIL(step.condition, binder.bindCondition(rest, "join condition"));
    }
  }

  OutputColumns columns = left->columns;
  if (leftNullable)
    for (OutputColumn& column : columns) column.field.nullable = true;
  if (!leftOnly) {
    for (OutputColumn column : right->columns) {
      column.field.nullable = column.field.nullable || rightNullable;
      columns.push_back(std::move(column));
    }
  }
  auto joined = makeLogical(step, {left, right}, columns);
  if (usingPlaces.empty() || leftOnly) return joined;

  // USING: the key once, in front; each side's own stays there for df["key"].
  std::vector<Named> named;
  std::vector<bool> isHidden;
  for (const auto& [leftIndex, rightIndex] : usingPlaces) {
    const auto& leftColumn = columns[static_cast<size_t>(leftIndex)];
    const auto rightPlace = static_cast<size_t>(leftCount + rightIndex);
    BoundExpressionPtr key = columnAt(leftIndex, leftColumn.field);
    if (step.type == JoinType::kRightOuter) {
      key = columnAt(static_cast<int>(rightPlace), columns[rightPlace].field);
    } else if (step.type == JoinType::kFullOuter) {
      const ScalarFunction* coalesce = findScalarFunction("coalesce");
      if (coalesce == nullptr) return failure(unresolvedRoutineError("coalesce"));
      SPATE_ASSIGN_OR_FAIL(key, bindCall(*coalesce,
                                         {std::move(key), columnAt(static_cast<int>(rightPlace),
                                                                   columns[rightPlace].field)},
                                         {}, settings));
    }
    named.push_back({leftColumn.field.name, std::move(key), std::nullopt});
    isHidden.push_back(false);
  }
  const auto add = [&](size_t place, bool hidden) {
    named.push_back({columns[place].field.name,
                     columnAt(static_cast<int>(place), columns[place].field), std::nullopt});
    isHidden.push_back(hidden || columns[place].isHidden);
  };
  for (size_t i = 0; i < columns.size(); ++i) {
    const bool isLeftKey = std::ranges::any_of(
        usingPlaces, [&](const auto& pair) { return static_cast<size_t>(pair.first) == i; });
    const bool isRightKey = std::ranges::any_of(usingPlaces, [&](const auto& pair) {
      return static_cast<size_t>(leftCount + pair.second) == i;
    });
    const bool isFirstKey =
        isLeftKey && step.type != JoinType::kFullOuter && step.type != JoinType::kRightOuter;
    const bool isShownRight = isRightKey && step.type == JoinType::kRightOuter;
    if (isFirstKey || isShownRight) continue;
    add(i, isLeftKey || isRightKey);
  }
  auto projected = projectBound(std::move(joined), std::move(named));
  LogicalNode result = *projected;
  for (size_t i = 0; i < isHidden.size(); ++i) result.columns[i].isHidden = isHidden[i];
  return std::make_shared<const LogicalNode>(std::move(result));
}

Result<std::vector<LogicalNodePtr>> Analyzer::alignForSetOperation(const plan::SetOperation& node) {
  SPATE_ASSIGN_OR_FAIL(auto left, analyze(node.left));
  SPATE_ASSIGN_OR_FAIL(auto right, analyze(node.right));
  if (node.byName) {
    // The right side in the order of the left one's names; what only one has, as nulls.
    ExpressionBinder binder = binderFor(*right);
    ExpressionBinder leftBinder = binderFor(*left);
    std::vector<Named> rightNamed;
    for (const OutputColumn& column : left->columns) {
      SPATE_ASSIGN_OR_FAIL(const auto index, binder.findColumn(column.field.name));
      if (!index && !node.allowMissingColumns)
        return failure(binder.unresolvedColumn({column.field.name}));
      rightNamed.push_back(
          {column.field.name,
           index ? columnAt(*index, right->columns[static_cast<size_t>(*index)].field)
                 : constantOf(Datum(), column.field.type),
           std::nullopt});
    }
    std::vector<Named> leftNamed;
    for (size_t i = 0; i < left->columns.size(); ++i)
      leftNamed.push_back({left->columns[i].field.name,
                           columnAt(static_cast<int>(i), left->columns[i].field), std::nullopt});
    for (size_t i = 0; i < right->columns.size() && node.allowMissingColumns; ++i) {
      const OutputColumn& column = right->columns[i];
      SPATE_ASSIGN_OR_FAIL(const auto index, leftBinder.findColumn(column.field.name));
      if (index) continue;
      leftNamed.push_back(
          {column.field.name, constantOf(Datum(), column.field.type), std::nullopt});
      rightNamed.push_back(
          {column.field.name, columnAt(static_cast<int>(i), column.field), std::nullopt});
    }
    left = projectBound(std::move(left), std::move(leftNamed));
    right = projectBound(std::move(right), std::move(rightNamed));
  }
  const std::string operation = node.kind == plan::SetKind::kUnion       ? "UNION"
                                : node.kind == plan::SetKind::kIntersect ? "INTERSECT"
                                                                         : "EXCEPT";
  if (left->columns.size() != right->columns.size())
    return failure(analysisError(
        "NUM_COLUMNS_MISMATCH", "42826",
        operation +
            " can only be performed on inputs with the same number of columns, but the "
            "first input has " +
            std::to_string(left->columns.size()) + " columns and the second input has " +
            std::to_string(right->columns.size()) + " columns.",
        {{"operator", operation},
         {"firstNumColumns", std::to_string(left->columns.size())},
         {"invalidOrdinalNum", "second"},
         {"invalidNumColumns", std::to_string(right->columns.size())}}));
  std::vector<LogicalNodePtr> sides{left, right};
  std::vector<DataType> types;
  for (size_t i = 0; i < left->columns.size(); ++i) {
    const DataType& a = left->columns[i].field.type;
    const DataType& b = right->columns[i].field.type;
    const auto type = commonType(a, b, context_.settings());
    if (!type)
      return failure(analysisError(
          "INCOMPATIBLE_COLUMN_TYPE", "42825",
          operation + " can only be performed on tables with compatible column types. The " +
              (i == 0 ? "first" : std::to_string(i + 1) + "th") +
              " column of the second table is \"" + b.sql() +
              "\" type which is not compatible with \"" + a.sql() +
              "\" at the same column of the first table.",
          {{"operator", operation},
           {"dataType1", "\"" + b.sql() + "\""},
           {"dataType2", "\"" + a.sql() + "\""}}));
    types.push_back(*type);
  }
  for (LogicalNodePtr& side : sides) {
    std::vector<Named> named;
    bool changes = false;
    for (size_t i = 0; i < side->columns.size(); ++i) {
      auto column = columnAt(static_cast<int>(i), side->columns[i].field);
      if (!(column->type() == types[i])) {
        changes = true;
        SPATE_ASSIGN_OR_FAIL(column,
                             bindImplicitCast(std::move(column), types[i], context_.settings()));
      }
      named.push_back({side->columns[i].field.name, std::move(column), std::nullopt});
    }
    if (changes) side = projectBound(std::move(side), std::move(named));
  }
  return sides;
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::SetOperation& node) {
  SPATE_ASSIGN_OR_FAIL(auto sides, alignForSetOperation(node));
  OutputColumns columns = sides[0]->columns;
  std::vector<int> all;
  for (size_t i = 0; i < columns.size(); ++i) {
    all.push_back(static_cast<int>(i));
    columns[i].field.nullable = columns[i].field.nullable || sides[1]->columns[i].field.nullable;
  }
  if (node.kind == plan::SetKind::kUnion) {
    for (OutputColumn& column : columns) column.qualifier.clear();
    auto both = makeLogical(UnionStep{}, std::move(sides), columns);
    // DataFrame.union keeps duplicates (isAll); SQL's UNION does not.
    if (node.isAll) return both;
    return makeLogical(DeduplicateStep{all}, {std::move(both)}, columns);
  }
  if (node.isAll) return failure(unsupportedHereError("INTERSECT ALL and EXCEPT ALL"));
  JoinStep join;
  join.type = node.kind == plan::SetKind::kIntersect ? JoinType::kLeftSemi : JoinType::kLeftAnti;
  for (const int i : all) {
    join.leftKeys.push_back(columnAt(i, sides[0]->columns[static_cast<size_t>(i)].field));
    join.rightKeys.push_back(columnAt(i, sides[1]->columns[static_cast<size_t>(i)].field));
    join.nullSafe.push_back(true);
  }
  auto distinct = makeLogical(DeduplicateStep{all}, {sides[0]}, columns);
  return makeLogical(std::move(join), {std::move(distinct), sides[1]}, columns);
}

}  // namespace spate
