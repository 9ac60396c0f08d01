// int('1'), string(x): casts under the name of their type.
#include <array>

#include "spate/functions/Errors.h"
#include "spate/functions/Families.h"

namespace spate {
namespace {

DataType typeNamed(std::string_view name) {
  if (name == "bigint") return DataType::longType();
  if (name == "binary") return DataType::binaryType();
  if (name == "boolean") return DataType::booleanType();
  if (name == "date") return DataType::dateType();
  if (name == "decimal") return DataType::decimalType();
  if (name == "double") return DataType::doubleType();
  if (name == "float") return DataType::floatType();
  if (name == "int") return DataType::integerType();
  if (name == "smallint") return DataType::shortType();
  if (name == "timestamp") return DataType::timestampType();
  if (name == "tinyint") return DataType::byteType();
  return DataType::stringType();
}

Result<BoundExpressionPtr> makeCast(std::string_view name,
                                    std::vector<BoundExpressionPtr> arguments,
                                    const SessionSettings& settings) {
  SPATE_FAIL_IF_ERROR(checkArgumentCount(name, arguments.size(), 1, 1));
  return bindCast(std::move(arguments[0]), typeNamed(name),
                  settings.ansi ? CastPolicy::kAnsi : CastPolicy::kLegacy, settings);
}

constexpr std::array<ScalarFunction, 12> kFunctions = {{
    {"bigint", nullptr, makeCast},
    {"binary", nullptr, makeCast},
    {"boolean", nullptr, makeCast},
    {"date", nullptr, makeCast},
    {"decimal", nullptr, makeCast},
    {"double", nullptr, makeCast},
    {"float", nullptr, makeCast},
    {"int", nullptr, makeCast},
    {"smallint", nullptr, makeCast},
    {"string", nullptr, makeCast},
    {"timestamp", nullptr, makeCast},
    {"tinyint", nullptr, makeCast},
}};

}  // namespace

std::span<const ScalarFunction> castFunctions() { return kFunctions; }

}  // namespace spate
