#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "spate/base/Status.h"

namespace spate {

/// What becomes of the bytes above ASCII in a URI. Kept, it reads as Spark writes it; escaped, a
/// name that is no UTF-8 can stand in JSON, too.
enum class HighBytes : uint8_t { kKept, kEscaped };

/// The path with "%XX" for each byte that java.net.URI does not leave as it is in a path.
std::string uriEscaped(std::string_view path, HighBytes highBytes);

/// The way back from both.
/// Errors  kCorrupt: a '%' without two hexadecimal digits; `uri` is what the message names
Result<std::string> uriUnescaped(std::string_view path, std::string_view uri);

}  // namespace spate
