#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spate/functions/Families.h"
#include "spate/functions/Function.h"

/// For tests of families: calls of functions on constants, by their names.
namespace spate::family {

struct Value {
  Datum datum;
  DataType type;
};

inline Value text(std::string_view value) { return {Datum(value), DataType::stringType()}; }
inline Value integer(int32_t value) { return {Datum(value), DataType::integerType()}; }
inline Value bigint(int64_t value) { return {Datum(value), DataType::longType()}; }
inline Value real(double value) { return {Datum(value), DataType::doubleType()}; }
inline Value boolean(bool value) { return {Datum(value), DataType::booleanType()}; }
inline Value binary(std::string_view value) { return {Datum(value), DataType::binaryType()}; }
inline Value date(int32_t days) { return {Datum(days), DataType::dateType()}; }
inline Value timestamp(int64_t micros) { return {Datum(micros), DataType::timestampType()}; }
inline Value null(DataType type) { return {Datum(), std::move(type)}; }
inline Value array(Row row, DataType element) {
  return {Datum(std::move(row)), DataType::arrayOf(std::move(element))};
}
inline Value integers(std::initializer_list<int32_t> values) {
  Row row;
  for (const int32_t value : values) row.push_back(Datum(value));
  return array(std::move(row), DataType::integerType());
}
inline Value texts(std::initializer_list<const char*> values) {
  Row row;
  for (const char* value : values) row.push_back(Datum(value));
  return array(std::move(row), DataType::stringType());
}
inline Row textRow(std::initializer_list<const char*> values) {
  return *texts(values).datum.as<Row>();
}
inline Row integerRow(std::initializer_list<int32_t> values) {
  return *integers(values).datum.as<Row>();
}

inline Result<BoundExpressionPtr> bind(std::string_view name, const std::vector<Value>& values,
                                       const SessionSettings& settings = {},
                                       std::span<const LambdaSource> lambdas = {}) {
  const ScalarFunction* function = findScalarFunction(name);
  if (function == nullptr) return failure(Status::notFound(std::string(name)));
  std::vector<BoundExpressionPtr> arguments;
  for (const Value& value : values) arguments.push_back(constantOf(value.datum, value.type));
  return bindCall(*function, std::move(arguments), lambdas, settings);
}

inline Result<Datum> call(std::string_view name, const std::vector<Value>& values,
                          const SessionSettings& settings = {}) {
  SPATE_ASSIGN_OR_FAIL(const BoundExpressionPtr bound, bind(name, values, settings));
  return evaluateConstant(*bound, settings);
}

/// The value of a call that must succeed; an error becomes its text, so that a comparison shows it.
inline Datum valueOf(std::string_view name, const std::vector<Value>& values,
                     const SessionSettings& settings = {}) {
  auto result = call(name, values, settings);
  if (result) return std::move(*result);
  return Datum("error " + result.error().errorClass() + ": " + result.error().message());
}

inline std::string errorOf(std::string_view name, const std::vector<Value>& values,
                           const SessionSettings& settings = {}) {
  const auto result = call(name, values, settings);
  return result ? "no error" : result.error().errorClass();
}

}  // namespace spate::family
