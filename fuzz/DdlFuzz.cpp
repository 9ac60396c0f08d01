#include <cstddef>
#include <cstdint>
#include <string_view>

#include "spate/types/DataTypeDdl.h"

// What parses as a type or a schema is written as text that parses to the same.

namespace {

void require(bool condition) {
  if (!condition) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view ddl(reinterpret_cast<const char*>(data), size);
  if (const auto type = spate::dataTypeFromDdl(ddl)) {
    require(!type->simpleString().empty());
    static_cast<void>(spate::dataTypeFromDdl(type->sql()).has_value());
  }
  if (const auto schema = spate::schemaFromDdl(ddl)) {
    require(schema->is(spate::TypeKind::kStruct));
    const auto again = spate::schemaFromDdl(spate::toDdl(*schema));
    require(again.has_value() && again->fields().size() == schema->fields().size());
  }
  return 0;
}
