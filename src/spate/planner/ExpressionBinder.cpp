#include "spate/planner/ExpressionBinder.h"

#include <algorithm>
#include <array>
#include <functional>
#include <regex>
#include <typeinfo>

#include "spate/functions/LiteralText.h"
#include "spate/operators/python/PythonExpression.h"
#include "spate/plan/PlanText.h"
#include "spate/planner/PlanErrors.h"
#include "spate/planner/WindowBinder.h"

namespace spate {
namespace {

using plan::ExpressionPtr;

/// Functions that SQL calls without parentheses.
const std::set<std::string, std::less<>> kWithoutParentheses{"current_date",
                                                             "current_timestamp",
                                                             "current_user",
                                                             "current_catalog",
                                                             "current_database",
                                                             "current_schema",
                                                             "current_timezone",
                                                             "localtimestamp",
                                                             "user",
                                                             "session_user",
                                                             "now"};

/// A constant TIMESTAMP under the text of a literal, as the session's clock shows it.
Result<BoundExpressionPtr> timestampLiteral(BoundExpressionPtr constant,
                                            const SessionSettings& settings) {
  SPATE_ASSIGN_OR_FAIL(Datum value, evaluateConstant(*constant, settings));
  if (value.isNull()) return constant;
  SPATE_ASSIGN_OR_FAIL(const auto shown,
                       bindCast(constant, DataType::stringType(), CastPolicy::kLegacy, settings));
  SPATE_ASSIGN_OR_FAIL(const Datum text, evaluateConstant(*shown, settings));
  return namedConstant(std::move(value), DataType::timestampType(),
                       "TIMESTAMP '" + *text.as<std::string>() + "'");
}

bool hasAmbiguity(const std::vector<int>& matches) { return matches.size() > 1; }

/// Where the columns of a relation are among those of an input, in its own order.
std::vector<int> columnsOf(const std::vector<PlanIdEntry>& entries, const OutputColumns& columns) {
  // A relation's own columns, also where USING has hidden one, of the nearest that is there.
  std::vector<int> nearest;
  int depth = 0;
  for (const PlanIdEntry& entry : entries) {
    std::vector<int> places;
    for (const OutputColumn& one : entry.columns) {
      const auto same = [&](const OutputColumn& column) {
        return column.id == one.id && !column.isOuter;
      };
      const auto found = std::ranges::find_if(columns, same);
      if (!one.isHidden && found != columns.end())
        places.push_back(static_cast<int>(found - columns.begin()));
    }
    if (places.empty() || (!nearest.empty() && entry.depth >= depth)) continue;
    nearest = std::move(places);
    depth = entry.depth;
  }
  return nearest;
}

bool hasColumns(const std::vector<PlanIdEntry>& entries) {
  return std::ranges::any_of(entries, [](const PlanIdEntry& entry) {
    return std::ranges::any_of(entry.columns,
                               [](const OutputColumn& column) { return !column.isHidden; });
  });
}

/// The columns of a relation that a name may mean: those that USING has hidden only where there is
/// no other.
template <class IsNamed>
std::vector<const OutputColumn*> columnsNamed(const OutputColumns& columns, IsNamed isNamed) {
  std::vector<const OutputColumn*> named;
  for (const bool isHidden : {false, true}) {
    for (const OutputColumn& column : columns) {
      if (column.isHidden == isHidden && isNamed(column.field.name)) named.push_back(&column);
    }
    if (!named.empty()) break;
  }
  return named;
}

}  // namespace

std::string lowerCase(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::string fingerprintOf(const BoundExpression& expression) {
  if (const PythonExpression* python = asPython(expression)) return python->resultName();
  std::string text = typeid(expression).name();
  if (const auto index = expression.columnIndex()) return "#" + std::to_string(*index);
  text += expression.type().sql() + ":" + expression.sql() + "(";
  for (const BoundExpressionPtr& child : expression.children()) text += fingerprintOf(*child) + ",";
  return text + ")";
}

void markColumns(const BoundExpression& expression, std::vector<bool>& used) {
  if (expression.readsAnyColumn()) used.assign(used.size(), true);
  if (const auto index = expression.columnIndex(); index && *index < static_cast<int>(used.size()))
    used[static_cast<size_t>(*index)] = true;
  for (const BoundExpressionPtr& child : expression.children()) markColumns(*child, used);
}

bool ExpressionBinder::sameName(const std::string& a, const std::string& b) const {
  return settings_.caseSensitive ? a == b : lowerCase(a) == lowerCase(b);
}

BoundExpressionPtr ExpressionBinder::columnReference(int index) const {
  return columnAt(index, columns_[static_cast<size_t>(index)].field);
}

Status ExpressionBinder::unresolvedColumn(const std::vector<std::string>& nameParts) const {
  return unresolvedColumnError(nameParts, columns_);
}

Result<std::optional<int>> ExpressionBinder::findColumn(const std::string& name) const {
  std::vector<int> matches;
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (!columns_[i].isHidden && sameName(columns_[i].field.name, name))
      matches.push_back(static_cast<int>(i));
  }
  if (hasAmbiguity(matches)) return failure(ambiguousReferenceError({name}, columns_, matches));
  if (matches.empty()) return std::optional<int>();
  return std::optional<int>(matches[0]);
}

Result<BoundExpressionPtr> ExpressionBinder::bindFields(BoundExpressionPtr value,
                                                        const std::vector<std::string>& fields) {
  for (const std::string& field : fields) {
    std::vector<BoundExpressionPtr> arguments{std::move(value),
                                              constantOf(Datum(field), DataType::stringType())};
    const DataType& type = arguments[0]->type();
    const DataType& inner = type.is(TypeKind::kArray) ? type.elementType() : type;
    if (inner.is(TypeKind::kStruct)) {
      SPATE_ASSIGN_OR_FAIL(value, bindScalarCall("getStructField", std::move(arguments)));
    } else if (type.is(TypeKind::kMap)) {
      SPATE_ASSIGN_OR_FAIL(value, bindScalarCall("getMapValue", std::move(arguments)));
    } else {
      return failure(cannotExtractError(*arguments[0], field));
    }
  }
  return value;
}

Result<BoundExpressionPtr> ExpressionBinder::bindPlanIdAttribute(const plan::Attribute& attribute,
                                                                 bool isOuter) {
  const auto found = planIds_.find(*attribute.planId);
  if (found == planIds_.end()) return BoundExpressionPtr();
  std::vector<int> matches;
  int depth = 0;
  const auto isNamed = [&](const std::string& name) {
    return sameName(name, attribute.nameParts.back()) ||
           sameName(name, attribute.nameParts.front());
  };
  for (const PlanIdEntry& entry : found->second) {
    for (const OutputColumn* wanted : columnsNamed(entry.columns, isNamed)) {
      for (size_t i = 0; i < columns_.size(); ++i) {
        if (columns_[i].id != wanted->id || columns_[i].isOuter != isOuter) continue;
        if (matches.empty() || entry.depth < depth) {
          matches.clear();
          depth = entry.depth;
        }
        if (entry.depth == depth &&
            std::ranges::find(matches, static_cast<int>(i)) == matches.end())
          matches.push_back(static_cast<int>(i));
      }
    }
  }
  // Of a relation that was joined with itself, the key that USING has left visible is meant.
  const auto isVisible = [&](int i) { return !columns_[static_cast<size_t>(i)].isHidden; };
  if (hasAmbiguity(matches) && std::ranges::any_of(matches, isVisible))
    std::erase_if(matches, std::not_fn(isVisible));
  if (hasAmbiguity(matches)) return failure(ambiguousColumnReferenceError(attribute.nameParts));
  if (matches.empty()) return BoundExpressionPtr();
  const OutputColumn& column = columns_[static_cast<size_t>(matches[0])];
  std::vector<std::string> rest;
  if (attribute.nameParts.size() > 1 && sameName(column.field.name, attribute.nameParts.front()))
    rest.assign(attribute.nameParts.begin() + 1, attribute.nameParts.end());
  return bindFields(columnReference(matches[0]), rest);
}

Result<BoundExpressionPtr> ExpressionBinder::bindAttribute(const plan::Attribute& attribute) {
  const auto& parts = attribute.nameParts;
  for (auto scope = lambdas_.rbegin(); scope != lambdas_.rend(); ++scope) {
    for (size_t i = 0; i < scope->parameters.size(); ++i) {
      if (!sameName(scope->parameters[i].name, parts[0])) continue;
      // In the text of a call they have no names, as in Spark.
      StructField variable = scope->parameters[i];
      variable.name = "namedlambdavariable()";
      return bindFields(columnAt(scope->firstIndex + static_cast<int>(i), variable),
                        {parts.begin() + 1, parts.end()});
    }
  }
  auto own = bindColumn(attribute, false);
  if (own || own.error().errorClass().starts_with("AMBIGUOUS")) return own;
  if (std::ranges::any_of(columns_, &OutputColumn::isOuter)) {
    auto outer = bindColumn(attribute, true);
    if (outer) return outer;
  }
  if (findOuter_) {
    SPATE_ASSIGN_OR_FAIL(auto outer, findOuter_(attribute));
    if (outer) return outer;
  }
  return own;
}

Result<BoundExpressionPtr> ExpressionBinder::bindColumn(const plan::Attribute& attribute,
                                                        bool isOuter) {
  const auto& parts = attribute.nameParts;
  if (attribute.planId) {
    SPATE_ASSIGN_OR_FAIL(auto bound, bindPlanIdAttribute(attribute, isOuter));
    if (bound) return bound;
    return failure(cannotResolveDataFrameColumnError(parts));
  }
  // The longest qualifier wins: t.a.b is column a.b of nothing before field b of column a of t.
  for (size_t qualified = std::min(parts.size() - 1, size_t{3}) + 1; qualified-- > 0;) {
    std::vector<int> matches;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const OutputColumn& column = columns_[i];
      if (column.isOuter != isOuter) continue;
      if (column.isHidden && !isOuter && qualified == 0) continue;
      if (column.qualifier.size() < qualified) continue;
      bool same = sameName(column.field.name, parts[qualified]);
      for (size_t part = 0; same && part < qualified; ++part)
        same = sameName(column.qualifier[column.qualifier.size() - qualified + part], parts[part]);
      if (same) matches.push_back(static_cast<int>(i));
    }
    if (matches.empty()) continue;
    if (hasAmbiguity(matches)) return failure(ambiguousReferenceError(parts, columns_, matches));
    return bindFields(columnReference(matches[0]),
                      {parts.begin() + static_cast<std::ptrdiff_t>(qualified) + 1, parts.end()});
  }
  if (parts.size() == 1 && kWithoutParentheses.contains(lowerCase(parts[0])))
    return bindScalarCall(lowerCase(parts[0]), {});
  return failure(unresolvedColumn(parts));
}

