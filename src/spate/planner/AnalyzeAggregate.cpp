// GROUP BY in all its forms.
#include <algorithm>
#include <optional>

#include "spate/plan/Rewrite.h"
#include "spate/planner/AggregateBinding.h"
#include "spate/planner/Analyzer.h"
#include "spate/planner/PlanErrors.h"
#include "spate/planner/WindowBinder.h"

namespace spate {

using plan::ExpressionPtr;

namespace {

/// Fills in what a grouping column is in a grouping set that leaves it out.
constexpr const char* kGroupingId = "spark_grouping_id";

bool isGroupingFunction(const plan::Call& call) {
  const std::string name = lowerCase(call.name);
  return name == "grouping" || name == "grouping_id";
}

}  // namespace

/// Binds the output of one aggregation: finds the aggregates in it, and replaces them and the
/// grouping expressions by the columns of the aggregation.
class AggregateAnalysis {
 public:
  AggregateAnalysis(Analyzer& analyzer, LogicalNodePtr input)
      : analyzer_(analyzer), input_(std::move(input)), inner_(analyzer.binderFor(*input_)) {}

  Status addKey(const ExpressionPtr& expression) {
    SPATE_ASSIGN_OR_RETURN(auto bound, inner_.bind(expression));
    if (bound->type().is(TypeKind::kMap) || bound->type().is(TypeKind::kVariant))
      return analysisError("GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE", "42822",
                           "The expression \"" + bound->sql() +
                               "\" cannot be used as a grouping expression because its data type "
                               "\"" +
                               bound->type().sql() + "\" is not an orderable data type.",
                           {{"sqlExpr", "\"" + bound->sql() + "\""},
                            {"dataType", "\"" + bound->type().sql() + "\""}});
    keyNames_.push_back(inner_.nameOf(expression, *bound));
    fingerprints_.push_back(fingerprintOf(*bound));
    keys_.push_back(std::move(bound));
    return Status::OK();
  }

  size_t keyCount() const { return keys_.size(); }
  const std::vector<BoundExpressionPtr>& keys() const { return keys_; }
  ExpressionBinder& inner() { return inner_; }
  const LogicalNodePtr& input() const { return input_; }

  /// For grouping sets: the keys become columns of an expansion, in which a set leaves nulls.
  void expand(const std::vector<std::vector<size_t>>& sets) {
    ExpandStep step;
    OutputColumns columns = input_->columns;
    for (size_t i = 0; i < keys_.size(); ++i) {
      StructField field{keyNames_[i], keys_[i]->type(), true};
      columns.push_back({nextColumnId(), field});
    }
    columns.push_back({nextColumnId(), {kGroupingId, DataType::longType(), false}});
    for (const auto& set : sets) {
      std::vector<BoundExpressionPtr> projection;
      for (size_t i = 0; i < input_->columns.size(); ++i)
        projection.push_back(columnAt(static_cast<int>(i), input_->columns[i].field));
      int64_t id = 0;
      for (size_t i = 0; i < keys_.size(); ++i) {
        const bool isIn = std::ranges::find(set, i) != set.end();
        id = id << 1 | (isIn ? 0 : 1);
        projection.push_back(isIn ? keys_[i] : constantOf(Datum(), keys_[i]->type()));
      }
      projection.push_back(constantOf(Datum(id), DataType::longType()));
      step.projections.push_back(std::move(projection));
    }
    const auto first = static_cast<int>(input_->columns.size());
    keysOfSets_ = keys_.size();
    for (size_t i = 0; i < keys_.size(); ++i)
      keys_[i] =
          columnAt(first + static_cast<int>(i), columns[static_cast<size_t>(first) + i].field);
    keys_.push_back(columnAt(first + static_cast<int>(keysOfSets_), columns.back().field));
    keyNames_.push_back(kGroupingId);
    input_ = makeLogical(std::move(step), {input_}, std::move(columns));
    expanded_ = true;
  }

