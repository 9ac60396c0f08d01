#include <algorithm>

#include "spate/base/AsciiCase.h"
#include "spate/sql/IntervalText.h"
#include "spate/sql/Parser.h"
#include "spate/types/DataTypeDdl.h"

// Operands: names, parentheses, CASE, CAST, lambdas.

namespace spate::sql {

using plan::Call;
using plan::ExpressionPtr;
using plan::Literal;
using plan::make;
using plan::makeCall;
using plan::Subquery;

ExpressionPtr Parser::primaryExpression() {
  const Token& token = peek();
  if (token.isNumber()) return numberLiteral(false);
  if (at("-") && peek(1).isNumber()) {
    advance();
    return numberLiteral(true);
  }
  if (token.kind == TokenKind::kString) return stringsLiteral();
  if (at("?") || (at(":") && peek(1).isName())) return parameter();
  if (at("*")) {
    advance();
    return starBehind({});
  }
  if (at("(")) return parenthesized();
  if (token.kind == TokenKind::kQuoted) return nameExpression();
  if (token.kind == TokenKind::kWord) return wordExpression();
  failSyntax();
  return nullLiteral();
}

ExpressionPtr Parser::starBehind(Names target) {
  if (atSequence({"EXCEPT", "("}) && !isQueryBracket(at_ + 1)) {
    failUnsupported("* EXCEPT (columns)", "STAR_EXCEPT");
  }
  return make(plan::Star{std::move(target)});
}

ExpressionPtr Parser::parenthesized() {
  const size_t open = at_;
  if (isQueryBracket(open)) {
    advance();
    RelationPtr relation = query();
    expect(")");
    return make(Subquery{Subquery::Kind::kScalar, std::move(relation), {}});
  }
  if (is(behindBracket(open), "->")) {
    Names parameters = identifierList();
    return lambda(std::move(parameters));
  }
  advance();
  Expressions values = namedExpressions();
  expect(")");
  if (values.size() > 1) return makeCall("struct", std::move(values));
  if (values[0]->as<plan::Alias>()) failSyntax();
  return values[0];
}

ExpressionPtr Parser::lambda(Names parameters) {
  expect("->");
  const size_t outer = lambdaParameters_.size();
  lambdaParameters_.insert(lambdaParameters_.end(), parameters.begin(), parameters.end());
  ExpressionPtr body = expression();
  lambdaParameters_.resize(outer);
  return make(plan::Lambda{std::move(body), std::move(parameters)});
}

/// The variable and the fields taken of it, when the first part is a parameter of a lambda around.
ExpressionPtr Parser::lambdaVariable(const Names& parts) const {
  const std::string name = asciiUpper(parts[0]);
  const auto known = std::find_if(lambdaParameters_.rbegin(), lambdaParameters_.rend(),
                                  [&](const std::string& p) { return asciiUpper(p) == name; });
  if (known == lambdaParameters_.rend()) return nullptr;
  ExpressionPtr value = make(plan::LambdaVariable{{*known}});
  for (size_t i = 1; i < parts.size(); ++i) {
    value = make(plan::ExtractValue{std::move(value), stringLiteralOf(parts[i])});
  }
  return value;
}

ExpressionPtr Parser::wordExpression() {
  if (is(peek(1), "->")) return lambda({identifier()});
  if (peek(1).kind == TokenKind::kString && !at("CASE") && !atInterval()) return typedLiteral();
  if (atInterval()) return intervalLiteral();
  if (!atAny({".", "("}, 1)) {
    if (accept("NULL")) return nullLiteral();
    if (atAny({"TRUE", "FALSE"})) {
      const bool value = at("TRUE");
      advance();
      return make(Literal{DataType::booleanType(), Datum(value)});
    }
    if (std::optional<ExpressionPtr> current = currentLike()) return *current;
  }
  // `case` may be a column, too.
  if (at("CASE") && !atAny({",", ")", ".", "FROM"}, 1) && peek(1).kind != TokenKind::kEnd) {
    return caseExpression();
  }
  if (is(peek(1), "(")) {
    if (std::optional<ExpressionPtr> form = specialForm()) return *form;
  }
  return nameExpression();
}

/// Functions that are called without parentheses. `user` is left a name, as many tables have such
/// a column; the planner falls back to the function.
std::optional<ExpressionPtr> Parser::currentLike() {
  static constexpr std::string_view kNames[] = {
      "CURRENT_DATE",    "CURRENT_TIMESTAMP", "CURRENT_USER",   "SESSION_USER",
      "CURRENT_CATALOG", "CURRENT_DATABASE",  "LOCALTIMESTAMP", "CURRENT_SCHEMA"};
  for (const std::string_view name : kNames) {
    if (accept(name)) return makeCall(asciiLower(name), {});
  }
  return std::nullopt;
}

/// What is written like a call and is none; empty: it is one.
std::optional<ExpressionPtr> Parser::specialForm() {
  const std::string name = peek().word;
  if (name == "CAST") return castExpression(plan::CastMode::kDefault);
  if (name == "TRY_CAST") return castExpression(plan::CastMode::kTry);
  if (name == "EXISTS" && isQueryBracket(at_ + 1)) {
    advance();
    expect("(");
    RelationPtr relation = query();
    expect(")");
    return make(Subquery{Subquery::Kind::kExists, std::move(relation), {}});
  }
  if (name == "STRUCT") return structCall();
  if (name == "EXTRACT") return extractCall();
  if (name == "TRIM") return trimCall();
  if (name == "SUBSTRING" || name == "SUBSTR") return substringCall(std::string(peek().text));
  if (name == "POSITION") return positionCall(std::string(peek().text));
  if (name == "OVERLAY") return overlayCall(std::string(peek().text));
  if (name == "IDENTIFIER") {
    const size_t close = tokens_[at_ + 1].match;
    Names parts = identifierReference();
    if (failed() || at_ != close + 1) return nullLiteral();
    if (at("(")) return functionCall(parts);
    return make(plan::Attribute{std::move(parts)});
  }
  return timestampUnitCall();
}

ExpressionPtr Parser::caseExpression() {
  expect("CASE");
  ExpressionPtr subject;
  if (!at("WHEN")) subject = expression();
  Expressions arguments;
  do {
    expect("WHEN");
    ExpressionPtr condition = expression();
    expect("THEN");
    arguments.push_back(subject ? makeCall("==", {subject, std::move(condition)}) : condition);
    arguments.push_back(expression());
  } while (at("WHEN"));
  if (accept("ELSE")) arguments.push_back(expression());
  expect("END");
  return makeCall("when", std::move(arguments));
}

ExpressionPtr Parser::castExpression(plan::CastMode mode) {
  advance();
  expect("(");
  ExpressionPtr value = expression();
  expect("AS");
  DataType type = dataType();
  expect(")");
  return make(plan::Cast{std::move(value), std::move(type), mode});
}

/// A column, `t.*`, or a call.
ExpressionPtr Parser::nameExpression() {
  Names parts = {identifier()};
  while (at(".")) {
    if (is(peek(1), "*")) {
      advance();
      advance();
      return starBehind(std::move(parts));
    }
    if (!peek(1).isName()) break;
    advance();
    parts.push_back(identifier());
  }
  if (at("(")) return functionCall(parts);
  if (ExpressionPtr variable = lambdaVariable(parts)) return variable;
  return plan::makeAttribute(std::move(parts));
}

// --- types: read by the types room from the text between two tokens

void Parser::skipDataType() {
  const Token& first = peek();
  if (first.kind != TokenKind::kWord) return failSyntax();
  const bool isInterval = at("INTERVAL");
  const bool isString = at("STRING");
  advance();
  if (accept("<>")) return;
  if (at("<")) {
    int open = 0;
    do {
      if (at("<")) ++open;
      if (at(">")) --open;
      if (atEnd()) return failSyntax();
      advance();
    } while (open > 0);
  } else if (at("(")) {
    const size_t close = tokens_[at_].match;
    while (at_ < close) advance();
    expect(")");
  } else if (isInterval && intervalUnitOf(peek().word) && peek().word.back() != 'S') {
    advance();
    if (at("TO") && intervalUnitOf(peek(1).word)) {
      advance();
      advance();
    }
  } else if (isString && accept("COLLATE")) {
    identifier();
  }
}

DataType Parser::dataType() {
  const size_t first = at_;
  skipDataType();
  if (failed()) return {};
  Result<DataType> type = dataTypeFromDdl(textBetween(first, at_));
  if (type) return *type;
  const Status wrong = type.error();
  if (wrong.errorClass() == "PARSE_SYNTAX_ERROR") {
    at_ = first;
    failSyntax();
  } else {
    fail(wrong, first);
  }
  return {};
}

// --- ORDER BY

plan::SortOrder Parser::sortItem() {
  plan::SortOrder order;
  order.child = expression();
  if (accept("DESC")) {
    order.ascending = false;
  } else {
    accept("ASC");
  }
  order.nullsFirst = order.ascending;
  if (accept("NULLS")) {
    if (!atAny({"FIRST", "LAST"})) failSyntax();
    order.nullsFirst = at("FIRST");
    advance();
  }
  return order;
}

Parser::Expressions Parser::sortItems() {
  Expressions items;
  do {
    items.push_back(make(sortItem()));
  } while (accept(","));
  return items;
}

}  // namespace spate::sql