Result<BoundExpressionPtr> ExpressionBinder::bindExtract(const plan::ExtractValue& extract) {
  SPATE_ASSIGN_OR_FAIL(auto child, bind(extract.child));
  SPATE_ASSIGN_OR_FAIL(auto key, bind(extract.extraction));
  const DataType type = child->type();
  if (type.is(TypeKind::kMap))
    return bindScalarCall("getMapValue", {std::move(child), std::move(key)});
  const bool isName = key->type().isText() && key->isFoldable();
  if (type.is(TypeKind::kStruct) ||
      (type.is(TypeKind::kArray) && isName && type.elementType().is(TypeKind::kStruct)))
    return bindScalarCall("getStructField", {std::move(child), std::move(key)});
  if (type.is(TypeKind::kArray))
    return bindScalarCall("getArrayItem", {std::move(child), std::move(key)});
  return failure(cannotExtractError(*child, key->sql()));
}

Result<BoundExpressionPtr> ExpressionBinder::bindUpdate(const plan::UpdateField& update) {
  SPATE_ASSIGN_OR_FAIL(auto structure, bind(update.structure));
  auto name = constantOf(Datum(update.field), DataType::stringType());
  if (!update.value) return bindScalarCall("dropField", {std::move(structure), std::move(name)});
  SPATE_ASSIGN_OR_FAIL(auto value, bind(update.value));
  return bindScalarCall("updateField", {std::move(structure), std::move(name), std::move(value)});
}

