#include "spate/operators/FixedKeys.h"

#include <arrow/array/array_nested.h>
#include <arrow/array/array_primitive.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace spate {
namespace {

/// Without the flag; 0: not fixed.
size_t valueBytes(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kBoolean:
    case TypeKind::kByte: return 1;
    case TypeKind::kShort: return 2;
    case TypeKind::kInteger:
    case TypeKind::kDate:
    case TypeKind::kYearMonthInterval:
    case TypeKind::kFloat: return 4;
    case TypeKind::kLong:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
    case TypeKind::kDayTimeInterval:
    case TypeKind::kDouble: return 8;
    case TypeKind::kDecimal: return 16;
    default: return 0;
  }
}

template <class T>
T canonical(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(value)) return std::numeric_limits<T>::quiet_NaN();
    if (value == 0) return 0;
  }
  return value;
}

/// `out` is where the flag of the first row's value goes.
template <class T>
void encodeNumbers(const arrow::Array& column, size_t stride, char* out) {
  const T* values = column.data()->GetValues<T>(1);
  const int64_t rows = column.length();
  for (int64_t row = 0; row < rows; ++row, out += stride) {
    const T value = canonical(values[row]);
    *out = 1;
    std::memcpy(out + 1, &value, sizeof value);
  }
}

struct Wide {
  uint64_t words[2];
};

void encodeColumn(const arrow::Array& column, const DataType& type, size_t stride, char* out) {
  switch (type.kind()) {
    case TypeKind::kBoolean: {
      const auto& flags = static_cast<const arrow::BooleanArray&>(column);
      for (int64_t row = 0; row < flags.length(); ++row) {
        char* const at = out + static_cast<size_t>(row) * stride;
        at[0] = 1;
        at[1] = flags.Value(row) ? 1 : 0;
      }
      break;
    }
    case TypeKind::kByte: encodeNumbers<int8_t>(column, stride, out); break;
    case TypeKind::kShort: encodeNumbers<int16_t>(column, stride, out); break;
    case TypeKind::kFloat: encodeNumbers<float>(column, stride, out); break;
    case TypeKind::kDouble: encodeNumbers<double>(column, stride, out); break;
    case TypeKind::kDecimal: encodeNumbers<Wide>(column, stride, out); break;
    case TypeKind::kStruct: {
      const auto& structs = static_cast<const arrow::StructArray&>(column);
      for (int64_t row = 0; row < structs.length(); ++row)
        out[static_cast<size_t>(row) * stride] = 1;
      size_t at = 1;
      for (size_t i = 0; i < type.fields().size(); ++i) {
        const DataType& field = type.fields()[i].type;
        encodeColumn(*structs.field(static_cast<int>(i)), field, stride, out + at);
        at += *fixedKeyBytes(field);
      }
      break;
    }
    default:
      if (valueBytes(type) == 4) {
        encodeNumbers<int32_t>(column, stride, out);
      } else {
        encodeNumbers<int64_t>(column, stride, out);
      }
  }
  if (column.null_count() == 0) return;
  const size_t bytes = *fixedKeyBytes(type);
  for (int64_t row = 0; row < column.length(); ++row)
    if (column.IsNull(row)) std::memset(out + static_cast<size_t>(row) * stride, 0, bytes);
}

}  // namespace

std::optional<size_t> fixedKeyBytes(const DataType& type) {
  if (!type.is(TypeKind::kStruct)) {
    const size_t bytes = valueBytes(type);
    return bytes == 0 ? std::nullopt : std::optional(bytes + 1);
  }
  size_t sum = 1;
  for (const StructField& field : type.fields()) {
    const auto bytes = fixedKeyBytes(field.type);
    if (!bytes) return std::nullopt;
    sum += *bytes;
  }
  return sum;
}

void encodeFixedKeys(std::span<const std::shared_ptr<arrow::Array>> columns,
                     std::span<const DataType> types, int64_t rows, size_t stride,
                     std::vector<char>& out) {
  out.resize(static_cast<size_t>(rows) * stride);
  size_t at = 0;
  for (size_t i = 0; i < columns.size(); ++i) {
    encodeColumn(*columns[i], types[i], stride, out.data() + at);
    at += *fixedKeyBytes(types[i]);
  }
}

}  // namespace spate
