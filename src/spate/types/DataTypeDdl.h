#pragma once

#include <string>
#include <string_view>

#include "spate/types/DataType.h"

namespace spate {

/// A type or a table schema from SQL text, as Spark's DataType.fromDDL: "array<int>", or
/// "a INT, b STRUCT<c: STRING> NOT NULL COMMENT 'x'", which is a struct. The text may come from
/// outside.
///
/// Errors PARSE_SYNTAX_ERROR, UNSUPPORTED_DATATYPE (a name that is no type; a collation),
///        DATATYPE_MISSING_SIZE, INCOMPLETE_TYPE_DEFINITION, FAILED_TO_PARSE_TOO_COMPLEX,
///        and those of DataType::makeDecimal
Result<DataType> dataTypeFromDdl(std::string_view ddl);

/// Only a table schema: "a int, b string"; an empty text is a struct without fields.
Result<DataType> schemaFromDdl(std::string_view ddl);

/// The columns of a struct as a table schema: "a INT,b STRING NOT NULL COMMENT 'x'".
std::string toDdl(const DataType& structType);

}  // namespace spate
