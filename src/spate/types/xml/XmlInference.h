#pragma once

#include <optional>

#include "spate/types/DataType.h"
#include "spate/types/xml/XmlEvents.h"
#include "spate/types/xml/XmlOptions.h"

namespace spate {

/// The type of the element whose start comes next, a struct. Empty: the document ends inside of it,
/// or is not XML.
std::optional<DataType> xmlTypeOfRecord(XmlEvents& events, const XmlOptions& options);

/// The narrowest type that values of both fit into. What is a struct here and a plain value there
/// is a struct with a value tag, if one of them has it, else STRING.
DataType mergeXmlTypes(const DataType& a, const DataType& b, const XmlOptions& options);

/// The type without VOID and without structs that have no fields; empty: nothing is left of it.
std::optional<DataType> canonicalXmlType(const DataType& type);

}  // namespace spate