  /// Rows in which this column of the input is null stand for a group without rows: no aggregate
  /// sees them.
  void setPresence(int column) { presence_ = column; }

  /// The window functions that the output's expressions meet are bound by this.
  void setWindows(WindowBinder* windows) { windows_ = windows; }

  /// Binds an expression of the output.
  Result<BoundExpressionPtr> bindOutput(const ExpressionPtr& expression) {
    // What is neither a key nor an aggregate has no column to stand for it.
    static const OutputColumns kNone;
    ExpressionBinder outer = analyzer_.binderOver(kNone);
    outer.setHook([this](const ExpressionPtr& part) { return replace(part); });
    return outer.bind(expression);
  }

  std::string nameOf(const ExpressionPtr& expression, const BoundExpression& bound) {
    const auto* call = expression->as<plan::Call>();
    if (call == nullptr || !isGroupingFunction(*call)) return inner_.nameOf(expression, bound);
    std::string arguments;
    for (const ExpressionPtr& argument : call->arguments) {
      const auto column = inner_.bind(argument);
      arguments += (arguments.empty() ? "" : ", ") + (column ? (*column)->sql() : "");
    }
    return lowerCase(call->name) + "(" + arguments + ")";
  }

  size_t columnCount() const { return keys_.size() + calls_.size(); }

  /// The aggregation; its columns are the keys, then the calls.
  Result<LogicalNodePtr> finish() {
    OutputColumns columns;
    for (size_t i = 0; i < keys_.size(); ++i) {
      OutputColumn column{nextColumnId(), {keyNames_[i], keys_[i]->type(), keys_[i]->nullable()}};
      if (const auto index = keys_[i]->columnIndex()) {
        const OutputColumn& source = input_->columns[static_cast<size_t>(*index)];
        column = source;
        column.field.name = keyNames_[i];
        if (keyNames_[i] != source.field.name) column.id = nextColumnId();
      }
      columns.push_back(std::move(column));
    }
    if (!pythonCalls_.empty()) return finishPython(std::move(columns));
    for (const AggregateCall& call : calls_)
      columns.push_back(
          {nextColumnId(), {call.function.sql, call.function.type, call.function.nullable}});
    return makeLogical(AggregateStepNode{keys_, calls_}, {input_}, std::move(columns));
  }

  StructField keyField(size_t i) const {
    StructField field{keyNames_[i], keys_[i]->type(), keys_[i]->nullable()};
    if (const auto index = keys_[i]->columnIndex())
      field.metadata = input_->columns[static_cast<size_t>(*index)].field.metadata;
    return field;
  }

 private:
  /// Spark runs aggregates in Python over whole groups, without built-in ones beside them.
  Result<LogicalNodePtr> finishPython(OutputColumns columns) {
    std::string names;
    for (const PythonTask::Call& call : pythonCalls_)
      names += (names.empty() ? "`" : ", `") + call.functions[0]->name + "`";
    const PythonEvalType type = pythonCalls_[0].functions[0]->evalType;
    for (const PythonTask::Call& call : pythonCalls_) {
      if (call.functions[0]->evalType != type)
        return failure(unsupportedHereError("pandas and Arrow aggregate functions together"));
    }
    if (!calls_.empty())
      return failure(analysisError("INVALID_PANDAS_UDF_PLACEMENT", "0A000",
                                   "The group aggregate pandas UDF " + names +
                                       " cannot be invoked together with as other, non-pandas "
                                       "aggregate functions.",
                                   {{"functionList", names}}));
    ProjectStep step;
    OutputColumns inputs;
    PythonAggregateStep aggregate;
    aggregate.arguments = static_cast<int>(pythonArguments_.size());
    for (const BoundExpressionPtr& argument : pythonArguments_) {
      inputs.push_back(
          {nextColumnId(),
           {"_" + std::to_string(inputs.size()), argument->type(), argument->nullable()}});
      step.expressions.push_back(argument);
    }
    for (size_t i = 0; i < keys_.size(); ++i) {
      aggregate.keys.push_back(static_cast<int>(inputs.size()));
      inputs.push_back(columns[i]);
      step.expressions.push_back(keys_[i]);
    }
    for (size_t i = 0; i < pythonCalls_.size(); ++i)
      columns.push_back(
          {nextColumnId(), {pythonNames_[i], pythonCalls_[i].functions[0]->type, true}});
    aggregate.calls = pythonCalls_;
    auto below = makeLogical(std::move(step), {input_}, std::move(inputs));
    return makeLogical(std::move(aggregate), {std::move(below)}, std::move(columns));
  }