Result<BoundExpressionPtr> ExpressionBinder::bindScalarCall(
    const std::string& name, std::vector<BoundExpressionPtr> arguments) {
  const ScalarFunction* function = findScalarFunction(name);
  if (function == nullptr) return failure(unresolvedRoutineError(name));
  return bindCall(*function, std::move(arguments), {}, settings_);
}

Result<BoundExpressionPtr> ExpressionBinder::bindCallNode(const plan::Call& call) {
  if (findFunction_) {
    if (const auto registered = findFunction_(call.name)) {
      plan::PythonCall python = *registered;
      python.arguments = call.arguments;
      return bind(plan::make(std::move(python)));
    }
  }
  const ScalarFunction* function = findScalarFunction(call.name);
  if (function == nullptr) {
    if (isWindowFunction(call.name)) return failure(windowWithoutOverError(call));
    if (findAggregateFunction(call.name) != nullptr)
      return failure(misplacedAggregateError(call.name));
    if (findGeneratorFunction(call.name) != nullptr)
      return failure(misplacedGeneratorError(call.name));
    static constexpr std::array<std::string_view, 5> kTransforms = {"bucket", "days", "hours",
                                                                    "months", "years"};
    if (std::ranges::find(kTransforms, lowerCase(call.name)) != kTransforms.end()) {
      const std::string text = "\"" + plan::toText(plan::Expression{call}) + "\"";
      return failure(analysisError("PARTITION_TRANSFORM_EXPRESSION_NOT_IN_PARTITIONED_BY", "42S23",
                                   "The expression " + text + " must be inside 'partitionedBy'.",
                                   {{"expression", text}}));
    }

    return failure(unresolvedRoutineError(call.name));
  }
  SPATE_ASSIGN_OR_FAIL(const auto expanded, expandStars(call.arguments));
  std::vector<BoundExpressionPtr> arguments;
  std::vector<LambdaSource> lambdas;
  for (const ExpressionPtr& argument : expanded) {
    const auto* lambda = argument->as<plan::Lambda>();
    if (lambda == nullptr) {
      const auto* named = argument->as<plan::NamedArgument>();
      SPATE_ASSIGN_OR_FAIL(auto bound, bind(named == nullptr ? argument : named->value));
      // struct(expr AS name) and the like take names from their arguments.
      arguments.push_back(std::move(bound));
      continue;
    }
    arguments.push_back(nullptr);
    lambdas.push_back(
        {lambda->parameters.size(),
         [this, lambda,
          keep = argument](const std::vector<StructField>& types) -> Result<BoundExpressionPtr> {
           std::vector<StructField> parameters = types;
           parameters.resize(std::min(parameters.size(), lambda->parameters.size()));
           for (size_t i = 0; i < parameters.size(); ++i)
             parameters[i].name = lambda->parameters[i];
           const int before = lambdaParameters_;
           lambdas_.push_back({parameters, static_cast<int>(columns_.size()) + before});
           lambdaParameters_ += static_cast<int>(types.size());
           auto body = bind(lambda->body);
           lambdaParameters_ = before;
           lambdas_.pop_back();
           return body;
         }});
  }
  if (lowerCase(call.name) == "struct") {
    // struct(a, b AS c): the fields are called as the arguments are.
    std::vector<BoundExpressionPtr> named{nullptr};
    std::string text;
    for (size_t i = 0; i < arguments.size(); ++i) {
      const bool hasName = expanded[i]->as<plan::Alias>() != nullptr ||
                           expanded[i]->as<plan::Attribute>() != nullptr ||
                           expanded[i]->as<plan::LambdaVariable>() != nullptr ||
                           expanded[i]->as<plan::ExtractValue>() != nullptr;
      const std::string name =
          hasName ? nameOf(expanded[i], *arguments[i]) : "col" + std::to_string(i + 1);
      named.push_back(constantOf(Datum(name), DataType::stringType()));
      named.push_back(arguments[i]);
      text += (i == 0 ? "" : ", ") + arguments[i]->sql();
      if (expanded[i]->as<plan::Alias>() != nullptr) text += " AS " + name;
    }
    named[0] = constantOf(Datum("struct(" + text + ")"), DataType::stringType());
    return bindScalarCall("structOf", std::move(named));
  }
  return bindCall(*function, std::move(arguments), lambdas, settings_);
}

