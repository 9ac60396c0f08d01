#pragma once

#include <string>
#include <string_view>

namespace spate {

/// A text in quotes, as Jackson writes it: control characters as \u001F, all else as it is. Any
/// bytes go, where a JSON library would refuse what is not UTF-8.
void appendJsonText(std::string_view text, std::string& out);

}  // namespace spate
