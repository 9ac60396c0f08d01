#pragma once

#include <arrow/type_fwd.h>

#include <optional>
#include <span>

#include "spate/base/Status.h"

namespace spate {

/// split(text, pattern) where the pattern is a constant that is one plain character or \s+ (what
/// word counts use) and there is no limit: without a regular expression and without a builder's
/// work per piece. Empty: it is another case.
std::optional<Result<arrow::Datum>> splitPlain(std::span<const arrow::Datum> arguments);

}  // namespace spate
