#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "spate/functions/Function.h"
#include "spate/functions/TextConversion.h"

/// What the calls for a format of texts share, whichever it is: from_json, from_csv and from_xml;
/// to_json, to_csv and to_xml; schema_of_json, schema_of_csv and schema_of_xml. Spark takes options
/// for a part of the function, so no text of such a call shows more than its first argument.
///
/// Threads: pure functions
namespace spate {

/// from_x(text, schema[, options]): a `type` out of the text, null where it is null. Without
/// kernel.
BoundFunction boundFromFormat(std::string_view name, std::span<const Argument> arguments,
                              DataType type);

/// to_x(value[, options]): a STRING, null where the value is. Without kernel.
BoundFunction boundToFormat(std::string_view name, std::span<const Argument> arguments);

/// schema_of_x(text[, options]): always `schema`, as SQL writes it.
BoundFunction boundSchemaOfFormat(std::string_view name, std::span<const Argument> arguments,
                                  const DataType& schema);

/// The field that is given the text of a record which cannot be read: by the option
/// columnNameOfCorruptRecord, if the struct has a field of that name for texts.
std::optional<size_t> corruptRecordField(const ConversionOptions& options, const DataType& type);

}  // namespace spate