  Status filterByPresence(AggregateCall& call) {
    const auto bindAs = [&](const char* name, std::vector<BoundExpressionPtr> arguments) {
      return bindCall(*findScalarFunction(name), std::move(arguments), {},
                      analyzer_.context_.settings());
    };
    const StructField& field = input_->columns[static_cast<size_t>(*presence_)].field;
    SPATE_ASSIGN_OR_RETURN(auto filter, bindAs("isnotnull", {columnAt(*presence_, field)}));
    if (call.filter) {
      SPATE_ASSIGN_OR_RETURN(filter, bindAs("and", {std::move(filter), std::move(call.filter)}));
    }
    call.filter = std::move(filter);
    return Status::OK();
  }

  Result<BoundExpressionPtr> pythonAggregate(const plan::PythonCall& call) {
    if (presence_)
      return failure(unsupportedHereError(
          "an aggregate function in Python without GROUP BY in a correlated subquery"));
    SPATE_ASSIGN_OR_FAIL(const auto expressions, inner_.expandStars(call.arguments));
    PythonTask::Call made;
    made.functions.push_back(pythonFunctionOf(call));
    std::string sql;
    for (const ExpressionPtr& expression : expressions) {
      const auto* named = expression->as<plan::NamedArgument>();
      SPATE_ASSIGN_OR_FAIL(auto argument,
                           inner_.bind(named == nullptr ? expression : named->value));
      sql += (sql.empty() ? "" : ", ") + (named == nullptr ? "" : named->name + " => ") +
             argument->sql();
      const std::string fingerprint = fingerprintOf(*argument);
      size_t place = 0;
      while (place < pythonArguments_.size() &&
             fingerprintOf(*pythonArguments_[place]) != fingerprint)
        ++place;
      if (place == pythonArguments_.size()) pythonArguments_.push_back(std::move(argument));
      made.arguments.emplace_back(static_cast<int32_t>(place), named == nullptr ? "" : named->name);
    }
    size_t index = 0;
    while (index < pythonCalls_.size() &&
           (pythonCalls_[index].functions[0]->command != call.command ||
            pythonCalls_[index].arguments != made.arguments))
      ++index;
    if (index == pythonCalls_.size()) {
      pythonCalls_.push_back(std::move(made));
      pythonNames_.push_back(call.name + "(" + sql + ")");
    }
    return columnAt(static_cast<int>(keys_.size() + index), {pythonNames_[index], call.type, true});
  }

  Result<BoundExpressionPtr> replace(const ExpressionPtr& part) {
    if (const auto* window = part->as<plan::Window>(); window != nullptr && windows_ != nullptr)
      return windows_->bind(*window);
    const auto* call = part->as<plan::Call>();
    if (const auto python = analyzer_.pythonCallOf(*part); python && isPythonAggregate(*python))
      return pythonAggregate(*python);
    if (call != nullptr && isGroupingFunction(*call)) return groupingFunction(*call);
    if (call != nullptr && findAggregateFunction(call->name) != nullptr &&
        !(findScalarFunction(call->name) != nullptr))
      return aggregateCall(*call);
    if (part->as<plan::Literal>() != nullptr || part->as<plan::Alias>() != nullptr)
      return BoundExpressionPtr();
    const bool isColumn =
        part->as<plan::Attribute>() != nullptr || part->as<plan::PlacedColumn>() != nullptr;
    auto bound = inner_.bind(part);
    if (!bound) {
      // Perhaps its parts can be bound: sum(a) + 1.
      if (isColumn) return failure(bound.error());
      return BoundExpressionPtr();
    }
    const std::string fingerprint = fingerprintOf(**bound);
    for (size_t i = 0; i < fingerprints_.size(); ++i) {
      if (fingerprints_[i] == fingerprint) return columnAt(static_cast<int>(i), keyField(i));
    }
    // current_date; and what stands for a column of the outer query.
    if (isColumn && (*bound)->isFoldable()) return *bound;
    if (isColumn) return failure(missingAggregationError((*bound)->sql()));
    return BoundExpressionPtr();
  }

