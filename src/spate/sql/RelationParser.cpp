#include <charconv>
#include <cstdlib>

#include "spate/sql/Parser.h"
#include "spate/types/ToString.h"

// FROM: tables, subqueries, joins, samples, LATERAL VIEW, PIVOT, UNPIVOT, aliases.

namespace spate::sql {

using plan::ExpressionPtr;
using plan::JoinKind;
using plan::make;
using plan::makeCall;
using plan::RelationPtr;

RelationPtr Parser::fromClause() {
  Chain chain(*this);
  expect("FROM");
  RelationPtr left = relation();
  while (accept(",")) {
    plan::Join join;
    join.isLateral = at("LATERAL") && !is(peek(1), "VIEW");
    chain.next();
    join.right = relation();
    chain.link();
    join.left = std::move(left);
    left = make(std::move(join));
  }
  left = lateralViews(std::move(left));
  if (at("PIVOT") && is(peek(1), "(")) left = pivot(std::move(left));
  if (at("UNPIVOT")) left = unpivot(std::move(left));
  return left;
}

RelationPtr Parser::relation() {
  const Nesting nesting(*this);
  if (failed()) return make(plan::OneRow{});
  accept("LATERAL");
  return joinsBehind(relationPrimary());
}

bool Parser::atJoin() const {
  return atAny({"JOIN", "INNER", "CROSS", "LEFT", "RIGHT", "FULL", "SEMI", "ANTI", "NATURAL"});
}

/// The kind of join up to the word JOIN; empty: it is a syntax error.
std::optional<JoinKind> Parser::joinKind() {
  JoinKind kind = JoinKind::kInner;
  if (accept("CROSS")) {
    kind = JoinKind::kCross;
  } else if (accept("LEFT")) {
    kind = accept("SEMI")   ? JoinKind::kLeftSemi
           : accept("ANTI") ? JoinKind::kLeftAnti
                            : JoinKind::kLeftOuter;
    if (kind == JoinKind::kLeftOuter) accept("OUTER");
  } else if (accept("RIGHT")) {
    kind = JoinKind::kRightOuter;
    accept("OUTER");
  } else if (accept("FULL")) {
    kind = JoinKind::kFullOuter;
    accept("OUTER");
  } else if (accept("SEMI")) {
    kind = JoinKind::kLeftSemi;
  } else if (accept("ANTI")) {
    kind = JoinKind::kLeftAnti;
  } else {
    accept("INNER");
  }
  expect("JOIN");
  if (failed()) return std::nullopt;
  return kind;
}

RelationPtr Parser::joinsBehind(RelationPtr left) {
  Chain chain(*this);
  for (;;) {
    const bool isPivot = at("PIVOT") && is(peek(1), "(");
    if (!isPivot && !at("UNPIVOT") && !atJoin()) return left;
    chain.next();
    if (isPivot) {
      left = pivot(std::move(left));
    } else if (at("UNPIVOT")) {
      left = unpivot(std::move(left));
    } else {
      plan::Join join;
      join.isNatural = accept("NATURAL");
      const std::optional<JoinKind> kind = joinKind();
      if (!kind) return left;
      join.kind = *kind;
      if (join.isNatural && *kind == JoinKind::kCross) {
        fail(Status::invalidArgument("The join types NATURAL and CROSS are incompatible.")
                 .withErrorClass("INCOMPATIBLE_JOIN_TYPES", "42613",
                                 {{"joinType1", "NATURAL"}, {"joinType2", "CROSS"}}));
      }
      join.isLateral = accept("LATERAL");
      const bool fitsLateral =
          *kind == JoinKind::kInner || *kind == JoinKind::kCross || *kind == JoinKind::kLeftOuter;
      if (join.isLateral && !fitsLateral) {
        const std::string name = *kind == JoinKind::kRightOuter  ? "RIGHT OUTER"
                                 : *kind == JoinKind::kFullOuter ? "FULL OUTER"
                                 : *kind == JoinKind::kLeftSemi  ? "LEFT SEMI"
                                                                 : "LEFT ANTI";
        fail(Status::invalidArgument(
                 "The " + name +
                 " JOIN with LATERAL correlation is not allowed because an OUTER subquery cannot "
                 "correlate to its join partner. Remove the LATERAL correlation or use an INNER "
                 "JOIN, or LEFT OUTER JOIN instead.")
                 .withErrorClass("INVALID_LATERAL_JOIN_TYPE", "42613", {{"joinType", name}}));
      }
      join.right = relationPrimary();
      if (!join.isNatural && accept("ON")) {
        join.condition = expression();
      } else if (!join.isNatural && at("USING")) {
        if (join.isLateral)
          failUnsupported("JOIN USING with LATERAL correlation", "LATERAL_JOIN_USING");
        advance();
        join.usingColumns = identifierList();
      }
      join.left = std::move(left);
      left = make(std::move(join));
    }
    chain.link();
  }
}

RelationPtr Parser::relationPrimary() {
  if (at("(")) {
    const bool isQuery = isQueryBracket(at_);
    advance();
    RelationPtr inner = isQuery ? query() : relation();
    expect(")");
    inner = sample(std::move(inner));
    const bool hasAlias = at("AS") || atTableAlias();
    if (hasAlias) return tableAlias(std::move(inner));
    // What a subquery's columns were called inside is not seen outside.
    if (isQuery)
      return make(plan::SubqueryAlias{std::move(inner), "__auto_generated_subquery_name", {}, {}});
    return inner;
  }
  if (at("VALUES") && !atAny({",", ")", "JOIN"}, 1) && peek(1).kind != TokenKind::kEnd) {
    return inlineTable();
  }
  return tableName();
}

RelationPtr Parser::tableName() {
  plan::ReadTable table;
  if (atSequence({"STREAM", "("}) && peek(2).isName() && !is(peek(3), "(")) {
    advance();
    advance();
    table.nameParts = identifierReference();
    expect(")");
    table.isStreaming = true;
  } else {
    table.nameParts = identifierReference();
    if (at("(")) return tableFunction(table.nameParts);
  }
  if (atSequence({"WITH", "("})) {
    advance();
    table.options = propertyList();
  }
  const size_t version = at("FOR") ? 1 : 0;
  if (atAny({"VERSION", "SYSTEM_VERSION", "TIMESTAMP", "SYSTEM_TIME"}, version) &&
      is(peek(version + 1), "AS") && is(peek(version + 2), "OF")) {
    failUnsupported("time travel", "TIME_TRAVEL");
  }
  return tableAlias(sample(make(std::move(table))));
}

RelationPtr Parser::tableFunction(const Names& name) {
  plan::TableFunction function;
  for (const std::string& part : name) function.name += (function.name.empty() ? "" : ".") + part;
  expect("(");
  if (!at(")")) {
    do {
      if (at("TABLE") && (is(peek(1), "(") || peek(1).isName())) {
        failUnsupported("table arguments of functions", "TABLE_ARGUMENT");
      }
      function.arguments.push_back(functionArgument());
    } while (accept(","));
  }
  expect(")");
  return tableAlias(make(std::move(function)));
}

/// Whether a word here goes on with the query, so that it is no alias. Spark reserves no words; its
/// parser looks as far ahead as it takes, this one at what must follow.
bool Parser::atClause() const {
  if (peek().kind != TokenKind::kWord) return false;
  if (atSetOperator()) return true;
  if (atAny({"GROUP", "ORDER", "SORT", "CLUSTER", "DISTRIBUTE"})) return is(peek(1), "BY");
  if (at("LATERAL")) return is(peek(1), "VIEW");
  if (at("WINDOW")) return peek(1).isName() && is(peek(2), "AS");
  if (at("PIVOT")) return is(peek(1), "(");
  if (at("UNPIVOT")) return is(peek(1), "(") || atAny({"INCLUDE", "EXCLUDE"}, 1);
  if (at("TABLESAMPLE")) return is(peek(1), "(");
  if (at("WITH")) return atAny({"ROLLUP", "CUBE"}, 1) || is(peek(1), "(");
  const bool clauseFollows = atAny({"FROM", "WHERE", "ORDER", "LIMIT", "OFFSET"}, 1);
  if (atAny({"LIMIT", "OFFSET"}) && clauseFollows) return false;
  const bool endsHere = peek(1).kind == TokenKind::kEnd || atAny({",", ")", ";"}, 1);
  if (atAny({"LIMIT", "OFFSET", "WHERE", "HAVING", "QUALIFY", "SELECT", "INSERT", "FROM", "AS",
             "USING", "ON"})) {
    return !endsHere;
  }
  // Behind an argument or an element, not behind a select item.
  if (atAny({"FOR", "PLACING", "IGNORE", "RESPECT"})) return !endsHere;
  return at("END") || at("THEN") || at("WHEN") || at("ELSE");
}

bool Parser::atTableAlias() const {
  if (!peek().isName()) return false;
  if (peek().kind == TokenKind::kQuoted) return true;
  // Spark's strict keywords are never aliases of tables.
  if (atAny({"ANTI", "CROSS", "EXCEPT", "FULL", "INNER", "INTERSECT", "JOIN", "LATERAL", "LEFT",
             "MINUS", "NATURAL", "ON", "RIGHT", "SEMI", "UNION", "USING"})) {
    return false;
  }
  return !atClause();
}

RelationPtr Parser::tableAlias(RelationPtr input) {
  if (at("AS")) {
    advance();
    if (!atTableAlias()) {
      failSyntax();
      return input;
    }
  } else if (!atTableAlias()) {
    return input;
  }
  plan::SubqueryAlias alias{std::move(input), identifier(), {}, {}};
  if (at("(")) alias.columns = identifierList();
  return make(std::move(alias));
}

RelationPtr Parser::sample(RelationPtr input) {
  if (!atSequence({"TABLESAMPLE", "("})) return input;
  const size_t begin = at_;
  const auto refuse = [&](const std::string& what) {
    fail(Status::unsupported(what + " is not supported.")
             .withErrorClass("_LEGACY_ERROR_TEMP_0015", "", {{"msg", what}}),
         begin);
  };
  advance();
  advance();
  plan::Sample sampled;
  sampled.input = input;
  ExpressionPtr rows;
  const bool negative = at("-") && peek(1).isNumber();
  const size_t number = negative ? 1 : 0;
  if (peek(number).isNumber() && is(peek(number + 1), "PERCENT")) {
    sampled.upper = std::strtod(peek(number).word.c_str(), nullptr) / 100;
    if (negative) sampled.upper = -sampled.upper;
    const bool isFraction = sampled.upper >= 0 && sampled.upper <= 1;
    for (size_t i = 0; i < number + 2; ++i) advance();
    if (!isFraction) {
      std::string shown;
      appendJavaNumber(sampled.upper, shown);
      fail(Status::invalidArgument("Sampling fraction (" + shown + ") must be on interval [0, 1].")
               .withErrorClass("INVALID_TABLESAMPLE_FRACTION", "22023", {{"fraction", shown}}),
           begin);
    }
  } else if (accept("BUCKET")) {
    const double part = peek().isNumber() ? std::strtod(peek().word.c_str(), nullptr) : -1;
    advance();
    expect("OUT");
    expect("OF");
    const double parts = peek().isNumber() ? std::strtod(peek().word.c_str(), nullptr) : -1;
    if (part < 1 || parts < part) failSyntax();
    advance();
    if (at("ON")) refuse("TABLESAMPLE(BUCKET x OUT OF y ON colname)");
    sampled.upper = part / parts;
  } else if (!at(")")) {
    rows = expression();
    if (!accept("ROWS")) refuse("TABLESAMPLE(byteLengthLiteral)");
  } else {
    failSyntax();
  }
  expect(")");
  if (accept({"REPEATABLE", "("})) {
    int64_t seed = 0;
    const std::string& digits = peek().word;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), seed);
    if (peek().kind != TokenKind::kInteger || parsed.ec != std::errc()) failSyntax();
    advance();
    expect(")");
    sampled.seed = seed;
  }
  if (rows) return make(plan::Limit{std::move(input), std::move(rows)});
  return make(std::move(sampled));
}

