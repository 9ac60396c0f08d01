#pragma once

#include <string_view>

#include "spate/base/Status.h"

namespace spate {

/// What readers of files and functions over texts say of a record in the mode FAILFAST:
/// MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION.
Status malformedRecord(std::string_view record);

}  // namespace spate
