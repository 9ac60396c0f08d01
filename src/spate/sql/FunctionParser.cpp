#include <algorithm>

#include "spate/base/AsciiCase.h"
#include "spate/sql/Parser.h"

// Calls of functions, the special forms that look like calls, and windows.

namespace spate::sql {

using plan::Call;
using plan::ExpressionPtr;
using plan::Literal;
using plan::make;
using plan::makeCall;

namespace {

std::string joined(const std::vector<std::string>& parts) {
  std::string name;
  for (const std::string& part : parts) {
    if (!name.empty()) name += '.';
    name += part;
  }
  return name;
}

bool isUnqualifiedStar(const ExpressionPtr& expression) {
  const auto* star = expression->as<plan::Star>();
  return star && star->target.empty();
}

}  // namespace

ExpressionPtr Parser::functionCall(const Names& name) {
  Call call{joined(name), {}};
  expect("(");
  if (!at(")")) {
    // `distinct` and `all` may also be columns.
    if (atAny({"DISTINCT", "ALL"}) && !atAny({",", ")", ".", "(", "="}, 1)) {
      call.isDistinct = at("DISTINCT");
      advance();
    }
    do {
      call.arguments.push_back(functionArgument());
    } while (accept(","));
    if (accept({"IGNORE", "NULLS"})) {
      call.ignoreNulls = true;
    } else {
      accept({"RESPECT", "NULLS"});
    }
  }
  expect(")");
  return finishCall(std::move(call));
}

ExpressionPtr Parser::functionArgument() {
  if (peek().isName() && is(peek(1), "=>")) {
    std::string name = identifier();
    expect("=>");
    return make(plan::NamedArgument{std::move(name), expression()});
  }
  if (atSequence({"TABLE", "("}) && isQueryBracket(at_ + 1)) {
    failUnsupported("table arguments of functions", "TABLE_ARGUMENT");
  }
  return expression();
}

/// What may stand behind the closing parenthesis of a call.
ExpressionPtr Parser::finishCall(Call call) {
  // COUNT(*) counts rows.
  if (asciiUpper(call.name) == "COUNT" && call.arguments.size() == 1 && !call.isDistinct &&
      isUnqualifiedStar(call.arguments[0])) {
    call.arguments[0] = integerLiteralOf(1);
  }
  if (atSequence({"WITHIN", "GROUP"})) failUnsupported("WITHIN GROUP", "WITHIN_GROUP");
  if (accept({"FILTER", "("})) {
    expect("WHERE");
    call.filter = expression();
    expect(")");
  }
  if (accept({"IGNORE", "NULLS"})) {
    call.ignoreNulls = true;
  } else {
    accept({"RESPECT", "NULLS"});
  }
  ExpressionPtr function = make(std::move(call));
  const bool isWindow = at("OVER") && (is(peek(1), "(") || peek(1).isName());
  if (!isWindow) return function;
  advance();
  plan::Window window = windowSpec();
  window.function = std::move(function);
  return make(std::move(window));
}

ExpressionPtr Parser::restOfCall(const std::string& name, Expressions arguments) {
  Call call{name, std::move(arguments)};
  while (accept(",")) call.arguments.push_back(functionArgument());
  expect(")");
  return finishCall(std::move(call));
}

ExpressionPtr Parser::structCall() {
  Call call{identifier(), {}};
  expect("(");
  if (!at(")")) call.arguments = namedExpressions();
  expect(")");
  return finishCall(std::move(call));
}

std::optional<ExpressionPtr> Parser::extractCall() {
  if (!peek(2).isName() || !is(peek(3), "FROM")) return std::nullopt;
  advance();
  expect("(");
  ExpressionPtr field = stringLiteralOf(identifier());
  expect("FROM");
  ExpressionPtr source = valueExpression();
  expect(")");
  return makeCall("extract", {std::move(field), std::move(source)});
}

/// TRIM([BOTH | LEADING | TRAILING] [characters] FROM text).
std::optional<ExpressionPtr> Parser::trimCall() {
  const std::string called(peek().text);
  advance();
  expect("(");
  std::string name = "trim";
  bool isSpecial = false;
  if (atAny({"BOTH", "LEADING", "TRAILING"}) && !atAny({",", ")", "."}, 1)) {
    if (at("LEADING")) name = "ltrim";
    if (at("TRAILING")) name = "rtrim";
    advance();
    isSpecial = true;
  }
  ExpressionPtr characters;
  if (!(at("FROM") && !atAny({",", ")", "."}, 1))) {
    if (!isSpecial && at(")")) return restOfCall(called, {});
    characters = functionArgument();
    if (!isSpecial && !at("FROM")) return restOfCall(called, {std::move(characters)});
  }
  expect("FROM");
  ExpressionPtr text = valueExpression();
  expect(")");
  if (!characters) return makeCall(name, {std::move(text)});
  return makeCall(name, {std::move(characters), std::move(text)});
}

ExpressionPtr Parser::substringCall(const std::string& name) {
  advance();
  expect("(");
  if (at(")")) return restOfCall(name, {});
  Expressions arguments = {functionArgument()};
  if (!accept("FROM")) return restOfCall(name, std::move(arguments));
  arguments.push_back(valueExpression());
  if (accept("FOR")) arguments.push_back(valueExpression());
  expect(")");
  return makeCall("substring", std::move(arguments));
}

ExpressionPtr Parser::positionCall(const std::string& name) {
  advance();
  expect("(");
  if (at(")")) return restOfCall(name, {});
  // IN would be read as a predicate by expression().
  ExpressionPtr first =
      peek(1).isName() && is(peek(1), "=>") ? functionArgument() : valueExpression();
  if (!accept("IN")) return restOfCall(name, {std::move(first)});
  ExpressionPtr text = valueExpression();
  expect(")");
  return makeCall("locate", {std::move(first), std::move(text)});
}

ExpressionPtr Parser::overlayCall(const std::string& name) {
  advance();
  expect("(");
  if (at(")")) return restOfCall(name, {});
  Expressions arguments = {functionArgument()};
  if (!accept("PLACING")) return restOfCall(name, std::move(arguments));
  arguments.push_back(valueExpression());
  expect("FROM");
  arguments.push_back(valueExpression());
  if (accept("FOR")) arguments.push_back(valueExpression());
  expect(")");
  return makeCall("overlay", std::move(arguments));
}

/// timestampadd(HOUR, 1, t) and its kin, whose first argument is a bare unit.
std::optional<ExpressionPtr> Parser::timestampUnitCall() {
  const bool adds = atAny({"TIMESTAMPADD", "DATEADD", "DATE_ADD"});
  const bool subtracts = atAny({"TIMESTAMPDIFF", "DATEDIFF", "DATE_DIFF", "TIMEDIFF"});
  if (!adds && !subtracts) return std::nullopt;
  const std::string function(peek().text);
  const Token& unit = peek(2);
  if (unit.kind == TokenKind::kString && is(peek(3), ",")) {
    const std::string shown = "'" + unit.word + "'";
    fail(Status::invalidArgument("The value of parameter(s) `unit` in `" + function +
                                 "` is invalid: expects one of the units without quotes YEAR, "
                                 "QUARTER, MONTH, WEEK, DAY, DAYOFYEAR, HOUR, MINUTE, SECOND, "
                                 "MILLISECOND, MICROSECOND, but got the string literal " +
                                 shown + ".")
             .withErrorClass("INVALID_PARAMETER_VALUE.DATETIME_UNIT", "22023",
                             {{"functionName", "`" + function + "`"},
                              {"parameter", "`unit`"},
                              {"invalidValue", shown}}));
    return nullLiteral();
  }
  const bool isUnit = atAny({"YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "DAYOFYEAR", "HOUR",
                             "MINUTE", "SECOND", "MILLISECOND", "MICROSECOND"},
                            2);
  if (!isUnit || !is(peek(3), ",")) return std::nullopt;
  Expressions arguments = {stringLiteralOf(unit.word)};
  for (int i = 0; i < 4; ++i) advance();
  arguments.push_back(valueExpression());
  expect(",");
  arguments.push_back(valueExpression());
  expect(")");
  return makeCall(adds ? "timestampadd" : "timestampdiff", std::move(arguments));
}

// --- windows

plan::Window Parser::windowSpec() {
  const bool isNamed = !at("(") || (peek(1).isName() && is(peek(2), ")"));
  if (isNamed) {
    const bool inParentheses = accept("(");
    const size_t where = at_;
    const std::string name = errorCapturingIdentifier();
    if (inParentheses) expect(")");
    const auto known = windows_.find(asciiUpper(name));
    if (known != windows_.end()) return known->second;
    fail(Status::invalidArgument("The window specification \"" + name +
                                 "\" is not defined in the WINDOW clause.")
             .withErrorClass("MISSING_WINDOW_SPECIFICATION", "42P20", {{"windowName", name}}),
         where);
    return {};
  }
  plan::Window window;
  expect("(");
  if (accept({"CLUSTER", "BY"})) {
    window.partitionBy = expressions();
  } else {
    if (accept({"PARTITION", "BY"}) || accept({"DISTRIBUTE", "BY"})) {
      window.partitionBy = expressions();
    }
    if (accept({"ORDER", "BY"}) || accept({"SORT", "BY"})) window.orderBy = sortItems();
  }
  if (atAny({"ROWS", "RANGE"})) window.frame = windowFrame();
  expect(")");
  return window;
}

plan::WindowFrame Parser::windowFrame() {
  plan::WindowFrame frame;
  frame.isRows = at("ROWS");
  advance();
  if (accept("BETWEEN")) {
    frame.lower = frameBound();
    expect("AND");
    frame.upper = frameBound();
  } else {
    frame.lower = frameBound();
  }
  return frame;
}

plan::FrameBound Parser::frameBound() {
  using Kind = plan::FrameBound::Kind;
  plan::FrameBound bound;
  if (accept({"UNBOUNDED", "PRECEDING"})) {
    bound.kind = Kind::kUnboundedPreceding;
  } else if (accept({"UNBOUNDED", "FOLLOWING"})) {
    bound.kind = Kind::kUnboundedFollowing;
  } else if (!accept({"CURRENT", "ROW"})) {
    bound.kind = Kind::kValue;
    bound.value = expression();
    if (at("PRECEDING")) {
      bound.value = makeCall("negative", {bound.value});
    } else if (!at("FOLLOWING")) {
      failSyntax();
    }
    advance();
  }
  return bound;
}

}  // namespace spate::sql
