#include "spate/functions/JsonSchema.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace spate {
namespace {

/// The null type stands for what is only null so far.
DataType merged(const DataType& a, const DataType& b) {
  if (a.is(TypeKind::kNull) || a == b) return b;
  if (b.is(TypeKind::kNull)) return a;
  const auto isNumber = [](const DataType& type) {
    return type.is(TypeKind::kLong) || type.is(TypeKind::kDouble) || type.is(TypeKind::kDecimal);
  };
  if (isNumber(a) && isNumber(b)) return DataType::doubleType();
  if (a.is(TypeKind::kArray) && b.is(TypeKind::kArray))
    return DataType::arrayOf(merged(a.elementType(), b.elementType()));
  if (a.is(TypeKind::kStruct) && b.is(TypeKind::kStruct)) {
    std::vector<StructField> fields = a.fields();
    for (const StructField& field : b.fields()) {
      const auto same = std::find_if(fields.begin(), fields.end(), [&](const StructField& each) {
        return each.name == field.name;
      });
      if (same == fields.end()) {
        fields.push_back(field);
      } else {
        same->type = merged(same->type, field.type);
      }
    }
    std::sort(fields.begin(), fields.end(),
              [](const StructField& x, const StructField& y) { return x.name < y.name; });
    return DataType::structOf(std::move(fields));
  }
  return DataType::stringType();
}

DataType inferred(const JsonNode& value, bool primitivesAsString) {
  switch (value.kind) {
    case JsonNode::kNull: return DataType::nullType();
    case JsonNode::kArray: {
      DataType element;
      for (const JsonNode& each : value.elements)
        element = merged(element, inferred(each, primitivesAsString));
      return DataType::arrayOf(element);
    }
    case JsonNode::kObject: {
      DataType type = DataType::structOf({});
      for (const auto& field : value.fields)
        type = merged(type, DataType::structOf(
                                {{field.name, inferred(field.value, primitivesAsString), true}}));
      return type;
    }
    case JsonNode::kString: return DataType::stringType();
    default: break;
  }
  if (primitivesAsString) return DataType::stringType();
  if (value.kind == JsonNode::kTrue || value.kind == JsonNode::kFalse)
    return DataType::booleanType();
  if (value.kind == JsonNode::kFraction) return DataType::doubleType();
  const size_t digits = value.text.size() - (value.text.starts_with('-') ? 1 : 0);
  // Longer integers are decimals as far as those go.
  if (digits < 19 ||
      (digits == 19 && value.text.substr(value.text.size() - 19) <= "9223372036854775807"))
    return DataType::longType();
  return digits <= 38 ? DataType::decimalType(static_cast<int>(digits), 0) : DataType::doubleType();
}

/// What stayed null becomes STRING.
DataType settled(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kNull: return DataType::stringType();
    case TypeKind::kArray: return DataType::arrayOf(settled(type.elementType()));
    case TypeKind::kStruct: {
      std::vector<StructField> fields = type.fields();
      for (StructField& field : fields) field.type = settled(field.type);
      return DataType::structOf(std::move(fields));
    }
    default: return type;
  }
}

}  // namespace

DataType jsonType(const JsonNode& value, bool primitivesAsString) {
  return settled(inferred(value, primitivesAsString));
}

}  // namespace spate
