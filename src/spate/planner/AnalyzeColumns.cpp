// Steps that make columns: projections, generators, time windows.
#include <algorithm>
#include <set>

#include "spate/plan/Rewrite.h"
#include "spate/planner/Analyzer.h"
#include "spate/planner/PlanErrors.h"
#include "spate/planner/WindowBinder.h"

namespace spate {
namespace {

using plan::ExpressionPtr;

const plan::Call* generatorCall(const ExpressionPtr& expression) {
  const auto* alias = expression->as<plan::Alias>();
  const auto* call = (alias == nullptr ? expression : alias->child)->as<plan::Call>();
  if (call == nullptr || findGeneratorFunction(call->name) == nullptr) return nullptr;
  return call;
}

ExpressionPtr placed(int index, const std::string& name) {
  return plan::make(plan::PlacedColumn{index, name});
}

bool isTimeWindow(const plan::Expression& expression) {
  const auto* call = expression.as<plan::Call>();
  return call != nullptr && lowerCase(call->name) == "window" && call->arguments.size() >= 2;
}

/// 0, 1, 2 ... in the order of the rows: the index that pandas on Spark asks for.
ExpressionPtr rowNumberFromZero() {
  const auto one = plan::make(plan::Literal{DataType::longType(), Datum(int64_t{1})});
  plan::Window window;
  window.function = plan::makeCall("count", {one});
  window.frame = plan::WindowFrame{true,
                                   {plan::FrameBound::Kind::kUnboundedPreceding, nullptr},
                                   {plan::FrameBound::Kind::kCurrentRow, nullptr}};
  return plan::makeCall("-", {plan::make(std::move(window)), one});
}

/// An aggregate function that is not one over a window is in it.
bool hasAggregate(const ExpressionPtr& expression) {
  const auto withoutWindows =
      plan::rewrite(expression, [](const ExpressionPtr& part) -> ExpressionPtr {
        if (part->as<plan::Window>() == nullptr) return nullptr;
        return plan::make(plan::Literal{});
      });
  return plan::contains(withoutWindows, [](const plan::Expression& part) {
    const auto* call = part.as<plan::Call>();
    return call != nullptr && findAggregateFunction(call->name) != nullptr &&
           findScalarFunction(call->name) == nullptr;
  });
}

/// The watermark of an event time: of a column, or of the window_time() of one.
std::optional<Micros> watermarkOf(const BoundExpression& time, const OutputColumns& columns) {
  const auto parts = time.children();
  if (parts.size() == 1 && time.sql().starts_with("window_time("))
    return watermarkOf(*parts[0], columns);
  const auto index = time.columnIndex();
  if (!index || *index >= static_cast<int>(columns.size())) return std::nullopt;
  return columns[static_cast<size_t>(*index)].watermarkDelay;
}

}  // namespace

OutputColumn Analyzer::columnOf(const LogicalNode& input, const Named& named) {
  OutputColumn column;
  column.id = nextColumnId();
  column.field = {named.name, named.expression->type(), named.expression->nullable()};
  if (const auto index = named.expression->columnIndex();
      index && *index < static_cast<int>(input.columns.size())) {
    const OutputColumn& source = input.columns[static_cast<size_t>(*index)];
    column.field.metadata = source.field.metadata;
    if (named.name == source.field.name && !source.isOuter) {
      column.id = source.id;
      column.qualifier = source.qualifier;
    }
  }
  column.watermarkDelay = watermarkOf(*named.expression, input.columns);
  if (named.metadata) column.field.metadata = *named.metadata;
  return column;
}

LogicalNodePtr Analyzer::projectBound(LogicalNodePtr input, std::vector<Named> named) {
  OutputColumns columns;
  ProjectStep step;
  for (Named& one : named) {
    columns.push_back(columnOf(*input, one));
    step.expressions.push_back(std::move(one.expression));
  }
  for (size_t i = 0; i < input->columns.size(); ++i) {
    if (!input->columns[i].isOuter) continue;
    columns.push_back(input->columns[i]);
    step.expressions.push_back(columnAt(static_cast<int>(i), input->columns[i].field));
  }
  return makeLogical(std::move(step), {std::move(input)}, std::move(columns));
}

Result<LogicalNodePtr> Analyzer::takeOutTimeWindows(LogicalNodePtr input,
                                                    Expressions& expressions) {
  std::vector<ExpressionPtr> windows;
  for (const ExpressionPtr& expression : expressions) {
    plan::contains(expression, [&](const plan::Expression& part) {
      if (isTimeWindow(part)) windows.push_back(plan::make(part.node));
      return false;
    });
  }
  if (windows.empty()) return input;
  const ScalarFunction* function = findScalarFunction("window");
  if (function == nullptr) return failure(unresolvedRoutineError("window"));

  ExpressionBinder binder = binderFor(*input);
  SPATE_ASSIGN_OR_FAIL(auto window, binder.bind(windows[0]));
  const std::string fingerprint = fingerprintOf(*window);
  for (const ExpressionPtr& other : windows) {
    SPATE_ASSIGN_OR_FAIL(const auto bound, binder.bind(other));
    if (fingerprintOf(*bound) != fingerprint)
      return failure(analysisError("MULTI_TIME_WINDOW_EXPRESSIONS", "0A000",
                                   "Multiple time/session window expressions would result in a "
                                   "cartesian product of rows, therefore they are currently not "
                                   "supported."));
  }
  SPATE_ASSIGN_OR_FAIL(const auto time, binder.bind(windows[0]->as<plan::Call>()->arguments[0]));
  const std::optional<Micros> delay = watermarkOf(*time, input->columns);

  // A row without a time is in no window.
  const ScalarFunction* isNotNull = findScalarFunction("isnotnull");
  if (isNotNull == nullptr) return failure(unresolvedRoutineError("isnotnull"));
  SPATE_ASSIGN_OR_FAIL(auto hasTime, bindCall(*isNotNull, {time}, {}, context_.settings()));
  OutputColumns columns = input->columns;
  LogicalNodePtr filtered =
      makeLogical(FilterStep{std::move(hasTime)}, {std::move(input)}, columns);

  const bool slides = window->type().is(TypeKind::kArray);
  const DataType type = slides ? window->type().elementType() : window->type();
  OutputColumn added{nextColumnId(), {"window", type, false}};
  added.field.metadata = "{\"spark.timeWindow\":true}";
  added.watermarkDelay = delay;
  const int index = static_cast<int>(columns.size());
  LogicalNodePtr result;
  if (slides) {
    const GeneratorFunction* explode = findGeneratorFunction("explode");
    const Argument argument{window->type(), false, window->sql(), std::nullopt};
    SPATE_ASSIGN_OR_FAIL(BoundGenerator generator,
                         explode->bind("explode", std::span(&argument, 1), context_.settings()));
    columns.push_back(added);
    result = makeLogical(GenerateStep{std::move(generator), {std::move(window)}, false},
                         {std::move(filtered)}, std::move(columns));
  } else {
    ProjectStep step;
    for (size_t i = 0; i < columns.size(); ++i)
      step.expressions.push_back(columnAt(static_cast<int>(i), columns[i].field));
    step.expressions.push_back(std::move(window));
    columns.push_back(added);
    result = makeLogical(std::move(step), {std::move(filtered)}, std::move(columns));
  }
  for (ExpressionPtr& expression : expressions)
    expression = plan::rewrite(expression, [&](const ExpressionPtr& part) -> ExpressionPtr {
      return isTimeWindow(*part) ? placed(index, "window") : nullptr;
    });
  return result;
}

Result<LogicalNodePtr> Analyzer::generate(LogicalNodePtr input, const plan::Call& call,
                                          bool isOuter, const std::vector<std::string>& names,
                                          const std::string& qualifier) {
  const GeneratorFunction* function = findGeneratorFunction(call.name);
  if (function == nullptr) return failure(unresolvedRoutineError(call.name));
  ExpressionBinder binder = binderFor(*input);
  SPATE_ASSIGN_OR_FAIL(const auto expanded, binder.expandStars(call.arguments));
  std::vector<BoundExpressionPtr> arguments;
  std::vector<Argument> described;
  for (const ExpressionPtr& argument : expanded) {
    SPATE_ASSIGN_OR_FAIL(auto bound, binder.bind(argument));
    Argument one{bound->type(), bound->nullable(), bound->sql(), std::nullopt};
    if (bound->isFoldable()) {
      auto value = evaluateConstant(*bound, context_.settings());
      if (value) one.constant = std::move(*value);
    }
    described.push_back(std::move(one));
    arguments.push_back(std::move(bound));
  }
  SPATE_ASSIGN_OR_FAIL(BoundGenerator generator,
                       function->bind(function->name, described, context_.settings()));
  for (size_t i = 0; i < arguments.size(); ++i) {
    SPATE_ASSIGN_OR_FAIL(
        arguments[i],
        bindImplicitCast(std::move(arguments[i]), generator.argumentTypes[i], context_.settings()));
  }
  if (!names.empty() && names.size() != generator.columns.size()) {
    std::string list;
    for (const std::string& name : names) list += (list.empty() ? "" : ",") + name;
    return failure(analysisError(
        "UDTF_ALIAS_NUMBER_MISMATCH", "42802",
        "The number of aliases supplied in the AS clause does not match the number of columns "
        "output by the UDTF. Expected " +
            std::to_string(generator.columns.size()) + " aliases, but got " + list +
            ". Please ensure that the number of aliases provided matches the number of columns "
            "output by the UDTF.",
        {{"aliasesSize", std::to_string(generator.columns.size())}, {"aliasesNames", list}}));
  }
  OutputColumns columns = input->columns;
  for (size_t i = 0; i < generator.columns.size(); ++i) {
    StructField field = generator.columns[i];
    if (!names.empty()) field.name = names[i];
    field.nullable = field.nullable || isOuter;
    OutputColumn column{nextColumnId(), std::move(field)};
    if (!qualifier.empty()) column.qualifier = {qualifier};
    columns.push_back(std::move(column));
  }
  return makeLogical(GenerateStep{std::move(generator), std::move(arguments), isOuter},
                     {std::move(input)}, std::move(columns));
}

void Analyzer::resolveLateralAliases(const LogicalNode& input, Expressions& expressions) {
  ExpressionBinder binder = binderFor(input);
  for (size_t at = 1; at < expressions.size(); ++at) {
    expressions[at] =
        plan::rewrite(expressions[at], [&](const ExpressionPtr& part) -> ExpressionPtr {
          const auto* attribute = part->as<plan::Attribute>();
          if (attribute == nullptr || attribute->planId) return nullptr;
          ExpressionPtr found;
          for (size_t i = 0; i < at && !found; ++i) {
            const auto* alias = expressions[i]->as<plan::Alias>();
            const bool isNamed = alias != nullptr && alias->names.size() == 1 &&
                                 lowerCase(alias->names[0]) == lowerCase(attribute->nameParts[0]);
            if (isNamed && generatorCall(expressions[i]) == nullptr) found = alias->child;
          }
          if (!found || binder.bind(part)) return nullptr;
          for (size_t field = 1; field < attribute->nameParts.size(); ++field)
            found = plan::make(plan::ExtractValue{
                found, plan::make(plan::Literal{DataType::stringType(),
                                                Datum(attribute->nameParts[field])})});
          return found;
        });
  }
}

Result<LogicalNodePtr> Analyzer::project(LogicalNodePtr input, const Expressions& expressions,
                                         const Expressions& extra) {
  Expressions wanted;
  {
    ExpressionBinder binder = binderFor(*input);
    SPATE_ASSIGN_OR_FAIL(wanted, binder.expandStars(expressions));
  }
  for (const ExpressionPtr& expression : extra) wanted.push_back(expression);
  resolveLateralAliases(*input, wanted);
  SPATE_ASSIGN_OR_FAIL(input, ensureOuter(std::move(input), wanted));
  SPATE_ASSIGN_OR_FAIL(input, takeOutSubqueries(std::move(input), wanted));
  SPATE_ASSIGN_OR_FAIL(input, takeOutTimeWindows(std::move(input), wanted));

  // Several make rows of all their rows with each other.
  for (size_t i = 0; i < wanted.size(); ++i) {
    const plan::Call* call = generatorCall(wanted[i]);
    if (call == nullptr) continue;
    std::vector<std::string> names;
    if (const auto* alias = wanted[i]->as<plan::Alias>()) names = alias->names;
    const size_t before = input->columns.size();
    const ExpressionPtr keep = wanted[i];
    const std::string name = lowerCase(call->name);
    SPATE_ASSIGN_OR_FAIL(input,
                         generate(std::move(input), *call, name.ends_with("_outer"), names, ""));
    Expressions made;
    for (size_t column = before; column < input->columns.size(); ++column)
      made.push_back(placed(static_cast<int>(column), input->columns[column].field.name));
    wanted.erase(wanted.begin() + static_cast<std::ptrdiff_t>(i));
    wanted.insert(wanted.begin() + static_cast<std::ptrdiff_t>(i), made.begin(), made.end());
    i += made.size() - 1;
  }

  ExpressionBinder binder = binderFor(*input);
  WindowBinder windows(context_.settings(),
                       [&](const ExpressionPtr& part) { return binder.bind(part); });
  binder.setHook([&](const ExpressionPtr& part) -> Result<BoundExpressionPtr> {
    if (const auto* call = part->as<plan::Call>();
        call != nullptr && call->name == "distributed_sequence_id")
      return binder.bind(rowNumberFromZero());
    const auto* window = part->as<plan::Window>();
    return window == nullptr ? BoundExpressionPtr() : windows.bind(*window);
  });
  std::vector<Named> named;
  const auto bindAll = [&]() -> Status {
    named.clear();
    for (const ExpressionPtr& expression : wanted) {
      const auto* alias = expression->as<plan::Alias>();
      windows.setColumnName(alias == nullptr ? "" : alias->names[0]);
      SPATE_ASSIGN_OR_RETURN(auto bound, binder.bind(expression));
      Named one{binder.nameOf(expression, *bound), std::move(bound), std::nullopt};
      if (alias != nullptr) one.metadata = alias->metadata;
      named.push_back(std::move(one));
    }
    return Status::OK();
  };
  SPATE_FAIL_IF_ERROR(bindAll());
  if (!windows.empty()) {
    windows.settle(input->columns.size());
    SPATE_FAIL_IF_ERROR(bindAll());
  }
  return projectBound(windows.apply(std::move(input)), std::move(named));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::Project& node) {
  if (std::ranges::any_of(node.expressions, [this](const ExpressionPtr& expression) {
        return hasAggregate(expression) || hasPythonAggregate(expression);
      })) {
    // Without GROUP BY: all rows are one group.
    plan::Aggregate whole;
    whole.input = node.input;
    whole.aggregates = node.expressions;
    whole.isSelectList = true;
    return aggregate(whole, {});
  }
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  return project(std::move(input), node.expressions, {});
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::WithColumns& node) {
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  Expressions expressions;
  for (size_t i = 0; i < input->columns.size(); ++i) {
    if (!input->columns[i].isHidden)
      expressions.push_back(placed(static_cast<int>(i), input->columns[i].field.name));
  }
  for (const ExpressionPtr& expression : node.aliases) {
    const auto* alias = expression->as<plan::Alias>();
    if (alias == nullptr || alias->names.size() != 1)
      return failure(Status::invalidArgument("withColumns takes one name for each expression"));
    bool replaced = false;
    for (ExpressionPtr& existing : expressions) {
      const auto* column = existing->as<plan::PlacedColumn>();
      if (column == nullptr) continue;
      const bool same = context_.settings().caseSensitive
                            ? column->name == alias->names[0]
                            : lowerCase(column->name) == lowerCase(alias->names[0]);
      if (!same) continue;
      existing = expression;
      replaced = true;
    }
    if (!replaced) expressions.push_back(expression);
  }
  // What USING has hidden can still be meant by df["key"].
  Expressions extra;
  std::set<int64_t> hidden;
  for (size_t i = 0; i < input->columns.size(); ++i) {
    const OutputColumn& column = input->columns[i];
    if (!column.isHidden || column.isOuter) continue;
    extra.push_back(placed(static_cast<int>(i), column.field.name));
    hidden.insert(column.id);
  }
  SPATE_ASSIGN_OR_FAIL(auto projected, project(std::move(input), expressions, extra));
  if (hidden.empty()) return projected;
  LogicalNode result = *projected;
  for (OutputColumn& column : result.columns)
    column.isHidden = column.isHidden || hidden.contains(column.id);
  return std::make_shared<const LogicalNode>(std::move(result));
}

Result<LogicalNodePtr> Analyzer::operator()(const plan::LateralView& node) {
  SPATE_ASSIGN_OR_FAIL(auto input, analyze(node.input));
  const auto* call = node.generator->as<plan::Call>();
  if (call == nullptr) return failure(unsupportedHereError("this LATERAL VIEW"));
  SPATE_ASSIGN_OR_FAIL(input, ensureOuter(std::move(input), {node.generator}));
  return generate(std::move(input), *call,
                  node.isOuter || lowerCase(call->name).ends_with("_outer"), node.columns,
                  node.alias);
}

}  // namespace spate
