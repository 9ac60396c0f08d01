#pragma once

#include "spate/types/DataType.h"

namespace spark::connect {
class DataType;
}

namespace spate::connect {

/// A type of a message.
///
/// Errors UNSUPPORTED_DATATYPE (user-defined types, collations, TIME, geometries), INVALID_...
Result<DataType> fromProto(const ::spark::connect::DataType& type);

/// The message of a type.
void toProto(const DataType& type, ::spark::connect::DataType* message);

/// A type as clients write it out: a type, or the columns of a table, of which there may be none:
/// "" is a struct without fields, as for Spark's DataType.fromDDL.
Result<DataType> parseTypeText(const std::string& text);

/// What clients give as the schema of a source: DDL, or the JSON of a type; always a struct.
Result<DataType> parseSchemaText(const std::string& text);

}  // namespace spate::connect
