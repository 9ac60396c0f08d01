#include "spate/types/UnsafeRowReader.h"

#include <cstring>

#include "spate/types/UnsafeRowLayout.h"

namespace spate {
namespace {

Status corrupt(const DataType& type) {
  return Status::corrupt("these bytes are no row of the type " + type.simpleString());
}

template <class T>
T fixedAt(std::string_view bytes, size_t at) {
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

/// One struct or array: its bytes, and how many of them its values have referred to. In true rows
/// no two values share bytes; holding to that bounds what a small corrupt row can unfold to.
class Region {
 public:
  explicit Region(std::string_view bytes) : bytes_(bytes), left_(bytes.size()) {}

  std::string_view bytes() const { return bytes_; }

  /// The bytes behind the offset and size in a slot.
  Result<std::string_view> behind(const DataType& type, size_t slot) {
    const auto reference = fixedAt<uint64_t>(bytes_, slot);
    const uint64_t offset = reference >> 32;
    const uint64_t size = reference & 0xffffffff;
    if (offset > bytes_.size() || size > bytes_.size() - offset || size > left_) {
      return failure(corrupt(type));
    }
    left_ -= size;
    return bytes_.substr(offset, size);
  }

 private:
  std::string_view bytes_;
  uint64_t left_;
};

Result<Row> readArray(const DataType& elementType, std::string_view bytes);

Result<Datum> readMap(const DataType& type, std::string_view bytes) {
  if (bytes.size() < 8) return failure(corrupt(type));
  const auto keyBytes = fixedAt<uint64_t>(bytes, 0);
  if (keyBytes > bytes.size() - 8) return failure(corrupt(type));
  MapValue map;
  SPATE_ASSIGN_OR_FAIL(map.keys, readArray(type.keyType(), bytes.substr(8, keyBytes)));
  SPATE_ASSIGN_OR_FAIL(map.values, readArray(type.valueType(), bytes.substr(8 + keyBytes)));
  if (map.keys.size() != map.values.size()) return failure(corrupt(type));
  return Datum(std::move(map));
}

Result<Datum> readDecimal(const DataType& type, Region& region, size_t slot) {
  if (type.precision() <= kMaxLongDecimalPrecision) {
    return Datum(Decimal{fixedAt<int64_t>(region.bytes(), slot)});
  }
  SPATE_ASSIGN_OR_FAIL(const std::string_view bytes, region.behind(type, slot));
  if (bytes.empty() || bytes.size() > 16) return failure(corrupt(type));
  return Datum(Decimal{fromBigEndianBytes(bytes)});
}

Result<Datum> readBehind(const DataType& type, Region& region, size_t slot) {
  SPATE_ASSIGN_OR_FAIL(const std::string_view bytes, region.behind(type, slot));
  switch (type.kind()) {
    case TypeKind::kCalendarInterval:
      if (bytes.size() != 16) return failure(corrupt(type));
      return Datum(CalendarInterval{fixedAt<int32_t>(bytes, 0), fixedAt<int32_t>(bytes, 4),
                                    fixedAt<int64_t>(bytes, 8)});
    case TypeKind::kArray: {
      SPATE_ASSIGN_OR_FAIL(Row elements, readArray(type.elementType(), bytes));
      return Datum(std::move(elements));
    }
    case TypeKind::kStruct: {
      SPATE_ASSIGN_OR_FAIL(Row fields, readUnsafeStruct(type, bytes));
      return Datum(std::move(fields));
    }
    case TypeKind::kMap: return readMap(type, bytes);
    default: return Datum(bytes);
  }
}

/// The value in a slot of the region, which the caller has checked to lie inside.
Result<Datum> readValue(const DataType& type, Region& region, size_t slot) {
  const std::string_view bytes = region.bytes();
  switch (type.kind()) {
    case TypeKind::kBoolean: return Datum(fixedAt<uint8_t>(bytes, slot) != 0);
    case TypeKind::kByte: return Datum(fixedAt<int8_t>(bytes, slot));
    case TypeKind::kShort: return Datum(fixedAt<int16_t>(bytes, slot));
    case TypeKind::kInteger:
    case TypeKind::kDate:
    case TypeKind::kYearMonthInterval: return Datum(fixedAt<int32_t>(bytes, slot));
    case TypeKind::kLong:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
    case TypeKind::kDayTimeInterval: return Datum(fixedAt<int64_t>(bytes, slot));
    case TypeKind::kFloat: return Datum(fixedAt<float>(bytes, slot));
    case TypeKind::kDouble: return Datum(fixedAt<double>(bytes, slot));
    case TypeKind::kDecimal: return readDecimal(type, region, slot);
    case TypeKind::kNull:
    case TypeKind::kVariant: return failure(corrupt(type));
    default: return readBehind(type, region, slot);
  }
}

bool isNullAt(std::string_view bytes, size_t nullBits, size_t index) {
  return ((static_cast<unsigned char>(bytes[nullBits + index / 8]) >> (index % 8)) & 1) != 0;
}

Result<Row> readArray(const DataType& elementType, std::string_view bytes) {
  if (bytes.size() < 8) return failure(corrupt(elementType));
  const auto count = fixedAt<uint64_t>(bytes, 0);
  // Every element has a null bit, so a count above eight per byte is no count.
  if (count / 8 > bytes.size()) return failure(corrupt(elementType));
  const size_t elementSize = unsafeElementSize(elementType);
  const size_t fixed = 8 + unsafeNullBytes(count);
  if (fixed > bytes.size() || count * elementSize > bytes.size() - fixed) {
    return failure(corrupt(elementType));
  }
  Region region(bytes);
  Row elements;
  elements.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    if (isNullAt(bytes, 8, i)) {
      elements.emplace_back();
      continue;
    }
    SPATE_ASSIGN_OR_FAIL(Datum element, readValue(elementType, region, fixed + i * elementSize));
    elements.push_back(std::move(element));
  }
  return elements;
}

}  // namespace

Result<Row> readUnsafeStruct(const DataType& type, std::string_view bytes) {
  const std::vector<StructField>& fields = type.fields();
  const size_t fixed = unsafeNullBytes(fields.size());
  if (bytes.size() % 8 != 0 || bytes.size() < fixed + 8 * fields.size()) {
    return failure(corrupt(type));
  }
  Region region(bytes);
  Row row;
  row.reserve(fields.size());
  for (size_t i = 0; i < fields.size(); ++i) {
    if (isNullAt(bytes, 0, i)) {
      row.emplace_back();
      continue;
    }
    SPATE_ASSIGN_OR_FAIL(Datum value, readValue(fields[i].type, region, fixed + 8 * i));
    row.push_back(std::move(value));
  }
  return row;
}

}  // namespace spate
