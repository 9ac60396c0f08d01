#include "spate/types/UnsafeRowWriter.h"

#include <cstring>
#include <limits>

#include "spate/types/UnsafeRowLayout.h"

namespace spate {
namespace {

Status wrongType(const DataType& type) {
  return Status::invalidArgument("a value is not of the type " + type.simpleString() +
                                 " of its state column");
}

template <class T>
Status putFixed(const DataType& type, const Datum& value, size_t slot, std::string& out) {
  const T* held = value.as<T>();
  if (held == nullptr) return wrongType(type);
  std::memcpy(out.data() + slot, held, sizeof(T));
  return Status::OK();
}

/// Writes the offset (from `base`) and size of what was appended since `begin`.
Status putReference(size_t base, size_t slot, size_t begin, size_t size, std::string& out) {
  const size_t offset = begin - base;
  if (offset + size > std::numeric_limits<int32_t>::max()) {
    return Status::invalidArgument("a state row is larger than 2 GiB");
  }
  const uint64_t reference = (uint64_t{offset} << 32) | size;
  std::memcpy(out.data() + slot, &reference, sizeof(reference));
  return Status::OK();
}

Status putBytes(std::string_view bytes, size_t reserved, size_t base, size_t slot,
                std::string& out) {
  const size_t begin = out.size();
  out.append(bytes);
  out.append(reserved - bytes.size(), '\0');
  return putReference(base, slot, begin, bytes.size(), out);
}

std::string intervalBytes(const CalendarInterval& interval) {
  std::string bytes(16, '\0');
  std::memcpy(bytes.data(), &interval.months, 4);
  std::memcpy(bytes.data() + 4, &interval.days, 4);
  std::memcpy(bytes.data() + 8, &interval.micros, 8);
  return bytes;
}

/// A place for a value: its slot, and the start of the struct or array that offsets count from.
struct Place {
  size_t base;
  size_t slot;
  /// Fields of a struct reserve 16 bytes for a large decimal, so that it can be updated.
  bool inStruct;
};

Status writeArray(const DataType& elementType, const Row& elements, std::string& out);

Status writeMap(const DataType& type, const MapValue& map, std::string& out) {
  if (map.keys.size() != map.values.size()) return wrongType(type);
  const size_t begin = out.size();
  out.append(8, '\0');
  SPATE_RETURN_IF_ERROR(writeArray(type.keyType(), map.keys, out));
  const uint64_t keyBytes = out.size() - begin - 8;
  std::memcpy(out.data() + begin, &keyBytes, sizeof(keyBytes));
  return writeArray(type.valueType(), map.values, out);
}

Status writeNested(const DataType& type, const Datum& value, const Place& at, std::string& out) {
  const size_t begin = out.size();
  if (type.is(TypeKind::kMap)) {
    const auto* map = value.as<MapValue>();
    if (map == nullptr) return wrongType(type);
    SPATE_RETURN_IF_ERROR(writeMap(type, *map, out));
  } else {
    const auto* parts = value.as<Row>();
    if (parts == nullptr) return wrongType(type);
    SPATE_RETURN_IF_ERROR(type.is(TypeKind::kStruct) ? writeUnsafeStruct(type, *parts, out)
                                                     : writeArray(type.elementType(), *parts, out));
  }
  return putReference(at.base, at.slot, begin, out.size() - begin, out);
}

Status writeDecimal(const DataType& type, const Datum& value, const Place& at, std::string& out) {
  const auto* decimal = value.as<Decimal>();
  if (decimal == nullptr) return wrongType(type);
  if (type.precision() <= kMaxLongDecimalPrecision) {
    const auto unscaled = static_cast<int64_t>(decimal->unscaled);
    std::memcpy(out.data() + at.slot, &unscaled, sizeof(unscaled));
    return Status::OK();
  }
  const std::string bytes = bigEndianBytes(decimal->unscaled);
  return putBytes(bytes, at.inStruct ? 16 : unsafePadded(bytes.size()), at.base, at.slot, out);
}

Status writeValue(const DataType& type, const Datum& value, const Place& at, std::string& out) {
  switch (type.kind()) {
    case TypeKind::kBoolean: return putFixed<bool>(type, value, at.slot, out);
    case TypeKind::kByte: return putFixed<int8_t>(type, value, at.slot, out);
    case TypeKind::kShort: return putFixed<int16_t>(type, value, at.slot, out);
    case TypeKind::kInteger:
    case TypeKind::kDate:
    case TypeKind::kYearMonthInterval: return putFixed<int32_t>(type, value, at.slot, out);
    case TypeKind::kLong:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
    case TypeKind::kDayTimeInterval: return putFixed<int64_t>(type, value, at.slot, out);
    case TypeKind::kFloat: return putFixed<float>(type, value, at.slot, out);
    case TypeKind::kDouble: return putFixed<double>(type, value, at.slot, out);
    case TypeKind::kDecimal: return writeDecimal(type, value, at, out);
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kBinary: {
      const auto* text = value.as<std::string>();
      if (text == nullptr) return wrongType(type);
      return putBytes(*text, unsafePadded(text->size()), at.base, at.slot, out);
    }
    case TypeKind::kCalendarInterval: {
      const auto* interval = value.as<CalendarInterval>();
      if (interval == nullptr) return wrongType(type);
      return putBytes(intervalBytes(*interval), 16, at.base, at.slot, out);
    }
    case TypeKind::kArray:
    case TypeKind::kMap:
    case TypeKind::kStruct: return writeNested(type, value, at, out);
    case TypeKind::kNull:
    case TypeKind::kVariant: break;
  }
  return wrongType(type);
}

/// Sets the null bit; types that Spark updates in place keep their room.
Status writeNullField(const DataType& type, size_t base, size_t slot, std::string& out) {
  const bool largeDecimal =
      type.is(TypeKind::kDecimal) && type.precision() > kMaxLongDecimalPrecision;
  if (!largeDecimal && !type.is(TypeKind::kCalendarInterval)) return Status::OK();
  const size_t begin = out.size();
  out.append(16, '\0');
  return putReference(base, slot, begin, largeDecimal ? 0 : 16, out);
}

void setNull(size_t nullBits, size_t index, std::string& out) {
  char& byte = out[nullBits + index / 8];
  byte = static_cast<char>(byte | (1 << (index % 8)));
}

Status writeArray(const DataType& elementType, const Row& elements, std::string& out) {
  const size_t base = out.size();
  const uint64_t count = elements.size();
  const size_t elementSize = unsafeElementSize(elementType);
  const size_t fixed = base + 8 + unsafeNullBytes(count);
  out.resize(fixed + unsafePadded(count * elementSize), '\0');
  std::memcpy(out.data() + base, &count, sizeof(count));
  for (size_t i = 0; i < count; ++i) {
    if (elements[i].isNull()) {
      setNull(base + 8, i, out);
    } else {
      const Place place{base, fixed + i * elementSize, false};
      SPATE_RETURN_IF_ERROR(writeValue(elementType, elements[i], place, out));
    }
  }
  return Status::OK();
}

}  // namespace

Status writeUnsafeStruct(const DataType& type, const Row& row, std::string& out) {
  const std::vector<StructField>& fields = type.fields();
  if (row.size() != fields.size()) {
    return Status::invalidArgument("a row of " + std::to_string(row.size()) +
                                   " values is not of the type " + type.simpleString());
  }
  const size_t base = out.size();
  const size_t fixed = base + unsafeNullBytes(fields.size());
  out.resize(fixed + 8 * fields.size(), '\0');
  for (size_t i = 0; i < fields.size(); ++i) {
    const size_t slot = fixed + 8 * i;
    if (row[i].isNull()) {
      setNull(base, i, out);
      SPATE_RETURN_IF_ERROR(writeNullField(fields[i].type, base, slot, out));
    } else {
      SPATE_RETURN_IF_ERROR(writeValue(fields[i].type, row[i], Place{base, slot, true}, out));
    }
  }
  return Status::OK();
}

}  // namespace spate
