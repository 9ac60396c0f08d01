#pragma once

#include <span>

#include "spate/functions/Function.h"

namespace spate {

/// from_xml, to_xml, schema_of_xml.
std::span<const ScalarFunction> xmlFunctions();
/// xpath, xpath_string, xpath_int ...
std::span<const ScalarFunction> xpathFunctions();

}  // namespace spate
