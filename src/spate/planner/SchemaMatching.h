#pragma once

#include <string>
#include <vector>

#include "spate/functions/Function.h"
#include "spate/plan/Expression.h"

namespace spate {

/// DataFrame.to(schema) for one column: the value as the wanted type, in which fields of structs,
/// also of those in arrays and maps, are found by name; one that is not there is null.
///
/// In      `path` names the column, for errors
/// Errors  NULLABLE_COLUMN_OR_FIELD, NOT_NULL_CONSTRAINT_VIOLATION, UNRESOLVED_FIELD,
///         AMBIGUOUS_COLUMN_OR_FIELD, INVALID_COLUMN_OR_FIELD_DATA_TYPE
Result<plan::ExpressionPtr> matchColumn(plan::ExpressionPtr value, const DataType& from,
                                        bool isNullable, const StructField& to,
                                        const std::vector<std::string>& path,
                                        const SessionSettings& settings);

/// AMBIGUOUS_COLUMN_OR_FIELD.
Status ambiguousFieldError(const std::vector<std::string>& path, size_t matches);

}  // namespace spate
