// Joins and set operations.
#include <algorithm>

#include "spate/plan/Rewrite.h"
#include "spate/planner/Analyzer.h"
#include "spate/planner/Conjuncts.h"
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

/// spark.sql.crossJoin.enabled=false: only CROSS JOIN joins everything with everything.
Status checkCrossJoin(const plan::Join& node, const SessionSettings& settings) {
  const bool isPlain = !node.condition && node.usingColumns.empty() && !node.isNatural;
  if (!isPlain || node.kind != JoinKind::kInner || !settings.conf) return Status::OK();
  if (settings.conf("spark.sql.crossJoin.enabled").value_or("true") != "false") return Status::OK();
  return analysisError(
      "_LEGACY_ERROR_TEMP_1211", "",
      "Detected implicit cartesian product for INNER join between logical plans\nJoin condition is "
      "missing or trivial.\nEither: use the CROSS JOIN syntax to allow cartesian products between "
      "these\nrelations, or: enable implicit cartesian products by setting the configuration\n"
      "variable spark.sql.crossJoin.enabled=true.");
}

OutputColumns pairsOf(const LogicalNode& left, const LogicalNode& right) {
  OutputColumns pairs = left.columns;
  pairs.insert(pairs.end(), right.columns.begin(), right.columns.end());
  return pairs;
}

}  // namespace

Result<LogicalNodePtr> Analyzer::operator()(const plan::Join& node) {
  if (node.isLateral) return lateralJoin(node);
  SPATE_FAIL_IF_ERROR(checkCrossJoin(node, context_.settings()));
  SPATE_ASSIGN_OR_FAIL(auto left, analyze(node.left));
  SPATE_ASSIGN_OR_FAIL(auto right, analyze(node.right));
  if (node.condition && plan::contains(node.condition, [this](const plan::Expression& part) {
        return pythonCallOf(part) != nullptr;
      }))
    return joinWithPython(node, std::move(left), std::move(right));
  return join(node, std::move(left), std::move(right));
}

Result<LogicalNodePtr> Analyzer::join(const plan::Join& node, LogicalNodePtr left,
                                      LogicalNodePtr right) {
  const SessionSettings& settings = context_.settings();
  int leftCount = static_cast<int>(left->columns.size());
  JoinStep step;
  step.type = joinType(node.kind);
  const bool leftOnly = step.type == JoinType::kLeftSemi || step.type == JoinType::kLeftAnti;
  const bool leftNullable = step.type == JoinType::kRightOuter || step.type == JoinType::kFullOuter;
  const bool rightNullable = step.type == JoinType::kLeftOuter || step.type == JoinType::kFullOuter;

  // In a correlated subquery: equal values of the outer columns meet.
  const bool bothOuter = hasOuterColumns(*left) && hasOuterColumns(*right);
  if (hasOuterColumns(*left) != hasOuterColumns(*right) && step.type != JoinType::kInner) {
    LogicalNodePtr& lacks = hasOuterColumns(*left) ? right : left;
    const bool mayStay = hasOuterColumns(*left) && step.type != JoinType::kRightOuter &&
                         step.type != JoinType::kFullOuter;
    if (!mayStay) lacks = crossWithOuter(lacks);
  }
  if (bothOuter || (hasOuterColumns(*left) && hasOuterColumns(*right))) {
    if (step.type == JoinType::kFullOuter || step.type == JoinType::kRightOuter)
      return failure(unsupportedHereError("this outer join in a correlated subquery"));
    for (size_t i = 0; i < left->columns.size(); ++i) {
      for (size_t j = 0; j < right->columns.size(); ++j) {
        const OutputColumn& a = left->columns[i];
        const OutputColumn& b = right->columns[j];
        if (!a.isOuter || !b.isOuter || a.id != b.id) continue;
        step.leftKeys.push_back(columnAt(static_cast<int>(i), a.field));
        step.rightKeys.push_back(columnAt(static_cast<int>(j), b.field));
        step.nullSafe.push_back(true);
      }
    }
  } else if (node.condition && refersToOuter(LogicalNode{step, {}, pairsOf(*left, *right), false},
                                             {node.condition})) {
    SPATE_ASSIGN_OR_FAIL(left, ensureOuter(std::move(left), {node.condition}));
  }
  leftCount = static_cast<int>(left->columns.size());
  OutputColumns pairs = pairsOf(*left, *right);

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
    ExpressionBinder binder = binderOver(pairs);
    if (outer_ != nullptr)
      binder.setOuter([this](const plan::Attribute& attribute) { return outerColumn(attribute); });
    ExpressionBinder rightBinder = binderFor(*right);
    ExpressionPtr rest;
    for (const ExpressionPtr& conjunct : conjunctsOf(node.condition)) {
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
      // The left side's are there already.
      if (column.isOuter && hasOuterColumns(*left)) column.isOuter = false;
      columns.push_back(std::move(column));
    }
  }
  auto joined = makeLogical(step, {left, right}, columns);
  if (usingPlaces.empty()) return joined;

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
    if (columns[i].isOuter) continue;
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
  const bool isCorrelated = hasOuterColumns(*left) || hasOuterColumns(*right);
  for (LogicalNodePtr* side : {&left, &right}) {
    if (isCorrelated && !hasOuterColumns(**side)) *side = crossWithOuter(*side);
    *side = keepColumns(
        *side, [](const OutputColumn& column) { return !column.isHidden || column.isOuter; });
    if (!isCorrelated) continue;
    std::vector<Named> visible;
    for (size_t i = 0; i < (*side)->columns.size(); ++i) {
      const OutputColumn& column = (*side)->columns[i];
      if (!column.isOuter)
        visible.push_back({column.field.name, columnAt(static_cast<int>(i), column.field), {}});
    }
    *side = projectBound(*side, std::move(visible));
  }
  if (isCorrelated && node.byName)
    return failure(unsupportedHereError("unionByName in a correlated subquery"));
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
      if (side->columns[i].isOuter) continue;
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

