#pragma once

#include <string>
#include <string_view>

namespace spate::connect {

/// A random UUID, as of java.util.UUID.randomUUID(). From any thread.
std::string randomUuid();

/// "00112233-4455-6677-8899-aabbccddeeff", in either case.
bool isUuid(std::string_view text);

}  // namespace spate::connect