RelationPtr Parser::lateralViews(RelationPtr input) {
  Chain chain(*this);
  while (atSequence({"LATERAL", "VIEW"})) {
    advance();
    advance();
    chain.next();
    plan::LateralView view;
    view.isOuter = at("OUTER") && peek(1).isName();
    if (view.isOuter) advance();
    Names name = {identifier()};
    while (accept(".")) name.push_back(identifier());
    view.generator = functionCall(name);
    view.alias = identifier();
    const bool hasColumns = accept("AS") || (peek().isName() && !atClause() && !atJoin());
    if (hasColumns) {
      do {
        view.columns.push_back(identifier());
      } while (accept(","));
    }
    view.input = std::move(input);
    input = make(std::move(view));
    chain.link();
  }
  return input;
}

/// PIVOT (aggregates FOR column IN (values)): grouped by the columns that it does not name, which
/// stands as `*` among the grouping columns.
RelationPtr Parser::pivot(RelationPtr input) {
  plan::Aggregate aggregate;
  expect("PIVOT");
  expect("(");
  aggregate.kind = plan::GroupKind::kPivot;
  aggregate.grouping = {make(plan::Star{})};
  aggregate.aggregates = namedExpressions();
  expect("FOR");
  if (at("(")) {
    Expressions columns;
    for (std::string& name : identifierList()) columns.push_back(plan::makeAttribute({name}));
    aggregate.pivotColumn = makeCall("struct", std::move(columns));
  } else {
    aggregate.pivotColumn = plan::makeAttribute({errorCapturingIdentifier()});
  }
  expect("IN");
  expect("(");
  aggregate.pivotValues = namedExpressions();
  expect(")");
  expect(")");
  aggregate.input = std::move(input);
  RelationPtr pivoted = make(std::move(aggregate));
  return tableAlias(std::move(pivoted));
}

