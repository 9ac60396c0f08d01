#pragma once

#include "spate/functions/JsonNode.h"
#include "spate/types/DataType.h"

namespace spate {

/// The type of a JSON value as schema_of_json infers it: integers BIGINT, fractions DOUBLE, nulls
/// STRING; the fields of a struct in the order of their names.
DataType jsonType(const JsonNode& value, bool primitivesAsString);

}  // namespace spate