  Result<BoundExpressionPtr> groupingFunction(const plan::Call& call) {
    const size_t all = expanded_ ? keysOfSets_ : keys_.size();
    if (!expanded_)
      return failure(analysisError("UNSUPPORTED_GROUPING_EXPRESSION", "42K0E",
                                   "grouping()/grouping_id() can only be used with "
                                   "GroupingSets/Cube/Rollup."));
    const auto id = columnAt(static_cast<int>(all), keyField(all));
    if (lowerCase(call.name) == "grouping_id") return id;
    if (call.arguments.size() != 1) return failure(unsupportedHereError("this grouping()"));
    SPATE_ASSIGN_OR_FAIL(const auto column, inner_.bind(call.arguments[0]));
    for (size_t i = 0; i < all; ++i) {
      if (fingerprints_[i] != fingerprintOf(*column)) continue;
      const auto shift = static_cast<int32_t>(all - 1 - i);
      const ScalarFunction* shiftRight = findScalarFunction("shiftright");
      const ScalarFunction* bitAnd = findScalarFunction("&");
      if (shiftRight == nullptr || bitAnd == nullptr)
        return failure(unresolvedRoutineError("grouping"));
      SPATE_ASSIGN_OR_FAIL(
          auto shifted,
          bindCall(*shiftRight, {id, constantOf(Datum(shift), DataType::integerType())}, {},
                   analyzer_.context_.settings()));
      SPATE_ASSIGN_OR_FAIL(auto bit, bindCall(*bitAnd,
                                              {std::move(shifted),
                                               constantOf(Datum(int64_t{1}), DataType::longType())},
                                              {}, analyzer_.context_.settings()));
      return bindCast(std::move(bit), DataType::byteType(), CastPolicy::kLegacy,
                      analyzer_.context_.settings());
    }
    return failure(analysisError(
        "GROUPING_COLUMN_MISMATCH", "42803",
        "Column of grouping (" + column->sql() + ") can't be found in grouping columns."));
  }

  Result<BoundExpressionPtr> aggregateCall(const plan::Call& call) {
    for (const ExpressionPtr& argument : call.arguments) {
      if (plan::contains(argument,
                         [](const auto& part) { return part.template as<plan::Window>(); }))
        return failure(windowInAggregateError());
    }
    plan::Call expanded = call;
    if (!isCountOfRows(call)) {
      SPATE_ASSIGN_OR_FAIL(expanded.arguments, inner_.expandStars(call.arguments));
    }
    SPATE_ASSIGN_OR_FAIL(
        AggregateCall bound,
        bindAggregateCall(
            expanded, [this](const ExpressionPtr& part) { return inner_.bind(part); },
            analyzer_.context_.settings()));
    for (const BoundExpressionPtr& argument : bound.arguments) {
      if (argument->isDeterministic()) continue;
      const std::string text = "\"" + argument->sql() + "\"";
      return failure(analysisError("AGGREGATE_FUNCTION_WITH_NONDETERMINISTIC_EXPRESSION", "42845",
                                   "Non-deterministic expression " + text +
                                       " should not appear in the arguments of an aggregate "
                                       "function.",
                                   {{"sqlExpr", text}}));
    }
    if (presence_) SPATE_FAIL_IF_ERROR(filterByPresence(bound));
    std::string fingerprint = lowerCase(call.name) + (call.isDistinct ? " distinct" : "");
    for (const auto& argument : bound.arguments) fingerprint += "," + fingerprintOf(*argument);
    if (bound.filter) fingerprint += " filter " + fingerprintOf(*bound.filter);
    size_t index = 0;
    while (index < callFingerprints_.size() && callFingerprints_[index] != fingerprint) ++index;
    if (index == callFingerprints_.size()) {
      callFingerprints_.push_back(fingerprint);
      calls_.push_back(std::move(bound));
    }
    const BoundAggregate& made = calls_[index].function;
    return columnAt(static_cast<int>(keys_.size() + index), {made.sql, made.type, made.nullable});
  }

