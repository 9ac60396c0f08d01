#pragma once

#include <string>
#include <string_view>

namespace spate {

void appendBase64(std::string_view bytes, std::string& out);
/// Characters that do not belong are passed over, as Java's MIME decoder does; false: the last
/// group is cut off.
bool decodeBase64(std::string_view text, std::string& out);

}  // namespace spate
