#include <cstddef>
#include <cstdint>
#include <string_view>

#include "spate/plan/PlanText.h"
#include "spate/sql/SqlParser.h"

// Any bytes are a plan that can be printed, or an error with a class.

namespace {

void require(bool condition) {
  if (!condition) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view sql(reinterpret_cast<const char*>(data), size);
  const auto statement = spate::sql::parseStatement(sql);
  if (statement) {
    require(!spate::plan::toText(**statement).empty());
  } else {
    require(!statement.error().errorClass().empty());
  }
  const auto expression = spate::sql::parseExpression(sql);
  if (expression) {
    require(!spate::plan::toText(**expression).empty());
  } else {
    require(!expression.error().errorClass().empty());
  }
  static_cast<void>(spate::sql::parseMultipartIdentifier(sql).has_value());
  static_cast<void>(spate::sql::parseInterval(sql).has_value());
  return 0;
}