  Analyzer& analyzer_;
  LogicalNodePtr input_;
  ExpressionBinder inner_;
  std::vector<BoundExpressionPtr> keys_;
  std::vector<std::string> keyNames_;
  std::vector<std::string> fingerprints_;
  std::vector<AggregateCall> calls_;
  std::vector<std::string> callFingerprints_;
  std::vector<PythonTask::Call> pythonCalls_;
  std::vector<std::string> pythonNames_;
  std::vector<BoundExpressionPtr> pythonArguments_;
  std::optional<int> presence_;
  bool expanded_ = false;
  size_t keysOfSets_ = 0;
  WindowBinder* windows_ = nullptr;
};

Result<LogicalNodePtr> Analyzer::aggregateOf(LogicalNodePtr input, const Expressions& outputs) {
  AggregateAnalysis analysis(*this, std::move(input));
  std::vector<Named> named;
  for (const ExpressionPtr& output : outputs) {
    SPATE_ASSIGN_OR_FAIL(auto bound, analysis.bindOutput(output));
    named.push_back({analysis.nameOf(output, *bound), std::move(bound), std::nullopt});
  }
  SPATE_ASSIGN_OR_FAIL(LogicalNodePtr result, analysis.finish());
  return projectBound(std::move(result), std::move(named));
}

Result<std::vector<std::string>> Analyzer::namesOfAggregates(const plan::Aggregate& node) {
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  AggregateAnalysis analysis(*this, std::move(input));
  std::vector<std::string> names;
  for (const ExpressionPtr& output : node.aggregates) {
    SPATE_ASSIGN_OR_FAIL(const auto bound, analysis.bindOutput(output));
    names.push_back(analysis.nameOf(output, *bound));
  }
  return names;
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::Aggregate& node) {
  return node.kind == plan::GroupKind::kPivot ? pivot(node) : aggregate(node, {});
}

Result<LogicalNodePtr> Analyzer::aggregate(const plan::Aggregate& node, const Expressions& extra) {
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  // Everything in one list first, so that time windows are taken out of all of it at once.
  Expressions all = node.grouping;
  const size_t groupings = all.size();
  {
    ExpressionBinder binder = binderFor(*input);
    Expressions outputs = node.aggregates;
    if (node.isSelectList) {
      SPATE_ASSIGN_OR_FAIL(outputs, binder.expandStars(node.aggregates));
    }
    all.insert(all.end(), outputs.begin(), outputs.end());
  }
  const size_t outputsEnd = all.size();
  for (const auto& set : node.groupingSets) all.insert(all.end(), set.begin(), set.end());
  const size_t setsEnd = all.size();
  if (node.having) all.push_back(node.having);
  all.insert(all.end(), extra.begin(), extra.end());
  if (node.isSelectList) {
    Expressions select(all.begin() + static_cast<std::ptrdiff_t>(groupings),
                       all.begin() + static_cast<std::ptrdiff_t>(outputsEnd));
    resolveLateralAliases(*input, select);
    std::ranges::copy(select, all.begin() + static_cast<std::ptrdiff_t>(groupings));
  }
  SPATE_ASSIGN_OR_FAIL(input, ensureOuter(std::move(input), all));
  SPATE_ASSIGN_OR_FAIL(input, takeOutSubqueries(std::move(input), all));
  SPATE_ASSIGN_OR_FAIL(input, takeOutTimeWindows(std::move(input), all));
  Expressions grouping(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(groupings));
  const Expressions outputs(all.begin() + static_cast<std::ptrdiff_t>(groupings),
                            all.begin() + static_cast<std::ptrdiff_t>(outputsEnd));

  // GROUP BY 1, GROUP BY alias, GROUP BY ALL.
  if (node.isSelectList) {
    Expressions resolved;
    ExpressionBinder binder = binderFor(*input);
    for (const ExpressionPtr& expression : grouping) {
      const auto* literal = expression->as<plan::Literal>();
      const auto* attribute = expression->as<plan::Attribute>();
      if (literal != nullptr && literal->value.as<int32_t>() != nullptr) {
        const int32_t ordinal = *literal->value.as<int32_t>();
        if (ordinal < 1 || static_cast<size_t>(ordinal) > outputs.size())
          return failure(analysisError(
              "GROUP_BY_POS_OUT_OF_RANGE", "42805",
              "GROUP BY position " + std::to_string(ordinal) +
                  " is not in select list (valid range is [1, " + std::to_string(outputs.size()) +
                  "]).",
              {{"index", std::to_string(ordinal)}, {"size", std::to_string(outputs.size())}}));
        const ExpressionPtr chosen = outputs[static_cast<size_t>(ordinal - 1)];
        const auto* alias = chosen->as<plan::Alias>();
        resolved.push_back(alias == nullptr ? chosen : alias->child);
        continue;
      }
      if (attribute != nullptr && attribute->nameParts.size() == 1 && !binder.bind(expression)) {
        ExpressionPtr found;
        const std::string wanted = lowerCase(attribute->nameParts[0]);
        for (const ExpressionPtr& output : outputs) {
          const auto* alias = output->as<plan::Alias>();
          if (alias != nullptr && lowerCase(alias->names[0]) == wanted) found = alias->child;
        }
        if (!found && wanted == "all") {
          for (const ExpressionPtr& output : outputs) {
            const auto* alias = output->as<plan::Alias>();
            const bool hasAggregate = plan::contains(output, [](const plan::Expression& part) {
              const auto* call = part.as<plan::Call>();
              return call != nullptr && findAggregateFunction(call->name) != nullptr;
            });
            if (!hasAggregate) resolved.push_back(alias == nullptr ? output : alias->child);
          }
          continue;
        }
        if (found) {
          resolved.push_back(found);
          continue;
        }
      }
      resolved.push_back(expression);
    }
    grouping = std::move(resolved);
  }

  const bool fillsIn = outer_ != nullptr && outer_->fillsAggregates && hasOuterColumns(*input) &&
                       grouping.empty() && node.kind == plan::GroupKind::kGroupBy;
  if (fillsIn) input = fillOuter(std::move(input));
  AggregateAnalysis analysis(*this, input);
  for (const ExpressionPtr& expression : grouping) SPATE_FAIL_IF_ERROR(analysis.addKey(expression));

  const size_t keys = analysis.keyCount();
  std::vector<std::vector<size_t>> sets;
  if (node.kind == plan::GroupKind::kRollup) {
    for (size_t n = keys + 1; n-- > 0;) {
      sets.emplace_back();
      for (size_t i = 0; i < n; ++i) sets.back().push_back(i);
    }
  } else if (node.kind == plan::GroupKind::kCube) {
    if (keys > 12) return failure(unsupportedHereError("a cube of more than 12 columns"));
    for (size_t mask = size_t{1} << keys; mask-- > 0;) {
      sets.emplace_back();
      for (size_t i = 0; i < keys; ++i)
        if ((mask >> (keys - 1 - i) & 1) != 0) sets.back().push_back(i);
    }
  } else if (node.kind == plan::GroupKind::kGroupingSets) {
    size_t at = outputsEnd;
    for (const auto& set : node.groupingSets) {
      sets.emplace_back();
      for (size_t i = 0; i < set.size(); ++i, ++at) {
        SPATE_ASSIGN_OR_FAIL(const auto bound, analysis.inner().bind(all[at]));
        const std::string fingerprint = fingerprintOf(*bound);
        size_t key = 0;
        while (key < analysis.keyCount() && fingerprintOf(*analysis.keys()[key]) != fingerprint)
          ++key;
        if (key == analysis.keyCount()) SPATE_FAIL_IF_ERROR(analysis.addKey(all[at]));
        sets.back().push_back(key);
      }
    }
  }
  const size_t shownKeys = analysis.keyCount();
  if (fillsIn) analysis.setPresence(static_cast<int>(input->columns.size() - 1));
  if (hasOuterColumns(*input)) {
    // Each value of the outer columns has groups of its own.
    if (!sets.empty())
      return failure(unsupportedHereError("grouping sets in a correlated subquery"));
    for (size_t i = 0; i < input->columns.size(); ++i) {
      const OutputColumn& column = input->columns[i];
      if (column.isOuter)
        SPATE_FAIL_IF_ERROR(analysis.addKey(
            plan::make(plan::PlacedColumn{static_cast<int>(i), column.field.name})));
    }
  }
  if (outer_ != nullptr && grouping.empty() && sets.empty()) outer_->hasGlobalAggregate = true;
  if (!sets.empty()) analysis.expand(sets);

  std::vector<Named> named;
  BoundExpressionPtr having;
  if (node.having) {
    // HAVING may name what the select list calls something.
    const ExpressionPtr condition =
        plan::rewrite(all[setsEnd], [&](const ExpressionPtr& part) -> ExpressionPtr {
          const auto* attribute = part->as<plan::Attribute>();
          if (attribute == nullptr || attribute->nameParts.size() != 1 ||
              analysis.inner().bind(part))
            return nullptr;
          for (const ExpressionPtr& output : outputs) {
            const auto* alias = output->as<plan::Alias>();
            if (alias != nullptr &&
                lowerCase(alias->names[0]) == lowerCase(attribute->nameParts[0]))
              return alias->child;
          }
          return nullptr;
        });
    SPATE_ASSIGN_OR_FAIL(having, analysis.bindOutput(condition));
  }
  Expressions shown = outputs;
  shown.insert(shown.end(),
               all.begin() + static_cast<std::ptrdiff_t>(setsEnd) + (node.having ? 1 : 0),
               all.end());
  WindowBinder windows(context_.settings(),
                       [&](const ExpressionPtr& part) { return analysis.bindOutput(part); });
  analysis.setWindows(&windows);
  const auto bindAll = [&]() -> Status {
    named.clear();
    for (size_t i = 0; i < shownKeys && !node.isSelectList; ++i) {
      const StructField field = analysis.keyField(i);
      named.push_back({field.name, columnAt(static_cast<int>(i), field), field.metadata});
    }
    for (const ExpressionPtr& expression : shown) {
      const auto* alias = expression->as<plan::Alias>();
      windows.setColumnName(alias == nullptr ? "" : alias->names[0]);
      SPATE_ASSIGN_OR_RETURN(auto bound, analysis.bindOutput(expression));
      Named one{analysis.nameOf(expression, *bound), std::move(bound), std::nullopt};
      if (alias != nullptr) one.metadata = alias->metadata;
      named.push_back(std::move(one));
    }
    return Status::OK();
  };
  SPATE_FAIL_IF_ERROR(bindAll());
  if (!windows.empty()) {
    windows.settle(analysis.columnCount());
    SPATE_FAIL_IF_ERROR(bindAll());
  }

  SPATE_ASSIGN_OR_FAIL(LogicalNodePtr result, analysis.finish());
  if (having) {
    OutputColumns columns = result->columns;
    result = makeLogical(FilterStep{std::move(having)}, {std::move(result)}, std::move(columns));
  }
  return projectBound(windows.apply(std::move(result)), std::move(named));
}

}  // namespace spate
