#pragma once

#include <string>
#include <string_view>

#include "spate/base/Status.h"

namespace spate {

/// A path as Spark writes it into its logs: "file:///data/a%20b.txt". Relative paths stay relative
/// to nothing: they are made absolute first.
std::string fileUri(const std::string& path);

/// The way back.
/// Errors  kCorrupt: not a "file:" URI with well-formed escapes
Result<std::string> pathOfUri(std::string_view uri);

}  // namespace spate
