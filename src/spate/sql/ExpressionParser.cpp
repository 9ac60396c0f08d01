#include <algorithm>

#include "spate/sql/Parser.h"

// Operators, from OR down to the unary ones, and predicates.

namespace spate::sql {

using plan::Alias;
using plan::Call;
using plan::ExpressionPtr;
using plan::Literal;
using plan::make;
using plan::makeCall;
using plan::Subquery;

namespace {

ExpressionPtr notOf(ExpressionPtr value) { return makeCall("not", {std::move(value)}); }

ExpressionPtr balancedBetween(const std::string& name, const std::vector<ExpressionPtr>& operands,
                              size_t first, size_t end) {
  if (end - first == 1) return operands[first];
  const size_t middle = first + (end - first) / 2;
  return makeCall(name, {balancedBetween(name, operands, first, middle),
                         balancedBetween(name, operands, middle, end)});
}

}  // namespace

ExpressionPtr Parser::namedExpression() {
  ExpressionPtr value = expression();
  if (accept("AS")) {
    if (at("(")) return make(Alias{std::move(value), identifierList()});
    return make(Alias{std::move(value), {errorCapturingIdentifier()}});
  }
  if (peek().isName() && !atClause()) {
    return make(Alias{std::move(value), {errorCapturingIdentifier()}});
  }
  return value;
}

Parser::Expressions Parser::namedExpressions() {
  Expressions list;
  do {
    list.push_back(namedExpression());
  } while (accept(","));
  return list;
}

Parser::Expressions Parser::expressions() {
  Expressions list;
  do {
    list.push_back(expression());
  } while (accept(","));
  return list;
}

Parser::Expressions Parser::parenthesizedExpressions() {
  expect("(");
  Expressions list = expressions();
  expect(")");
  return list;
}

/// Long conditions become balanced trees, as Spark makes them.
ExpressionPtr Parser::balanced(const std::string& name, Expressions operands) {
  return balancedBetween(name, operands, 0, operands.size());
}

ExpressionPtr Parser::expression() {
  const Nesting nesting(*this);
  if (failed()) return nullLiteral();
  Expressions operands;
  do {
    operands.push_back(andExpression());
  } while (accept("OR"));
  return balanced("or", std::move(operands));
}

ExpressionPtr Parser::andExpression() {
  Expressions operands;
  do {
    operands.push_back(notExpression());
  } while (accept("AND"));
  return balanced("and", std::move(operands));
}

ExpressionPtr Parser::notExpression() {
  Chain chain(*this);
  size_t negations = 0;
  // `not` may also be the name of a function or a column.
  const auto isName = [this] {
    return at("NOT") && (atAny({",", ")", ".", "FROM"}, 1) || peek(1).kind == TokenKind::kEnd);
  };
  while (atAny({"NOT", "!"}) && !isName()) {
    advance();
    ++negations;
  }
  ExpressionPtr value = predicate();
  for (size_t i = 0; i < negations && !failed(); ++i) {
    chain.next();
    chain.link();
    value = notOf(std::move(value));
  }
  return value;
}

ExpressionPtr Parser::predicate() {
  ExpressionPtr value = valueExpression();
  if (at("IS")) return isPredicate(value);
  const bool isNegated =
      atAny({"NOT", "!"}) && atAny({"BETWEEN", "IN", "RLIKE", "REGEXP", "LIKE", "ILIKE"}, 1);
  if (!isNegated) return predicateBehind(value);
  if (at("!")) {
    fail(
        Status::invalidArgument("Support of the clause or keyword: ! has been discontinued in this "
                                "context. The '!' keyword is only supported as an alias for the "
                                "prefix operator 'NOT'.\nUse the 'NOT' keyword instead for infix "
                                "clauses such as `NOT LIKE`, `NOT IN`, `NOT BETWEEN`, etc.\nTo "
                                "re-enable the '!' keyword, set \"spark.sql.legacy.bangEqualsNot\" "
                                "to \"true\".")
            .withErrorClass("SYNTAX_DISCONTINUED.BANG_EQUALS_NOT", "42601", {{"clause", "!"}}));
    return value;
  }
  advance();
  return notOf(predicateBehind(value));
}

ExpressionPtr Parser::predicateBehind(const ExpressionPtr& value) {
  if (accept("BETWEEN")) {
    ExpressionPtr lower = valueExpression();
    expect("AND");
    ExpressionPtr upper = valueExpression();
    return makeCall("and", {makeCall(">=", {value, std::move(lower)}),
                            makeCall("<=", {value, std::move(upper)})});
  }
  if (at("IN")) return inPredicate(value);
  if (accept("RLIKE") || accept("REGEXP")) return makeCall("rlike", {value, valueExpression()});
  if (atAny({"LIKE", "ILIKE"})) return likePredicate(value);
  return value;
}

ExpressionPtr Parser::isPredicate(const ExpressionPtr& value) {
  expect("IS");
  const bool isNegated = accept("NOT");
  if (accept("NULL")) return makeCall(isNegated ? "isNotNull" : "isNull", {value});
  ExpressionPtr result = value;
  if (atAny({"TRUE", "FALSE"})) {
    const bool wanted = at("TRUE");
    advance();
    result = makeCall("<=>", {value, make(Literal{DataType::booleanType(), Datum(wanted)})});
    return isNegated ? notOf(result) : result;
  }
  if (accept("UNKNOWN")) {
    return makeCall(isNegated ? "isNotNull" : "isNull",
                    {make(plan::Cast{value, DataType::booleanType()})});
  }
  if (accept("DISTINCT")) {
    expect("FROM");
    result = makeCall("<=>", {value, valueExpression()});
    return isNegated ? result : notOf(result);
  }
  failSyntax();
  return result;
}

ExpressionPtr Parser::inPredicate(const ExpressionPtr& value) {
  expect("IN");
  if (at("(") && isQueryBracket(at_)) {
    advance();
    RelationPtr relation = query();
    expect(")");
    Subquery subquery{Subquery::Kind::kIn, std::move(relation), {value}};
    // (a, b) IN (SELECT ...) compares column by column.
    const auto* tuple = value->as<Call>();
    if (tuple && tuple->name == "struct") subquery.values = tuple->arguments;
    return make(std::move(subquery));
  }
  if (atSequence({"(", ")"})) {
    fail(Status::invalidArgument(
             "Invalid SQL syntax: IN predicate requires at least one value. Empty IN clauses like "
             "'IN ()' are not allowed. Consider using 'WHERE FALSE' if you need an always-false "
             "condition, or provide at least one value in the IN list.")
             .withErrorClass("INVALID_SQL_SYNTAX.EMPTY_IN_PREDICATE", "42000"),
         at_ - 1, at_ + 2);
    return value;
  }
  Expressions arguments = parenthesizedExpressions();
  arguments.insert(arguments.begin(), value);
  return makeCall("in", std::move(arguments));
}

ExpressionPtr Parser::likePredicate(const ExpressionPtr& value) {
  const size_t begin = at_;
  const std::string name = at("LIKE") ? "like" : "ilike";
  advance();
  if (atAny({"ANY", "SOME", "ALL"}) && is(peek(1), "(")) {
    const bool all = at("ALL");
    advance();
    if (is(peek(1), ")")) {
      fail(Status::invalidArgument("Invalid SQL syntax: Expected something between '(' and ')'.")
               .withErrorClass("INVALID_SQL_SYNTAX.EMPTY_QUANTIFIED_PATTERN", "42000"),
           begin, at_ + 2);
      return value;
    }
    Expressions matches;
    for (ExpressionPtr& pattern : parenthesizedExpressions()) {
      matches.push_back(makeCall(name, {value, std::move(pattern)}));
    }
    return balanced(all ? "and" : "or", std::move(matches));
  }
  Expressions arguments = {value, valueExpression()};
  if (accept("ESCAPE")) {
    const std::string escape = stringLiteral();
    if (!failed() && escape.size() != 1) {
      fail(Status::invalidArgument("Found an invalid escape string: '" + escape +
                                   "'. The escape string must contain only one character.")
               .withErrorClass("INVALID_ESC", "42604", {{"invalidEscape", "'" + escape + "'"}}),
           begin);
    }
    // A backslash is what `like` takes anyway.
    if (escape != "\\") arguments.push_back(stringLiteralOf(escape));
  }
  return makeCall(name, std::move(arguments));
}

/// The operator here and how tightly it binds; 0: there is none.
std::pair<std::string, int> Parser::binaryOperator() const {
  struct Operator {
    std::string_view token;
    const char* name;
    int precedence;
  };
  static constexpr Operator kOperators[] = {
      {"=", "==", 1}, {"<=>", "<=>", 1},   {"<>", "!=", 1},        {"!=", "!=", 1},
      {"<", "<", 1},  {"<=", "<=", 1},     {">=", ">=", 1},        {"|", "|", 2},
      {"^", "^", 3},  {"&", "&", 4},       {"<<", "shiftleft", 5}, {"+", "+", 6},
      {"-", "-", 6},  {"||", "concat", 6}, {"*", "*", 7},          {"/", "/", 7},
      {"%", "%", 7},  {"DIV", "div", 7}};
  const auto touches = [this](size_t ahead) {
    return is(peek(ahead), ">") && peek(ahead).offset == peek(ahead - 1).offset + 1;
  };
  if (at(">")) {
    if (!touches(1)) return {">", 1};
    return {touches(2) ? "shiftrightunsigned" : "shiftright", 5};
  }
  for (const Operator& known : kOperators) {
    if (at(known.token)) return {known.name, known.precedence};
  }
  return {{}, 0};
}

ExpressionPtr Parser::binary(const std::string& name, ExpressionPtr left, ExpressionPtr right) {
  if (name == "!=") return notOf(makeCall("==", {std::move(left), std::move(right)}));
  return makeCall(name, {std::move(left), std::move(right)});
}

ExpressionPtr Parser::valueExpression(int minPrecedence) {
  Chain chain(*this);
  ExpressionPtr left = unaryExpression();
  for (;;) {
    const auto [name, precedence] = binaryOperator();
    if (precedence < minPrecedence || precedence == 0) return left;
    advance();
    if (name == "shiftright" || name == "shiftrightunsigned") advance();
    if (name == "shiftrightunsigned") advance();
    chain.next();
    ExpressionPtr right = valueExpression(precedence + 1);
    chain.link();
    left = binary(name, std::move(left), std::move(right));
  }
}

ExpressionPtr Parser::unaryExpression() {
  const Nesting nesting(*this);
  if (at("-") && peek(1).isNumber()) return postfixExpression();
  if (accept("-")) return makeCall("negative", {unaryExpression()});
  if (accept("+")) return makeCall("positive", {unaryExpression()});
  if (accept("~")) return makeCall("~", {unaryExpression()});
  return postfixExpression();
}

/// Subscripts, fields, casts and collations behind an operand.
ExpressionPtr Parser::postfixExpression() {
  Chain chain(*this);
  ExpressionPtr value = primaryExpression();
  for (;;) {
    if (at("COLLATE") && peek(1).isName()) {
      advance();
      if (!at("UTF8_BINARY")) failUnsupported("collations", "COLLATION");
      identifier();
      continue;
    }
    const bool isField = at(".") && peek(1).isName();
    if (!isField && !atAny({"[", "::"})) return value;
    chain.next();
    if (accept("[")) {
      ExpressionPtr index = valueExpression();
      expect("]");
      value = make(plan::ExtractValue{std::move(value), std::move(index)});
    } else if (accept("::")) {
      value = make(plan::Cast{std::move(value), dataType()});
    } else {
      advance();
      value = make(plan::ExtractValue{std::move(value), stringLiteralOf(identifier())});
    }
    chain.link();
  }
}

}  // namespace spate::sql
