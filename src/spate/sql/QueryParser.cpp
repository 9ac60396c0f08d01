#include <algorithm>

#include "spate/base/AsciiCase.h"
#include "spate/sql/Parser.h"

// SELECT, set operations, WITH, ORDER BY ... LIMIT, VALUES, WINDOW.

namespace spate::sql {

using plan::ExpressionPtr;
using plan::make;
using plan::RelationPtr;

namespace {

/// Whether a function over a window, not counting those in subqueries, stands somewhere in it.
bool hasWindow(const ExpressionPtr& expression) {
  if (!expression) return false;
  if (expression->as<plan::Window>()) return true;
  if (const auto* call = expression->as<plan::Call>()) {
    return std::any_of(call->arguments.begin(), call->arguments.end(), hasWindow);
  }
  if (const auto* cast = expression->as<plan::Cast>()) return hasWindow(cast->child);
  if (const auto* field = expression->as<plan::ExtractValue>()) {
    return hasWindow(field->child) || hasWindow(field->extraction);
  }
  return false;
}

}  // namespace

bool Parser::isQueryBracket(size_t open) const {
  // Brackets in brackets ask the innermost one, each of them; so the answer is kept for all.
  const size_t first = open;
  while (queryBrackets_.find(open) == queryBrackets_.end() &&
         is(tokens_[std::min(open + 1, tokens_.size() - 1)], "(") &&
         is(behindBracket(open + 1), ")")) {
    ++open;
  }
  const auto known = queryBrackets_.find(open);
  const bool isQuery = known != queryBrackets_.end() ? known->second : beginsQuery(open);
  for (size_t i = first; i <= open; ++i) queryBrackets_[i] = isQuery;
  return isQuery;
}

/// The same for a bracket that does not hold just another one.
bool Parser::beginsQuery(size_t open) const {
  const Token& first = tokens_[std::min(open + 1, tokens_.size() - 1)];
  const Token& second = tokens_[std::min(open + 2, tokens_.size() - 1)];
  if (is(first, "(")) {
    const Token& behind = behindBracket(open + 1);
    for (const std::string_view word : {"UNION", "INTERSECT", "EXCEPT", "MINUS", "ORDER", "SORT",
                                        "CLUSTER", "DISTRIBUTE", "LIMIT", "OFFSET"}) {
      if (is(behind, word)) return isQueryBracket(open + 1);
    }
    return false;
  }
  for (const std::string_view end : {")", ",", ".", "=", "<>", "+", "*", "/", "->"}) {
    if (is(second, end) && !(is(first, "SELECT") && end == "*")) return false;
  }
  for (const std::string_view word : {"SELECT", "WITH", "VALUES", "FROM", "TABLE"}) {
    if (is(first, word)) return true;
  }
  return false;
}

bool Parser::atQuery() const {
  if (at("(")) return isQueryBracket(at_);
  return atAny({"SELECT", "WITH", "VALUES", "FROM"}) || (at("TABLE") && peek(1).isName());
}

RelationPtr Parser::query() {
  const Nesting nesting(*this);
  auto windowsOutside = std::exchange(windows_, {});
  RelationPtr relation;
  if (at("WITH")) {
    std::vector<std::pair<std::string, RelationPtr>> names = ctes();
    relation = make(plan::WithCtes{queryNoWith(), std::move(names)});
  } else {
    relation = queryNoWith();
  }
  windows_ = std::move(windowsOutside);
  return relation;
}

RelationPtr Parser::queryNoWith() { return queryOrganization(setOperations()); }

std::vector<std::pair<std::string, RelationPtr>> Parser::ctes() {
  std::vector<std::pair<std::string, RelationPtr>> list;
  expect("WITH");
  const bool isRecursive = at("RECURSIVE") && peek(1).isName() && !is(peek(1), "AS");
  if (isRecursive) failUnsupported("recursive common table expressions", "RECURSIVE_CTE");
  do {
    std::string name = errorCapturingIdentifier();
    for (const auto& [known, relation] : list) {
      if (!equalsIgnoringAsciiCase(known, name)) continue;
      const std::string shown = "`" + asciiLower(name) + "`";
      failStatement(
          Status::invalidArgument("CTE definition can't have duplicate names: " + shown + ".")
              .withErrorClass("DUPLICATED_CTE_NAMES", "42602", {{"duplicateNames", shown}}));
    }
    Names columns;
    if (at("(") && !isQueryBracket(at_)) columns = identifierList();
    accept("AS");
    expect("(");
    RelationPtr relation = query();
    expect(")");
    if (!columns.empty()) {
      relation = make(plan::SubqueryAlias{std::move(relation), name, {}, std::move(columns)});
    }
    list.emplace_back(std::move(name), std::move(relation));
  } while (accept(","));
  return list;
}

bool Parser::atSetOperator(size_t ahead) const {
  return atAny({"UNION", "EXCEPT", "MINUS", "INTERSECT"}, ahead) &&
         (atAny({"ALL", "DISTINCT", "SELECT", "VALUES", "FROM", "TABLE", "MAP", "REDUCE", "("},
                ahead + 1));
}

/// UNION, EXCEPT and MINUS from left to right; INTERSECT binds closer.
RelationPtr Parser::setOperations() {
  Chain chain(*this);
  RelationPtr left = intersections();
  while (atAny({"UNION", "EXCEPT", "MINUS"})) {
    const plan::SetKind kind = at("UNION") ? plan::SetKind::kUnion : plan::SetKind::kExcept;
    advance();
    const bool isAll = accept("ALL");
    if (!isAll) accept("DISTINCT");
    chain.next();
    RelationPtr right = intersections();
    chain.link();
    left = make(plan::SetOperation{std::move(left), std::move(right), kind, isAll});
  }
  return left;
}

RelationPtr Parser::intersections() {
  Chain chain(*this);
  RelationPtr left = queryPrimary();
  while (accept("INTERSECT")) {
    const bool isAll = accept("ALL");
    if (!isAll) accept("DISTINCT");
    chain.next();
    RelationPtr right = queryPrimary();
    chain.link();
    left = make(
        plan::SetOperation{std::move(left), std::move(right), plan::SetKind::kIntersect, isAll});
  }
  return left;
}

RelationPtr Parser::queryPrimary() {
  if (at("SELECT")) return selectQuery(nullptr);
  if (at("VALUES")) return inlineTable();
  if (at("FROM")) {
    RelationPtr from = fromClause();
    if (at("INSERT")) failUnsupported("INSERT of several tables", "MULTI_INSERT");
    if (!at("SELECT")) return from;
    RelationPtr selected = selectQuery(std::move(from));
    if (at("SELECT")) failUnsupported("several SELECT of one FROM", "MULTI_SELECT");
    return selected;
  }
  if (accept("TABLE")) return make(plan::ReadTable{identifierReference(), {}});
  if (at("(")) {
    advance();
    RelationPtr relation = query();
    expect(")");
    return relation;
  }
  if (atAny({"MAP", "REDUCE"})) failUnsupported("script transformations", "TRANSFORM");
  failSyntax();
  return make(plan::OneRow{});
}

RelationPtr Parser::selectQuery(RelationPtr from) {
  findWindows();
  const bool isScript =
      atSequence({"SELECT", "TRANSFORM", "("}) && is(behindBracket(at_ + 2), "USING");
  if (isScript) failUnsupported("script transformations", "TRANSFORM");
  expect("SELECT");
  const std::vector<plan::Hint> hintList = hintClause();
  bool isDistinct = false;
  if (atAny({"DISTINCT", "ALL"}) && !atAny({",", ".", "FROM"}, 1)) {
    isDistinct = at("DISTINCT");
    advance();
  }
  Expressions list = namedExpressions();
  if (at("FROM")) {
    if (from) failSyntax();
    from = fromClause();
  }
  if (!from) from = make(plan::OneRow{});
  from = lateralViews(std::move(from));
  if (accept("WHERE")) from = make(plan::Filter{std::move(from), expression()});

  RelationPtr selected;
  plan::Aggregate aggregate;
  const bool isGrouped = accept({"GROUP", "BY"});
  if (isGrouped) groupBy(aggregate);
  if (accept("HAVING")) aggregate.having = expression();
  if (isGrouped || aggregate.having) {
    aggregate.input = std::move(from);
    aggregate.aggregates = std::move(list);
    aggregate.isSelectList = true;
    selected = make(std::move(aggregate));
  } else {
    selected = make(plan::Project{std::move(from), std::move(list)});
  }
  if (accept("QUALIFY")) selected = qualify(std::move(selected));
  if (isDistinct) selected = make(plan::Deduplicate{std::move(selected), {}});
  if (at("WINDOW")) windowClause();
  return hints(std::move(selected), hintList);
}

/// A condition over window functions, computed beside the select list and dropped again.
RelationPtr Parser::qualify(RelationPtr input) {
  ExpressionPtr condition = expression();
  if (!hasWindow(condition)) return make(plan::Filter{std::move(input), std::move(condition)});
  const std::string name = "__qualify";
  const ExpressionPtr column = make(plan::Alias{std::move(condition), {name}});
  RelationPtr extended;
  if (const auto* project = input->as<plan::Project>()) {
    plan::Project wider = *project;
    wider.expressions.push_back(column);
    extended = make(std::move(wider));
  } else if (const auto* aggregate = input->as<plan::Aggregate>()) {
    plan::Aggregate wider = *aggregate;
    wider.aggregates.push_back(column);
    extended = make(std::move(wider));
  } else {
    return input;
  }
  RelationPtr kept = make(plan::Filter{std::move(extended), plan::makeAttribute({name})});
  return make(plan::Drop{std::move(kept), {}, {name}});
}

std::vector<plan::Hint> Parser::hintClause() {
  std::vector<plan::Hint> list;
  while (accept("/*+")) {
    do {
      plan::Hint hint{nullptr, identifier(), {}};
      if (accept("(")) {
        do {
          hint.parameters.push_back(primaryExpression());
        } while (accept(","));
        expect(")");
      }
      list.push_back(std::move(hint));
      accept(",");
    } while (!at("*/") && !failed());
    expect("*/");
  }
  return list;
}

RelationPtr Parser::hints(RelationPtr input, const std::vector<plan::Hint>& list) {
  if (list.size() > kMaxLinks) failTooComplex();
  for (plan::Hint hint : list) {
    hint.input = std::move(input);
    input = make(std::move(hint));
  }
  return input;
}

RelationPtr Parser::inlineTable() {
  expect("VALUES");
  plan::Values values;
  do {
    const ExpressionPtr row = expression();
    const auto* call = row->as<plan::Call>();
    if (call && asciiUpper(call->name) == "STRUCT") {
      values.rows.push_back(call->arguments);
      for (ExpressionPtr& value : values.rows.back()) {
        if (const auto* alias = value->as<plan::Alias>()) value = ExpressionPtr(alias->child);
      }
    } else {
      values.rows.push_back({row});
    }
  } while (accept(","));
  return tableAlias(make(std::move(values)));
}

RelationPtr Parser::queryOrganization(RelationPtr input) {
  if (accept({"ORDER", "BY"})) input = make(plan::Sort{std::move(input), sortItems(), true});
  if (accept({"CLUSTER", "BY"})) {
    Expressions columns = expressions();
    Expressions order;
    for (const ExpressionPtr& column : columns) order.push_back(make(plan::SortOrder{column}));
    input = make(plan::Repartition{std::move(input), std::nullopt, true, std::move(columns)});
    input = make(plan::Sort{std::move(input), std::move(order), false});
  }
  if (accept({"DISTRIBUTE", "BY"})) {
    input = make(plan::Repartition{std::move(input), std::nullopt, true, expressions()});
  }
  if (accept({"SORT", "BY"})) input = make(plan::Sort{std::move(input), sortItems(), false});
  if (at("WINDOW")) windowClause();
  ExpressionPtr limit;
  if (accept("LIMIT") && !accept("ALL")) limit = expression();
  if (accept("OFFSET")) input = make(plan::Offset{std::move(input), expression()});
  if (at("|>")) failUnsupported("the pipe syntax |>", "PIPE_SYNTAX");
  if (!limit) return input;
  return make(plan::Limit{std::move(input), std::move(limit)});
}

/// The WINDOW clause stands behind what uses its names, so it is looked for and read beforehand.
void Parser::findWindows() {
  windows_.clear();
  for (size_t i = at_; i + 1 < tokens_.size(); ++i) {
    const Token& token = tokens_[i];
    if (is(token, ")") || is(token, ";")) return;
    if (is(token, "(") || is(token, "[")) {
      i = token.match;
      continue;
    }
    if (i > at_ && atSetOperator(i - at_)) return;
    const size_t last = tokens_.size() - 1;
    if (is(token, "WINDOW") && tokens_[i + 1].isName() &&
        is(tokens_[std::min(i + 2, last)], "AS") &&
        (is(tokens_[std::min(i + 3, last)], "(") || tokens_[std::min(i + 3, last)].isName())) {
      const size_t back = at_;
      at_ = i;
      windowClause();
      if (failed()) return;
      windowClauses_[i] = at_;
      at_ = back;
      return;
    }
  }
}

void Parser::windowClause() {
  const auto read = windowClauses_.find(at_);
  if (read != windowClauses_.end()) {
    at_ = read->second;
    return;
  }
  expect("WINDOW");
  do {
    const std::string name = asciiUpper(errorCapturingIdentifier());
    expect("AS");
    plan::Window window = windowSpec();
    if (!failed()) windows_[name] = std::move(window);
  } while (accept(","));
}

}  // namespace spate::sql
