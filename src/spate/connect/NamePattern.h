#pragma once

#include <optional>
#include <string>

namespace spate {

/// The patterns of SHOW ... LIKE and spark.catalog: '*' stands for any text, '|' for or; without
/// case. No pattern: all match.
bool matchesPattern(const std::string& name, const std::optional<std::string>& pattern);

}  // namespace spate
