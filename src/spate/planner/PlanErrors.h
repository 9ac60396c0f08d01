#pragma once

#include <string>
#include <vector>

#include "spate/planner/LogicalPlan.h"

/// The errors of analysis, with Spark's class, SQLSTATE, parameters and text.
namespace spate {

/// "a.b".
std::string joinedName(const std::vector<std::string>& parts);
/// "`a`.`b`".
std::string quotedName(const std::vector<std::string>& parts);

/// "`a`, `t`.`b`": at most five of the columns, those with a name like the given one first.
std::string proposalFor(const std::string& name, OutputColumns columns);
/// UNRESOLVED_COLUMN.WITH_SUGGESTION, or WITHOUT_SUGGESTION when there are no columns.
Status unresolvedColumnError(const std::vector<std::string>& nameParts,
                             const OutputColumns& columns);
/// AMBIGUOUS_REFERENCE.
Status ambiguousReferenceError(const std::vector<std::string>& nameParts,
                               const OutputColumns& columns, const std::vector<int>& matches);
/// AMBIGUOUS_COLUMN_REFERENCE: df["a"] of a DataFrame that stands on both sides of a join.
Status ambiguousColumnReferenceError(const std::vector<std::string>& nameParts);
/// CANNOT_RESOLVE_DATAFRAME_COLUMN: df["a"] where df is not part of the plan.
Status cannotResolveDataFrameColumnError(const std::vector<std::string>& nameParts);
/// INVALID_EXTRACT_BASE_FIELD_TYPE.
Status cannotExtractError(const BoundExpression& base, const std::string& field);
/// UNRESOLVED_ROUTINE.
Status unresolvedRoutineError(const std::string& name);
/// An aggregate, or a generator, where none may be.
Status misplacedAggregateError(const std::string& name);
Status misplacedGeneratorError(const std::string& name);
/// INVALID_USAGE_OF_STAR_OR_REGEX.
Status invalidStarError();
/// DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN, or of a join's condition.
Status notABooleanError(const BoundExpression& condition, const std::string& what);
/// MISSING_AGGREGATION.
Status missingAggregationError(const std::string& expression);
/// TABLE_OR_VIEW_NOT_FOUND; the search path is "[`spark_catalog`.`default`]" or the like.
Status tableNotFoundError(const std::vector<std::string>& nameParts, const std::string& searchPath);
/// UNSUPPORTED_FEATURE with what is asked for, in words.
Status unsupportedHereError(const std::string& what);
/// An AnalysisException with a class of its own.
Status analysisError(std::string errorClass, std::string sqlState, std::string message,
                     std::map<std::string, std::string> parameters = {});

}  // namespace spate
