#include <cstddef>
#include <cstdint>
#include <string_view>

#include "spate/types/DataTypeJson.h"

// What parses as a type is written as JSON that parses to the same type.

namespace {

void require(bool condition) {
  if (!condition) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  if (const auto type = spate::dataTypeFromJson(json)) {
    const auto again = spate::dataTypeFromJson(spate::toJson(*type));
    require(again.has_value() && *again == *type);
  }
  static_cast<void>(spate::normalizedMetadata(json).has_value());
  return 0;
}
