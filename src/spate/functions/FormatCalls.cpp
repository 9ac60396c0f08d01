#include "spate/functions/FormatCalls.h"

#include <arrow/datum.h>
#include <arrow/scalar.h>

#include <utility>

namespace spate {
namespace {

BoundFunction boundTo(std::string_view name, std::span<const Argument> arguments, DataType type,
                      bool nullable) {
  BoundFunction bound;
  bound.type = std::move(type);
  bound.nullable = nullable;
  for (const Argument& argument : arguments) bound.argumentTypes.push_back(argument.type);
  bound.sql = std::string(name) + "(" + arguments[0].sql + ")";
  return bound;
}

}  // namespace

BoundFunction boundFromFormat(std::string_view name, std::span<const Argument> arguments,
                              DataType type) {
  BoundFunction bound = boundTo(name, arguments, std::move(type), true);
  bound.argumentTypes[0] = DataType::stringType();
  return bound;
}

BoundFunction boundToFormat(std::string_view name, std::span<const Argument> arguments) {
  return boundTo(name, arguments, DataType::stringType(), arguments[0].nullable);
}

BoundFunction boundSchemaOfFormat(std::string_view name, std::span<const Argument> arguments,
                                  const DataType& schema) {
  BoundFunction bound = boundTo(name, arguments, DataType::stringType(), false);
  bound.kernel = [sql = schema.sql()](EvalContext&, std::span<const arrow::Datum>,
                                      int64_t) -> Result<arrow::Datum> {
    return arrow::Datum(arrow::MakeScalar(sql));
  };
  return bound;
}

std::optional<size_t> corruptRecordField(const ConversionOptions& options, const DataType& type) {
  if (!type.is(TypeKind::kStruct)) return std::nullopt;
  const std::string* column = options.find("columnNameOfCorruptRecord");
  const std::string_view wanted = column != nullptr ? std::string_view(*column) : "_corrupt_record";
  std::optional<size_t> found;
  for (size_t i = 0; i < type.fields().size(); ++i)
    if (type.fields()[i].name == wanted && type.fields()[i].type.isText()) found = i;
  return found;
}

}  // namespace spate
