#pragma once

#include <arrow/datum.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "spate/functions/Function.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/ArrowValues.h"

/// For tests: calls of built-ins on columns and constants, given and answered as Datums.
namespace spate {

/// An argument: one value for a constant, several for a column. Columns are named a, b, c ...
struct Input {
  DataType type;
  std::vector<Datum> values;
  bool isConstant = false;
};

inline Input column(DataType type, std::vector<Datum> values) {
  return {std::move(type), std::move(values), false};
}
inline Input constant(DataType type, Datum value) {
  return {std::move(type), {std::move(value)}, true};
}
inline Input constant(int value) { return constant(DataType::integerType(), Datum(value)); }
inline Input constant(const char* text) { return constant(DataType::stringType(), Datum(text)); }

inline Row ints(std::initializer_list<int> values) {
  Row row;
  for (const int value : values) row.emplace_back(value);
  return row;
}
inline Row longs(std::initializer_list<int64_t> values) {
  Row row;
  for (const int64_t value : values) row.emplace_back(value);
  return row;
}
inline Row doubles(std::initializer_list<double> values) {
  Row row;
  for (const double value : values) row.emplace_back(value);
  return row;
}

struct Bound {
  BoundExpressionPtr expression;
  std::shared_ptr<arrow::RecordBatch> batch;
};

inline Result<Bound> bindInputs(std::string_view name, const std::vector<Input>& inputs,
                                const SessionSettings& settings) {
  std::vector<BoundExpressionPtr> arguments;
  arrow::FieldVector fields;
  arrow::ArrayVector columns;
  int64_t rows = 1;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Input& input = inputs[i];
    if (input.isConstant) {
      arguments.push_back(constantOf(input.values[0], input.type));
      continue;
    }
    const std::string columnName(1, static_cast<char>('a' + columns.size()));
    rows = static_cast<int64_t>(input.values.size());
    arguments.push_back(columnAt(static_cast<int>(columns.size()), {columnName, input.type}));
    SPATE_ASSIGN_OR_FAIL(auto array, columnOf(input.values, input.type));
    fields.push_back(arrow::field(columnName, array->type()));
    columns.push_back(std::move(array));
  }
  const ScalarFunction* function = findScalarFunction(name);
  if (function == nullptr) return failure(Status::notFound(std::string(name)));
  SPATE_ASSIGN_OR_FAIL(auto expression, bindCall(*function, std::move(arguments), {}, settings));
  return Bound{std::move(expression),
               arrow::RecordBatch::Make(arrow::schema(fields), rows, std::move(columns))};
}

/// The values of the call for all rows.
inline Result<Row> call(std::string_view name, const std::vector<Input>& inputs,
                        const SessionSettings& settings = {}) {
  SPATE_ASSIGN_OR_FAIL(const Bound bound, bindInputs(name, inputs, settings));
  EvalContext context{.settings = settings};
  SPATE_ASSIGN_OR_FAIL(const auto array, evaluateToArray(*bound.expression, *bound.batch, context));
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.expression->type()));
  EXPECT_EQ(array->type_id(), type->id()) << name;
  Row values;
  for (int64_t i = 0; i < array->length(); ++i) {
    values.push_back(valueAt(*array, i, bound.expression->type()));
  }
  return values;
}

/// The one value of a call on constants.
inline Datum valueOfCall(std::string_view name, const std::vector<Input>& inputs,
                         const SessionSettings& settings = {}) {
  auto values = call(name, inputs, settings);
  EXPECT_TRUE(values) << name << ": " << (values ? "" : values.error().message());
  return values ? values->front() : Datum("failed");
}

inline std::string errorOf(std::string_view name, const std::vector<Input>& inputs,
                           const SessionSettings& settings = {}) {
  const auto values = call(name, inputs, settings);
  return values ? "no error" : values.error().errorClass();
}

inline std::string textOf(std::string_view name, const std::vector<Input>& inputs) {
  const auto bound = bindInputs(name, inputs, {});
  return bound ? bound->expression->sql() : bound.error().message();
}