Result<BoundExpressionPtr> ExpressionBinder::bindCastNode(const plan::Cast& cast) {
  if (cast.type.is(TypeKind::kDecimal) && cast.type.scale() < 0) {
    constexpr const char* kKey = "spark.sql.legacy.allowNegativeScaleOfDecimal";
    if (!settings_.conf || settings_.conf(kKey).value_or("false") != "true")
      return failure(DataType::makeDecimal(cast.type.precision(), cast.type.scale()).error());
  }
  SPATE_ASSIGN_OR_FAIL(auto child, bind(cast.child));
  CastPolicy policy = settings_.ansi ? CastPolicy::kAnsi : CastPolicy::kLegacy;
  if (cast.mode == plan::CastMode::kTry) policy = CastPolicy::kTry;
  if (cast.mode == plan::CastMode::kAnsi) policy = CastPolicy::kAnsi;
  if (cast.mode == plan::CastMode::kLegacy) policy = CastPolicy::kLegacy;
  const bool isLiteral = cast.mode == plan::CastMode::kAnsi && cast.type.is(TypeKind::kTimestamp) &&
                         cast.child->as<plan::Literal>() != nullptr && child->type().isText();
  SPATE_ASSIGN_OR_FAIL(auto bound, bindCast(std::move(child), cast.type, policy, settings_));
  return isLiteral ? timestampLiteral(std::move(bound), settings_) : bound;
}

