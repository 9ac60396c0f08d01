#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "spate/base/Status.h"
#include "spate/plan/Expression.h"
#include "spate/plan/Relation.h"
#include "spate/sql/IntervalText.h"
#include "spate/types/DataType.h"
#include "spate/types/DataTypeDdl.h"

/// SQL text to plans, by the grammar of Spark 4 with ANSI mode's literals and without reserved
/// words (spark.sql.ansi.enforceReservedKeywords = false). Types and table schemas have a parser of
/// their own, dataTypeFromDdl(), and intervals parseInterval().
///
/// In      any bytes; what is not UTF-8 is repaired first
/// Errors  Spark's: PARSE_SYNTAX_ERROR, PARSE_EMPTY_STATEMENT, INVALID_IDENTIFIER,
///         UNCLOSED_BRACKETED_COMMENT, INVALID_NUMERIC_LITERAL_RANGE, UNBOUND_SQL_PARAMETER, ...;
///         UNSUPPORTED_FEATURE.* for what Spark's grammar has and Spate has not. Their message is
///         ParseException's whole text after its first line break, "[CLASS] ... SQLSTATE: ...
///         (line 1, pos 7)\n\n== SQL ==\n...\n-------^^^\n", or with Spark's query context, "...
///         SQLSTATE: ...\n== SQL (line 1, position 8) ==\n...\n       ^^^^\n".
///         FAILED_TO_PARSE_TOO_COMPLEX for text that nests deeper than a plan may.
/// Threads any
namespace spate::sql {

/// One statement: a query, or a command such as CREATE VIEW or SHOW TABLES. `namedArguments` stand
/// for :name, `positionalArguments` for each ? in order.
Result<plan::RelationPtr> parseStatement(
    std::string_view sql, const std::map<std::string, plan::ExpressionPtr>& namedArguments = {},
    const std::vector<plan::ExpressionPtr>& positionalArguments = {});

/// One expression, with an alias or without: what expr(), filter("...") and selectExpr take.
Result<plan::ExpressionPtr> parseExpression(std::string_view sql);

/// "db.`my table`" in its parts.
Result<std::vector<std::string>> parseMultipartIdentifier(std::string_view sql);

/// A type by itself: "array<int>".
Result<DataType> parseDataType(std::string_view sql);

/// The columns of a table, "a INT, b STRING NOT NULL", as a struct.
Result<DataType> parseTableSchema(std::string_view sql);

}  // namespace spate::sql
