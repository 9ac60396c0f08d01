#include "spate/planner/PlanErrors.h"

#include <algorithm>

#include "spate/planner/ExpressionBinder.h"

namespace spate {
namespace {

/// Levenshtein distance, for suggestions.
size_t distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::vector<std::string> partsOf(const OutputColumn& column) {
  std::vector<std::string> parts = column.qualifier;
  parts.push_back(column.field.name);
  return parts;
}

}  // namespace

std::string joinedName(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ".") + part;
  return text;
}

std::string quotedName(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) {
    text += text.empty() ? "`" : ".`";
    for (const char c : part) text += c == '`' ? "``" : std::string(1, c);
    text += "`";
  }
  return text;
}

Status analysisError(std::string errorClass, std::string sqlState, std::string message,
                     std::map<std::string, std::string> parameters) {
  return Status::invalidArgument(std::move(message))
      .withErrorClass(std::move(errorClass), std::move(sqlState), std::move(parameters));
}

std::string proposalFor(const std::string& name, OutputColumns columns) {
  const std::string wanted = lowerCase(name);
  std::stable_sort(columns.begin(), columns.end(), [&](const auto& a, const auto& b) {
    return distance(lowerCase(a.field.name), wanted) < distance(lowerCase(b.field.name), wanted);
  });
  std::string proposal;
  for (size_t i = 0; i < std::min<size_t>(columns.size(), 5); ++i)
    proposal += (i == 0 ? "" : ", ") + quotedName(partsOf(columns[i]));
  return proposal;
}

Status unresolvedColumnError(const std::vector<std::string>& nameParts,
                             const OutputColumns& columns) {
  const std::string name = quotedName(nameParts);
  OutputColumns candidates;
  for (const OutputColumn& column : columns)
    if (!column.isHidden) candidates.push_back(column);
  const std::string start =
      "A column, variable, or function parameter with name " + name + " cannot be resolved.";
  if (candidates.empty())
    return analysisError("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", "42703", start,
                         {{"objectName", name}});
  const std::string proposal = proposalFor(nameParts.back(), std::move(candidates));
  return analysisError("UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703",
                       start + " Did you mean one of the following? [" + proposal + "].",
                       {{"objectName", name}, {"proposal", proposal}});
}

Status ambiguousReferenceError(const std::vector<std::string>& nameParts,
                               const OutputColumns& columns, const std::vector<int>& matches) {
  std::string names;
  for (const int match : matches)
    names += (names.empty() ? "" : ", ") + quotedName(partsOf(columns[static_cast<size_t>(match)]));
  const std::string name = quotedName(nameParts);
  return analysisError("AMBIGUOUS_REFERENCE", "42704",
                       "Reference " + name + " is ambiguous, could be: [" + names + "].",
                       {{"name", name}, {"referenceNames", "[" + names + "]"}});
}

Status ambiguousColumnReferenceError(const std::vector<std::string>& nameParts) {
  const std::string name = '"' + joinedName(nameParts) + '"';
  return analysisError(
      "AMBIGUOUS_COLUMN_REFERENCE", "42702",
      "Column " + name +
          " is ambiguous. It's because you joined several DataFrame together, and some of these "
          "DataFrames are the same.\nThis column points to one of the DataFrames but Spark is "
          "unable to figure out which one.\nPlease alias the DataFrames with different names via "
          "`DataFrame.alias` before joining them,\nand specify the column using qualified name, "
          "e.g. `df.alias(\"a\").join(df.alias(\"b\"), col(\"a.id\") > col(\"b.id\"))`.",
      {{"name", name}});
}

Status cannotResolveDataFrameColumnError(const std::vector<std::string>& nameParts) {
  const std::string name = '"' + joinedName(nameParts) + '"';
  return analysisError("CANNOT_RESOLVE_DATAFRAME_COLUMN", "42704",
                       "Cannot resolve dataframe column " + name +
                           ". It's probably because of illegal references like "
                           "`df1.select(df2.col(\"a\"))`.",
                       {{"name", name}});
}

Status cannotExtractError(const BoundExpression& base, const std::string& field) {
  static_cast<void>(field);
  return analysisError(
      "INVALID_EXTRACT_BASE_FIELD_TYPE", "42000",
      "Can't extract a value from \"" + base.sql() +
          "\". Need a complex type [STRUCT, ARRAY, MAP] but got \"" + base.type().sql() + "\".",
      {{"base", "\"" + base.sql() + "\""}, {"other", "\"" + base.type().sql() + "\""}});
}

Status unresolvedRoutineError(const std::string& name) {
  const std::string quoted = quotedName({name});
  const std::string path = "[`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`]";
  return analysisError("UNRESOLVED_ROUTINE", "42883",
                       "Cannot resolve routine " + quoted + " on search path " + path + ".",
                       {{"routineName", quoted}, {"searchPath", path}});
}

Status misplacedAggregateError(const std::string& name) {
  return analysisError(
      "INVALID_WHERE_CONDITION", "42903",
      "The aggregate function " + quotedName({name}) + " may not be used in this place.",
      {{"condition", quotedName({name})}, {"expressionList", quotedName({name})}});
}

Status misplacedGeneratorError(const std::string& name) {
  return analysisError("UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS", "42K0E",
                       "The generator is not supported: nested in expressions \"" + name + "\".",
                       {{"expression", "\"" + name + "\""}});
}

Status invalidStarError() {
  return analysisError("INVALID_USAGE_OF_STAR_OR_REGEX", "42000",
                       "Invalid usage of '*' in expression.",
                       {{"elem", "'*'"}, {"prettyName", "expression"}});
}

Status notABooleanError(const BoundExpression& condition, const std::string& what) {
  return analysisError("DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN", "42K09",
                       "Cannot resolve \"" + condition.sql() +
                           "\" due to data type mismatch: Filter expression \"" + condition.sql() +
                           "\" of type \"" + condition.type().sql() + "\" is not a boolean.",
                       {{"sqlExpr", "\"" + what + "\""},
                        {"filter", "\"" + condition.sql() + "\""},
                        {"type", "\"" + condition.type().sql() + "\""}});
}

Status missingAggregationError(const std::string& expression) {
  const std::string quoted = "\"" + expression + "\"";
  const std::string any = "\"any_value(" + expression + ")\"";
  return analysisError(
      "MISSING_AGGREGATION", "42803",
      "The non-aggregating expression " + quoted +
          " is based on columns which are not participating in the GROUP BY clause.\nAdd the "
          "columns or the expression to the GROUP BY, aggregate the expression, or use " +
          any + " if you do not care which of the values within a group is returned.",
      {{"expression", quoted}, {"expressionAnyValue", any}});
}

Status tableNotFoundError(const std::vector<std::string>& nameParts,
                          const std::string& searchPath) {
  const std::string name = quotedName(nameParts);
  return analysisError("TABLE_OR_VIEW_NOT_FOUND", "42P01",
                       "The table or view " + name +
                           " cannot be found. Verify the spelling and correctness of the schema "
                           "and catalog.\nSearch path: " +
                           searchPath +
                           ".\nIf you did not qualify the name with a schema, verify the "
                           "current_schema() output, or qualify the name with the correct schema "
                           "and catalog.\nTo tolerate the error on drop use DROP VIEW IF EXISTS or "
                           "DROP TABLE IF EXISTS.",
                       {{"relationName", name}, {"searchPath", searchPath}});
}

Status unsupportedHereError(const std::string& what) {
  return Status::unsupported("The feature is not supported: " + what + ".")
      .withErrorClass("UNSUPPORTED_FEATURE", "0A000", {{"feature", what}});
}

}  // namespace spate
