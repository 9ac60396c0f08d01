#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace spate::connect {

/// Spark's default of a key that clients ask for before they send a plan, where the engine has none
/// of its own: without an answer they ask again each time, or fail.
std::optional<std::string> clientConfDefault(std::string_view key);

}  // namespace spate::connect