/// UNPIVOT [INCLUDE | EXCLUDE NULLS] (value FOR name IN (columns)): the columns that it does not
/// name stay, which stands as `*` among the ids.
RelationPtr Parser::unpivot(RelationPtr input) {
  expect("UNPIVOT");
  const bool includesNulls = accept({"INCLUDE", "NULLS"});
  if (!includesNulls) accept({"EXCLUDE", "NULLS"});
  expect("(");
  if (at("(")) failUnsupported("UNPIVOT of several value columns", "UNPIVOT_MULTI_VALUE");
  plan::Unpivot unpivoted;
  unpivoted.ids = {make(plan::Star{})};
  unpivoted.values.emplace();
  unpivoted.valueColumn = identifier();
  expect("FOR");
  unpivoted.variableColumn = identifier();
  expect("IN");
  expect("(");
  do {
    ExpressionPtr column = plan::makeAttribute(multipartIdentifier());
    if (accept("AS") || peek().isName()) {
      column = make(plan::Alias{std::move(column), {errorCapturingIdentifier()}});
    }
    unpivoted.values->push_back(std::move(column));
  } while (accept(","));
  expect(")");
  expect(")");
  const std::string valueColumn = unpivoted.valueColumn;
  unpivoted.input = std::move(input);
  RelationPtr result = make(std::move(unpivoted));
  if (!includesNulls) {
    result = make(plan::Filter{std::move(result),
                               makeCall("isNotNull", {plan::makeAttribute({valueColumn})})});
  }
  return tableAlias(std::move(result));
}

}  // namespace spate::sql