Result<BoundExpressionPtr> ExpressionBinder::bind(const ExpressionPtr& expression) {
  if (hook_ && lambdas_.empty()) {
    SPATE_ASSIGN_OR_FAIL(auto bound, hook_(expression));
    if (bound) return bound;
  }
  if (const auto* literal = expression->as<plan::Literal>()) {
    auto constant = constantOf(literal->value, literal->type);
    if (!literal->type.is(TypeKind::kTimestamp)) return constant;
    return timestampLiteral(std::move(constant), settings_);
  }
  if (const auto* attribute = expression->as<plan::Attribute>()) return bindAttribute(*attribute);
  if (const auto* variable = expression->as<plan::LambdaVariable>())
    return bindAttribute(plan::Attribute{variable->nameParts});
  if (const auto* alias = expression->as<plan::Alias>()) return bind(alias->child);
  if (const auto* call = expression->as<plan::Call>()) return bindCallNode(*call);
  if (const auto* cast = expression->as<plan::Cast>()) return bindCastNode(*cast);
  if (const auto* extract = expression->as<plan::ExtractValue>()) return bindExtract(*extract);
  if (const auto* update = expression->as<plan::UpdateField>()) return bindUpdate(*update);
  if (const auto* placed = expression->as<plan::PlacedColumn>())
    return columnReference(placed->index);
  if (expression->as<plan::Star>() != nullptr) return failure(invalidStarError());
  if (expression->as<plan::ColumnRegex>() != nullptr) return failure(invalidStarError());
  if (expression->as<plan::Window>() != nullptr)
    return failure(unsupportedHereError("a window function in this place"));
  if (const auto* call = expression->as<plan::PythonCall>()) return bindPython(*call);
  if (const auto* subquery = expression->as<plan::Subquery>();
      subquery != nullptr && subquery->kind == plan::Subquery::Kind::kScalar && subqueries_)
    return subqueries_(*subquery);
  if (expression->as<plan::Subquery>() != nullptr)
    return failure(unsupportedHereError("a subquery in this place"));
  return failure(unsupportedHereError("this expression"));
}

