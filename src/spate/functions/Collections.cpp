#include <fmt/core.h>

#include <vector>

#include "spate/functions/CollectionFamilies.h"
#include "spate/functions/Families.h"
#include "spate/functions/Signature.h"

namespace spate {

Status requireArray(std::string_view name, std::span<const Argument> arguments, size_t index) {
  const DataType& type = arguments[index].type;
  if (type.is(TypeKind::kArray) || type.is(TypeKind::kNull)) return Status::OK();
  return unexpectedInputType(name, arguments, index, "\"ARRAY\"");
}

Result<DataType> commonElementType(std::string_view name, std::span<const Argument> arguments,
                                   size_t arrayIndex, size_t valueIndex,
                                   const SessionSettings& settings) {
  const DataType& array = arguments[arrayIndex].type;
  const DataType& value = arguments[valueIndex].type;
  if (array.is(TypeKind::kNull)) {
    return failure(dataTypeMismatch(
        "NULL_TYPE", name, arguments,
        fmt::format("Null typed values cannot be used as arguments of `{}`.", name),
        {{"functionName", fmt::format("`{}`", name)}}));
  }
  if (array.is(TypeKind::kArray)) {
    if (auto common = commonType(array.elementType(), value, settings)) return *common;
  }
  return failure(dataTypeMismatch(
      "ARRAY_FUNCTION_DIFF_TYPES", name, arguments,
      fmt::format("Input to `{}` should have been \"ARRAY\" followed by a value with same element "
                  "type, but it's [{}, {}].",
                  name, quotedType(array), quotedType(value)),
      {{"functionName", fmt::format("`{}`", name)},
       {"dataType", "\"ARRAY\""},
       {"leftType", quotedType(array)},
       {"rightType", quotedType(value)}}));
}

Status indexOfZero() {
  return Status::invalidArgument(
             "The index 0 is invalid. An index shall be either < 0 or > 0 (the first element has "
             "index 1).")
      .withErrorClass("INVALID_INDEX_OF_ZERO", "22003");
}

Status invalidArrayIndex(int64_t index, int64_t size, bool isElementAt) {
  const std::string_view advice =
      isElementAt ? "Use `try_element_at` to tolerate" : "Use the SQL function `get()` to tolerate";
  return Status::invalidArgument(
             fmt::format("The index {} is out of bounds. The array has {} elements. {} accessing "
                         "element at invalid index and return NULL instead.",
                         index, size, advice))
      .withErrorClass(isElementAt ? "INVALID_ARRAY_INDEX_IN_ELEMENT_AT" : "INVALID_ARRAY_INDEX",
                      "22003",
                      {{"indexValue", std::to_string(index)}, {"arraySize", std::to_string(size)}});
}

namespace {

bool isOrderable(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kMap:
    case TypeKind::kCalendarInterval:
    case TypeKind::kVariant: return false;
    case TypeKind::kArray: return isOrderable(type.elementType());
    case TypeKind::kStruct:
      for (const StructField& field : type.fields())
        if (!isOrderable(field.type)) return false;
      return true;
    default: return true;
  }
}

}  // namespace

Status requireOrderable(std::string_view name, std::span<const Argument> arguments,
                        const DataType& type) {
  if (isOrderable(type)) return Status::OK();
  return invalidOrderingType(name, callText(name, arguments), type);
}

std::span<const ScalarFunction> collectionFunctions() {
  static const std::vector<ScalarFunction> functions = [] {
    std::vector<ScalarFunction> all;
    for (const auto part : {arrayElementFunctions(), arraySetFunctions(), arrayMakingFunctions()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return functions;
}

}  // namespace spate
