#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "spate/types/DataType.h"

namespace spate {

/// Spark's JSON form of a type, character for character as Spark writes it into state schemas,
/// Parquet files and Spark Connect: "\"integer\"",
/// {"type":"struct","fields":[{"name":"a","type":"long","nullable":true,"metadata":{}}]}.
std::string toJson(const DataType& type);

/// The type behind such a text, which may come from outside.
///
/// Errors INVALID_JSON_DATA_TYPE: no JSON, no type, or nested deeper than DataType::kMaxDepth;
///        kUnsupported with UNSUPPORTED_DATATYPE: a user-defined type, a collation, a type of a
///        later Spark
Result<DataType> dataTypeFromJson(std::string_view json);

/// A JSON object from outside as StructField::metadata keeps it; none when it is not an object.
std::optional<std::string> normalizedMetadata(std::string_view json);

}  // namespace spate
