#pragma once

#include <string>
#include <string_view>

namespace spate {

/// Message digests in lower-case hexadecimal. They name contents; nothing here keeps a secret.
std::string md5Hex(std::string_view bytes);
std::string sha1Hex(std::string_view bytes);
/// bits: 224, 256, 384 or 512.
std::string sha2Hex(std::string_view bytes, int bits);

}  // namespace spate
