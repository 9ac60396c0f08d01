#pragma once

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/datum.h>
#include <arrow/type.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "spate/functions/ArgumentColumn.h"
#include "spate/functions/Function.h"
#include "spate/types/ArrowStatus.h"

namespace spate {

using ArgumentColumns = std::vector<ArgumentColumn>;

/// Calls row(columns, i, builder) for each row without a null argument, which appends one value; a
/// row with one is null. Of scalars only, one value is computed and stays a scalar. `row` returns
/// nothing or a Status.
template <class Builder, bool kSkipNulls = true, class RowFunction>
Result<arrow::Datum> forEachRow(std::span<const arrow::Datum> arguments, int64_t rows,
                                const std::shared_ptr<arrow::DataType>& type, RowFunction&& row) {
  const bool isScalar = areAllScalar(arguments);
  const int64_t count = isScalar ? 1 : rows;
  const ArgumentColumns columns = argumentColumns(arguments);
  std::vector<const ArgumentColumn*> nullables;
  for (const ArgumentColumn& column : columns)
    if (kSkipNulls && column.hasNulls()) nullables.push_back(&column);

  Builder builder(type, arrow::default_memory_pool());
  if (const arrow::Status reserved = builder.Reserve(count); !reserved.ok())
    return failure(fromArrow(reserved));
  for (int64_t i = 0; i < count; ++i) {
    bool isNull = false;
    for (const ArgumentColumn* column : nullables) isNull = isNull || column->isNull(i);
    if (isNull) {
      builder.UnsafeAppendNull();
      continue;
    }
    if constexpr (std::is_void_v<std::invoke_result_t<RowFunction, const ArgumentColumns&, int64_t,
                                                      Builder&>>) {
      row(columns, i, builder);
    } else {
      SPATE_FAIL_IF_ERROR(row(columns, i, builder));
    }
  }
  std::shared_ptr<arrow::Array> array;
  if (const arrow::Status finished = builder.Finish(&array); !finished.ok())
    return failure(fromArrow(finished));
  return datumOf(std::move(array), isScalar);
}

/// The same for types without a builder of their own here: row(columns, i) gives the value, or an
/// error.
template <class RowFunction>
Result<arrow::Datum> valuesOfRows(std::span<const arrow::Datum> arguments, int64_t rows,
                                  const DataType& type, RowFunction&& row) {
  const bool isScalar = areAllScalar(arguments);
  const ArgumentColumns columns = argumentColumns(arguments);
  std::vector<Datum> values;
  for (int64_t i = 0; i < (isScalar ? 1 : rows); ++i) {
    bool isNull = false;
    for (const ArgumentColumn& column : columns) isNull = isNull || column.isNull(i);
    if (isNull) {
      values.emplace_back();
      continue;
    }
    SPATE_ASSIGN_OR_FAIL(Datum value, row(columns, i));
    values.push_back(std::move(value));
  }
  SPATE_ASSIGN_OR_FAIL(auto array, columnOf(values, type));
  return datumOf(std::move(array), isScalar);
}

/// The bytes of a column of texts, collected without a builder's checks per row.
class TextColumnBuilder {
 public:
  TextColumnBuilder(const std::shared_ptr<arrow::DataType>& type, arrow::MemoryPool*)
      : builder_(type, arrow::default_memory_pool()) {}
  arrow::Status Reserve(int64_t rows) { return builder_.Reserve(rows); }
  void UnsafeAppendNull() { builder_.UnsafeAppendNull(); }
  void appendNull() { builder_.UnsafeAppendNull(); }
  void append(std::string_view text) {
    if (overflow_.ok()) overflow_ = builder_.Append(text);
  }
  arrow::Status Finish(std::shared_ptr<arrow::Array>* array) {
    ARROW_RETURN_NOT_OK(overflow_);
    return builder_.Finish(array);
  }

 private:
  arrow::StringBuilder builder_;
  arrow::Status overflow_;
};

/// Of the type of the first argument (STRING or BINARY), where texts go in and out.
inline std::shared_ptr<arrow::DataType> textTypeOf(std::span<const arrow::Datum> arguments) {
  return !arguments.empty() && arguments[0].type()->id() == arrow::Type::BINARY ? arrow::binary()
                                                                                : arrow::utf8();
}

/// row(columns, i, text) fills an empty text. It returns nothing, or false for null.
template <class RowFunction>
Result<arrow::Datum> forEachText(std::span<const arrow::Datum> arguments, int64_t rows,
                                 RowFunction&& row,
                                 const std::shared_ptr<arrow::DataType>& type = arrow::utf8()) {
  std::string text;
  return forEachRow<TextColumnBuilder>(
      arguments, rows, type,
      [&](const ArgumentColumns& columns, int64_t i, TextColumnBuilder& out) {
        text.clear();
        if constexpr (std::is_void_v<std::invoke_result_t<RowFunction, const ArgumentColumns&,
                                                          int64_t, std::string&>>) {
          row(columns, i, text);
          out.append(text);
        } else {
          if (row(columns, i, text)) {
            out.append(text);
          } else {
            out.appendNull();
          }
        }
      });
}

template <class RowFunction>
Result<arrow::Datum> forEachInt(std::span<const arrow::Datum> arguments, int64_t rows,
                                RowFunction&& row) {
  return forEachRow<arrow::Int32Builder>(
      arguments, rows, arrow::int32(),
      [&](const ArgumentColumns& columns, int64_t i, arrow::Int32Builder& out) {
        out.UnsafeAppend(row(columns, i));
      });
}

template <class RowFunction>
Result<arrow::Datum> forEachLong(std::span<const arrow::Datum> arguments, int64_t rows,
                                 RowFunction&& row) {
  return forEachRow<arrow::Int64Builder>(
      arguments, rows, arrow::int64(),
      [&](const ArgumentColumns& columns, int64_t i, arrow::Int64Builder& out) {
        out.UnsafeAppend(row(columns, i));
      });
}

template <class RowFunction>
Result<arrow::Datum> forEachBoolean(std::span<const arrow::Datum> arguments, int64_t rows,
                                    RowFunction&& row) {
  return forEachRow<arrow::BooleanBuilder>(
      arguments, rows, arrow::boolean(),
      [&](const ArgumentColumns& columns, int64_t i, arrow::BooleanBuilder& out) {
        out.UnsafeAppend(row(columns, i));
      });
}

}  // namespace spate
