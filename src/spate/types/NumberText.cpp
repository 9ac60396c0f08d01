#include "spate/types/NumberText.h"

#include "spate/types/ToString.h"

namespace spate {

bool appendNumberText(const Datum& value, const DataType& type, std::string& out) {
  switch (type.kind()) {
    case TypeKind::kBoolean: out += *value.as<bool>() ? "true" : "false"; return true;
    case TypeKind::kByte: out += std::to_string(*value.as<int8_t>()); return true;
    case TypeKind::kShort: out += std::to_string(*value.as<int16_t>()); return true;
    case TypeKind::kInteger: out += std::to_string(*value.as<int32_t>()); return true;
    case TypeKind::kLong: out += std::to_string(*value.as<int64_t>()); return true;
    case TypeKind::kFloat: appendJavaNumber(*value.as<float>(), out); return true;
    case TypeKind::kDouble: appendJavaNumber(*value.as<double>(), out); return true;
    default: return false;
  }
}

}  // namespace spate