inline DataType typeOf(std::string_view name, const std::vector<Input>& inputs) {
  const auto bound = bindInputs(name, inputs, {});
  EXPECT_TRUE(bound) << (bound ? "" : bound.error().message());
  return bound ? bound->expression->type() : DataType();
}

/// The result for each group. The rows are given to two accumulators, alternately, whose buffers
/// are merged, so that buffers are tested with every function.
inline Result<Row> aggregate(std::string_view name, const std::vector<Input>& inputs,
                             const std::vector<uint32_t>& groups, size_t groupCount,
                             const SessionSettings& settings = {}) {
  const AggregateFunction* function = findAggregateFunction(name);
  if (function == nullptr) return failure(Status::notFound(std::string(name)));
  std::vector<Argument> arguments;
  for (const Input& input : inputs) {
    Argument argument{input.type, true, "a", std::nullopt};
    if (input.isConstant) argument.constant = input.values[0];
    arguments.push_back(std::move(argument));
  }
  SPATE_ASSIGN_OR_FAIL(const BoundAggregate bound, function->bind(name, arguments, settings));
  EvalContext context{.settings = settings};
  std::vector<std::unique_ptr<Accumulator>> halves;
  for (size_t half = 0; half < 2; ++half) {
    std::vector<uint32_t> some;
    for (size_t i = half; i < groups.size(); i += 2) some.push_back(groups[i]);
    std::vector<arrow::Datum> values;
    for (size_t k = 0; k < inputs.size(); ++k) {
      Row rows;
      for (size_t i = half; i < groups.size(); i += 2) {
        rows.push_back(inputs[k].values[inputs[k].isConstant ? 0 : i]);
      }
      SPATE_ASSIGN_OR_FAIL(const auto array, columnOf(rows, inputs[k].type));
      SPATE_ASSIGN_OR_FAIL(auto cast, castColumn(arrow::Datum(array), inputs[k].type,
                                                 bound.argumentTypes[k], CastPolicy::kAnsi, "UTC"));
      values.push_back(std::move(cast));
    }
    halves.push_back(bound.make(settings));
    halves.back()->resize(groupCount);
    SPATE_FAIL_IF_ERROR(halves.back()->update(context, values, some));
  }
  SPATE_ASSIGN_OR_FAIL(const auto buffers, halves[1]->buffers());
  EXPECT_EQ(buffers.size(), bound.buffer.size());
  for (size_t i = 0; i < buffers.size(); ++i) {
    SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(bound.buffer[i].type));
    EXPECT_TRUE(buffers[i]->type()->Equals(*type)) << name << " buffer " << i;
  }
  std::vector<uint32_t> all(groupCount);
  for (uint32_t i = 0; i < groupCount; ++i) all[i] = i;
  SPATE_FAIL_IF_ERROR(halves[0]->merge(buffers, all));
  SPATE_ASSIGN_OR_FAIL(const auto results, halves[0]->results());
  Row values;
  for (int64_t i = 0; i < results->length(); ++i) {
    values.push_back(valueAt(*results, i, bound.type));
  }
  return values;
}

inline SessionSettings legacySettings() {
  SessionSettings settings;
  settings.ansi = false;
  return settings;
}

/// For messages of failed expectations.
inline void PrintTo(const Datum& value, std::ostream* out) {
  if (value.isNull()) {
    *out << "NULL";
  } else if (const auto* text = value.as<std::string>()) {
    *out << '"' << *text << '"';
  } else if (const auto* number = value.as<int32_t>()) {
    *out << *number;
  } else if (const auto* big = value.as<int64_t>()) {
    *out << *big << 'L';
  } else if (const auto* real = value.as<double>()) {
    *out << *real << 'D';
  } else if (const auto* flag = value.as<bool>()) {
    *out << (*flag ? "true" : "false");
  } else if (const auto* decimal = value.as<Decimal>()) {
    *out << "unscaled " << static_cast<int64_t>(decimal->unscaled);
  } else if (const auto* row = value.as<Row>()) {
    *out << '[';
    for (const Datum& each : *row) {
      PrintTo(each, out);
      *out << ' ';
    }
    *out << ']';
  } else {
    *out << "variant " << value.value.index();
  }
}

}  // namespace spate
