#pragma once

#include <optional>
#include <string_view>

#include "spate/types/DataType.h"
#include "spate/types/Datum.h"
#include "spate/types/xml/XmlOptions.h"

namespace spate {

/// A text of an XML document as a value of a type without parts, as Spark's reader of XML takes
/// it: null for the option nullValue. Empty: it is none.
std::optional<Datum> xmlValue(std::string_view text, const DataType& type,
                              const XmlOptions& options);

/// The type that a text looks like: NULL, BIGINT, DECIMAL, DOUBLE, DATE, TIMESTAMP, TIMESTAMP_NTZ,
/// BOOLEAN or STRING.
DataType xmlTypeOf(std::string_view text, const XmlOptions& options);

/// The text without blanks at its ends, where the options say so.
std::string_view surroundingSpacesRemoved(std::string_view text, const XmlOptions& options);

}  // namespace spate