/// INTERSECT ALL and EXCEPT ALL: the first of equal rows meets the first of the other side's, the
/// second the second ...
LogicalNodePtr Analyzer::setOperationOfAll(std::vector<LogicalNodePtr> sides, JoinStep join) {
  const OutputColumns columns = sides[0]->columns;
  for (LogicalNodePtr& side : sides) {
    WindowStep numbering;
    for (size_t i = 0; i < columns.size(); ++i)
      numbering.partitionBy.push_back(columnAt(static_cast<int>(i), side->columns[i].field));
    WindowCall number;
    number.type = DataType::integerType();
    numbering.calls.push_back(std::move(number));
    numbering.texts.emplace_back();
    OutputColumns numbered = side->columns;
    numbered.push_back({nextColumnId(), {"number", DataType::integerType(), false}});
    side = makeLogical(std::move(numbering), {std::move(side)}, std::move(numbered));
  }
  for (size_t i = 0; i <= columns.size(); ++i) {
    join.leftKeys.push_back(columnAt(static_cast<int>(i), sides[0]->columns[i].field));
    join.rightKeys.push_back(columnAt(static_cast<int>(i), sides[1]->columns[i].field));
    join.nullSafe.push_back(true);
  }
  OutputColumns joinedColumns = sides[0]->columns;
  auto joined = makeLogical(std::move(join), std::move(sides), std::move(joinedColumns));
  ProjectStep unnumbered;
  for (size_t i = 0; i < columns.size(); ++i)
    unnumbered.expressions.push_back(columnAt(static_cast<int>(i), columns[i].field));
  return makeLogical(std::move(unnumbered), {std::move(joined)}, columns);
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
  if (node.kind == plan::SetKind::kExcept && sides[1]->isStreaming)
    return failure(analysisError("_LEGACY_ERROR_TEMP_3102", "",
                                 "Except on a streaming DataFrame/Dataset on the right is not "
                                 "supported"));
  if (node.kind == plan::SetKind::kIntersect && sides[0]->isStreaming && sides[1]->isStreaming)
    return failure(analysisError("_LEGACY_ERROR_TEMP_3102", "",
                                 "Intersect of streaming DataFrames/Datasets is not supported"));
  JoinStep join;
  join.type = node.kind == plan::SetKind::kIntersect ? JoinType::kLeftSemi : JoinType::kLeftAnti;
  if (node.isAll) return setOperationOfAll(std::move(sides), std::move(join));
  for (const int i : all) {
    join.leftKeys.push_back(columnAt(i, sides[0]->columns[static_cast<size_t>(i)].field));
    join.rightKeys.push_back(columnAt(i, sides[1]->columns[static_cast<size_t>(i)].field));
    join.nullSafe.push_back(true);
  }
  auto distinct = makeLogical(DeduplicateStep{all}, {sides[0]}, columns);
  return makeLogical(std::move(join), {std::move(distinct), sides[1]}, columns);
}

}  // namespace spate