Result<BoundExpressionPtr> ExpressionBinder::bindCondition(const ExpressionPtr& expression,
                                                           const std::string& what) {
  SPATE_ASSIGN_OR_FAIL(auto bound, bind(expression));
  if (bound->type().is(TypeKind::kBoolean)) return bound;
  if (bound->type().is(TypeKind::kNull))
    return bindImplicitCast(std::move(bound), DataType::booleanType(), settings_);
  return failure(notABooleanError(*bound, what));
}

Result<SortKey> ExpressionBinder::bindSortKey(const ExpressionPtr& order) {
  const auto* sort = order->as<plan::SortOrder>();
  SPATE_ASSIGN_OR_FAIL(auto bound, bind(sort == nullptr ? order : sort->child));
  if (sort == nullptr) return SortKey{std::move(bound)};
  return SortKey{std::move(bound), sort->ascending, sort->nullsFirst};
}

Result<std::vector<ExpressionPtr>> ExpressionBinder::expandStars(
    const std::vector<ExpressionPtr>& expressions) {
  std::vector<ExpressionPtr> expanded;
  const auto placed = [&](size_t i) {
    return plan::make(plan::PlacedColumn{static_cast<int>(i), columns_[i].field.name});
  };
  for (const ExpressionPtr& expression : expressions) {
    const auto* star = expression->as<plan::Star>();
    const auto* regex = expression->as<plan::ColumnRegex>();
    if (star == nullptr && regex == nullptr) {
      expanded.push_back(expression);
      continue;
    }
    if (regex != nullptr) {
      auto flags = std::regex::ECMAScript;
      if (!settings_.caseSensitive) flags |= std::regex::icase;
      std::regex pattern;
      try {
        pattern = std::regex(regex->pattern, flags);
      } catch (const std::regex_error&) {
        return failure(Status::invalidArgument("not a regular expression: " + regex->pattern));
      }
      for (size_t i = 0; i < columns_.size(); ++i) {
        if (!columns_[i].isHidden && std::regex_match(columns_[i].field.name, pattern))
          expanded.push_back(placed(i));
      }
      continue;
    }
    if (star->planId && star->target.empty()) {
      const auto plan = planIds_.find(*star->planId);
      const auto places =
          plan == planIds_.end() ? std::vector<int>() : columnsOf(plan->second, columns_);
      if (places.empty() && (plan == planIds_.end() || hasColumns(plan->second)))
        return failure(cannotResolveDataFrameColumnError({"unresolveddataframestar()"}));
      for (const int i : places) expanded.push_back(placed(static_cast<size_t>(i)));
      continue;
    }
    bool found = star->target.empty();
    for (size_t i = 0; i < columns_.size(); ++i) {
      const OutputColumn& column = columns_[i];
      if (column.isHidden) continue;
      if (!star->target.empty() &&
          (column.qualifier.empty() || !sameName(column.qualifier.back(), star->target.back())))
        continue;
      found = true;
      expanded.push_back(placed(i));
    }
    if (found) continue;
    // struct.*
    SPATE_ASSIGN_OR_FAIL(const auto bound, bindAttribute(plan::Attribute{star->target}));
    if (!bound->type().is(TypeKind::kStruct)) return failure(unresolvedColumn(star->target));
    for (const StructField& field : bound->type().fields()) {
      auto parts = star->target;
      parts.push_back(field.name);
      expanded.push_back(plan::makeAttribute(std::move(parts)));
    }
  }
  return expanded;
}

std::string ExpressionBinder::nameOf(const ExpressionPtr& expression,
                                     const BoundExpression& bound) const {
  if (const auto* alias = expression->as<plan::Alias>()) return alias->names[0];
  if (const auto* attribute = expression->as<plan::Attribute>()) return attribute->nameParts.back();
  if (const auto* placed = expression->as<plan::PlacedColumn>()) return placed->name;
  if (const auto* variable = expression->as<plan::LambdaVariable>())
    return variable->nameParts.back();
  if (const auto* cast = expression->as<plan::Cast>();
      cast != nullptr && cast->child->as<plan::Attribute>() != nullptr)
    return nameOf(cast->child, bound);
  return bound.sql();
}

}  // namespace spate
