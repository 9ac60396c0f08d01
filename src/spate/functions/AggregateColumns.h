#pragma once

#include <arrow/array/array_base.h>
#include <arrow/array/util.h>
#include <arrow/datum.h>
#include <arrow/type.h>

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "spate/functions/Function.h"
#include "spate/types/ArrowTypes.h"
#include "spate/types/ArrowValues.h"
#include "spate/types/Columns.h"

/// What the accumulators share: values per group, loops over rows and their groups, and columns of
/// the values. Threads: as Accumulator.
namespace spate {

using ArrayPtr = std::shared_ptr<arrow::Array>;

/// The rows of an argument that is read as T: C++ types of fixed width, std::string for texts, and
/// Datum for anything.
template <class T>
class Rows {
 public:
  Rows(const arrow::Datum& value, const DataType&) : column_(value) {}
  bool hasNulls() const { return column_.hasNulls(); }
  bool isNull(int64_t i) const { return column_.isNull(i); }
  T operator[](int64_t i) const { return column_[i]; }

 private:
  Column<T> column_;
};

template <>
class Rows<std::string> {
 public:
  Rows(const arrow::Datum& value, const DataType&) : column_(value) {}
  bool hasNulls() const { return column_.hasNulls(); }
  bool isNull(int64_t i) const { return column_.isNull(i); }
  std::string_view operator[](int64_t i) const { return column_[i]; }

 private:
  Column<std::string_view> column_;
};

template <>
class Rows<Datum> {
 public:
  Rows(const arrow::Datum& value, const DataType& type)
      : array_(arrow::MakeArray(arrayDataOf(value))),
        type_(type),
        mask_(value.is_scalar() ? 0 : -1) {}
  bool hasNulls() const { return true; }
  bool isNull(int64_t i) const { return array_->IsNull(i & mask_) || type_.is(TypeKind::kNull); }
  Datum operator[](int64_t i) const { return valueAt(*array_, i & mask_, type_); }

 private:
  ArrayPtr array_;
  DataType type_;
  int64_t mask_;
};

/// f(group, value) for each row that is not null.
template <class T, class F>
void forEachValue(const Rows<T>& rows, std::span<const uint32_t> groups, F f) {
  const auto count = static_cast<int64_t>(groups.size());
  if (!rows.hasNulls()) {
    for (int64_t i = 0; i < count; ++i) f(groups[static_cast<size_t>(i)], rows[i]);
    return;
  }
  for (int64_t i = 0; i < count; ++i) {
    if (!rows.isNull(i)) f(groups[static_cast<size_t>(i)], rows[i]);
  }
}

/// One value a group as a column; null where `present` (empty: all are) is 0.
template <class T>
Result<ArrayPtr> groupColumn(const std::vector<T>& values, const std::vector<uint8_t>& present,
                             const DataType& type) {
  SPATE_ASSIGN_OR_FAIL(const auto arrowType, toArrowType(type));
  const auto count = static_cast<int64_t>(values.size());
  if constexpr (std::is_same_v<T, Datum>) {
    if (present.empty()) return columnOf(values, type);
    std::vector<Datum> shown = values;
    for (size_t i = 0; i < shown.size(); ++i) {
      if (present[i] == 0) shown[i] = Datum();
    }
    return columnOf(shown, type);
  } else if constexpr (std::is_same_v<T, std::string>) {
    TextWriter out;
    SPATE_FAIL_IF_ERROR(out.reserve(count, count * 8));
    for (size_t i = 0; i < values.size(); ++i) {
      SPATE_FAIL_IF_ERROR(present.empty() || present[i] != 0 ? out.append(values[i])
                                                             : out.appendNull());
    }
    return out.finish(arrowType);
  } else {
    SPATE_ASSIGN_OR_FAIL(auto out, ColumnWriter<T>::make(count));
    for (int64_t i = 0; i < count; ++i) out.set(i, values[static_cast<size_t>(i)]);
    Validity validity;
    if (!present.empty()) {
      SPATE_ASSIGN_OR_FAIL(validity.bitmap, packBits(present.data(), count));
    }
    return std::move(out).finish(arrowType, std::move(validity));
  }
}

/// Calls f with a value of the C++ type that columns of the type are read as (see Rows).
template <class F>
auto withValueType(const DataType& type, F f) {
  switch (type.kind()) {
    case TypeKind::kBoolean: return f(bool{});
    case TypeKind::kByte: return f(int8_t{});
    case TypeKind::kShort: return f(int16_t{});
    case TypeKind::kInteger:
    case TypeKind::kDate:
    case TypeKind::kYearMonthInterval: return f(int32_t{});
    case TypeKind::kLong:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
    case TypeKind::kDayTimeInterval: return f(int64_t{});
    case TypeKind::kFloat: return f(float{});
    case TypeKind::kDouble: return f(double{});
    case TypeKind::kDecimal: return f(Int128{});
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary: return f(std::string{});
    default: return f(Datum{});
  }
}

/// std::vector<bool> has no bytes to point at.
template <class T>
using Stored = std::conditional_t<std::is_same_v<T, bool>, uint8_t, T>;

/// groupColumn() of T values that are kept as Stored<T>.
template <class T>
Result<ArrayPtr> storedColumn(const std::vector<Stored<T>>& values,
                              const std::vector<uint8_t>& present, const DataType& type) {
  if constexpr (std::is_same_v<T, bool>) {
    return groupColumn(std::vector<bool>(values.begin(), values.end()), present, type);
  } else {
    return groupColumn(values, present, type);
  }
}

/// One flag a group, 0 or 1, as a BOOLEAN column without nulls.
inline Result<ArrayPtr> flagColumn(const std::vector<uint8_t>& flags) {
  const auto count = static_cast<int64_t>(flags.size());
  SPATE_ASSIGN_OR_FAIL(const auto bits, packBits(flags.data(), count));
  return makeFixedArray(arrow::boolean(), count, {}, bits);
}

/// An accumulator whose only buffer column is its result.
class ResultBufferAccumulator : public Accumulator {
 public:
  Result<std::vector<ArrayPtr>> buffers() const final {
    SPATE_ASSIGN_OR_FAIL(auto column, results());
    return std::vector<ArrayPtr>{std::move(column)};
  }
};

/// One, of a single argument, to which a result is as good as a value (min, bit_and, product): both
/// are of one type and taken in alike.
class SelfMergingAccumulator : public ResultBufferAccumulator {
 public:
  Status update(EvalContext&, std::span<const arrow::Datum> arguments,
                std::span<const uint32_t> groups) final {
    take(arguments[0], groups);
    return {};
  }
  Status merge(std::span<const ArrayPtr> buffers, std::span<const uint32_t> groups) final {
    take(arrow::Datum(buffers[0]), groups);
    return {};
  }

 private:
  /// Row i of the values belongs to groups[i].
  virtual void take(const arrow::Datum& values, std::span<const uint32_t> groups) = 0;
};

}  // namespace spate
