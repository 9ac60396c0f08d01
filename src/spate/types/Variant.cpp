#include "spate/types/Variant.h"

#include <arrow/util/base64.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "spate/types/CastText.h"
#include "spate/types/JsonText.h"
#include "spate/types/ToString.h"

namespace spate {
namespace {

/// How deep values from outside may nest.
constexpr int kMaxDepth = 1000;

int powerOfTenDigits(Int128 value) {
  int digits = 1;
  for (Int128 rest = value / 10; rest != 0; rest /= 10) ++digits;
  return digits;
}

/// An unsigned number of `width` bytes; empty when they are not there.
std::optional<uint64_t> numberAt(std::string_view bytes, size_t at, size_t width) {
  if (at > bytes.size() || width > bytes.size() - at) return std::nullopt;
  uint64_t number = 0;
  for (size_t i = width; i-- > 0;) number = number << 8 | static_cast<uint8_t>(bytes[at + i]);
  return number;
}

int64_t signedOf(uint64_t number, size_t width) {
  const auto unused = static_cast<unsigned>(64 - 8 * width);
  return static_cast<int64_t>(number << unused) >> unused;
}

/// Where the parts of an array or object lie.
struct Parts {
  size_t count = 0;
  size_t idWidth = 0;
  size_t idsAt = 0;
  size_t width = 0;
  size_t offsetsAt = 0;
  size_t dataAt = 0;
};

std::optional<Parts> partsOf(std::string_view value, bool isObject) {
  if (value.empty()) return std::nullopt;
  const auto header = static_cast<uint8_t>(value[0]) >> 2;
  Parts parts;
  const bool isLarge = (header & (isObject ? 16 : 4)) != 0;
  parts.width = static_cast<size_t>(header & 3) + 1;
  if (isObject) parts.idWidth = static_cast<size_t>(header >> 2 & 3) + 1;
  const auto count = numberAt(value, 1, isLarge ? 4 : 1);
  if (!count || *count > value.size()) return std::nullopt;
  parts.count = *count;
  parts.idsAt = isLarge ? 5 : 2;
  parts.offsetsAt = parts.idsAt + parts.count * parts.idWidth;
  parts.dataAt = parts.offsetsAt + (parts.count + 1) * parts.width;
  if (parts.dataAt > value.size()) return std::nullopt;
  return parts;
}

/// The bytes of each element. No two may share any: holding to that bounds what a small corrupt
/// value can unfold to.
Result<std::vector<std::string_view>> partsIn(std::string_view value, const Parts& parts) {
  std::vector<size_t> offsets;
  for (size_t i = 0; i <= parts.count; ++i) {
    const auto offset = numberAt(value, parts.offsetsAt + i * parts.width, parts.width);
    if (!offset || *offset > value.size() - parts.dataAt) return failure(malformedVariant());
    offsets.push_back(*offset);
  }
  std::vector<size_t> sorted = offsets;
  std::ranges::sort(sorted);
  if (sorted.back() != offsets.back() || std::ranges::adjacent_find(sorted) != sorted.end())
    return failure(malformedVariant());
  std::vector<std::string_view> values;
  for (size_t i = 0; i < parts.count; ++i) {
    const size_t end = *std::ranges::upper_bound(sorted, offsets[i]);
    values.push_back(value.substr(parts.dataAt + offsets[i], end - offsets[i]));
  }
  return values;
}

void appendScalarJson(const VariantView::Scalar& scalar, const TimeZone& zone, std::string& out) {
  const Datum& value = scalar.value;
  const auto appendReal = [&out](auto number) {
    std::string text;
    appendJavaNumber(number, text);
    const bool isFinite = number - number == 0;
    out += isFinite ? text : '"' + text + '"';
  };
  switch (scalar.type.kind()) {
    case TypeKind::kBoolean: out += *value.as<bool>() ? "true" : "false"; return;
    case TypeKind::kLong: out += std::to_string(*value.as<int64_t>()); return;
    case TypeKind::kFloat: return appendReal(*value.as<float>());
    case TypeKind::kDouble: return appendReal(*value.as<double>());
    case TypeKind::kDecimal:
      return appendDecimal(value.as<Decimal>()->unscaled, scalar.type.scale(), out);
    case TypeKind::kString: return appendJsonText(*value.as<std::string>(), out);
    default: break;
  }
  out += '"';
  if (scalar.type.is(TypeKind::kBinary)) {
    out += arrow::util::base64_encode(*value.as<std::string>());
  } else if (scalar.type.is(TypeKind::kDate)) {
    appendDate(*value.as<int32_t>(), out);
  } else if (scalar.type.is(TypeKind::kTimestampNtz)) {
    appendTimestamp(*value.as<int64_t>(), out);
  } else {
    const int64_t micros = *value.as<int64_t>();
    const int64_t local = zone.toLocal(micros);
    appendTimestamp(local, out);
    const auto offset = static_cast<int32_t>((local - micros) / 1'000'000);
    out += offset == 0 ? "+00:00" : zoneOffsetId(offset);
  }
  out += '"';
}

}  // namespace

Status malformedVariant() {
  return Status::corrupt("Variant binary is malformed. Please check the data source is valid.")
      .withErrorClass("MALFORMED_VARIANT", "22023");
}

Result<VariantView::Kind> VariantView::kind() const {
  if (value_.empty() || metadata_.empty() || (static_cast<uint8_t>(metadata_[0]) & 15) != 1)
    return failure(malformedVariant());
  const auto header = static_cast<uint8_t>(value_[0]);
  switch (header & 3) {
    case 1: return Kind::kScalar;
    case 2: return Kind::kObject;
    case 3: return Kind::kArray;
    default: break;
  }
  const int id = header >> 2;
  if (id == 0) return Kind::kNull;
  return id <= 2 ? Kind::kBoolean : Kind::kScalar;
}

Result<VariantView::Scalar> VariantView::scalar() const {
  if (value_.empty()) return failure(malformedVariant());
  const auto header = static_cast<uint8_t>(value_[0]);
  const int id = header >> 2;
  if ((header & 3) == 1) {
    const auto size = static_cast<size_t>(id);
    if (value_.size() - 1 < size) return failure(malformedVariant());
    return Scalar{Datum(value_.substr(1, size)), DataType::stringType()};
  }
  if (id == 1 || id == 2) return Scalar{Datum(id == 1), DataType::booleanType()};
  const auto number = [this](size_t at, size_t width) -> Result<uint64_t> {
    const auto found = numberAt(value_, at, width);
    if (!found) return failure(malformedVariant());
    return *found;
  };
  if (id >= 3 && id <= 6) {
    const size_t width = size_t{1} << (id - 3);
    SPATE_ASSIGN_OR_FAIL(const uint64_t bits, number(1, width));
    return Scalar{Datum(signedOf(bits, width)), DataType::longType()};
  }
  if (id >= 8 && id <= 10) {
    SPATE_ASSIGN_OR_FAIL(const uint64_t scaleByte, number(1, 1));
    const size_t width = size_t{4} << (id - 8);
    SPATE_ASSIGN_OR_FAIL(const uint64_t low, number(2, std::min<size_t>(width, 8)));
    Int128 unscaled = signedOf(low, std::min<size_t>(width, 8));
    if (width == 16) {
      SPATE_ASSIGN_OR_FAIL(const uint64_t high, number(10, 8));
      unscaled = static_cast<Int128>(static_cast<int64_t>(high)) << 64 | static_cast<Int128>(low);
    }
    int scale = static_cast<int>(scaleByte);
    if (scale > DataType::kMaxDecimalPrecision ||
        powerOfTenDigits(unscaled) > DataType::kMaxDecimalPrecision)
      return failure(malformedVariant());
    // Spark shows them without the zeros at their end.
    for (; scale > 0 && unscaled % 10 == 0; --scale) unscaled /= 10;
    const int precision = std::max(powerOfTenDigits(unscaled), scale);
    return Scalar{Datum(Decimal{unscaled}), DataType::decimalType(precision, scale)};
  }
  if (id == 15 || id == 16) {
    SPATE_ASSIGN_OR_FAIL(const uint64_t size, number(1, 4));
    if (size > value_.size() - 5) return failure(malformedVariant());
    return Scalar{Datum(value_.substr(5, size)),
                  id == 15 ? DataType::binaryType() : DataType::stringType()};
  }
  const bool isNarrow = id == 11 || id == 14;
  if (id != 7 && (id < 11 || id > 14)) {
    const std::string shown = std::to_string(id);
    return failure(
        Status::corrupt("Unknown primitive type with id " + shown +
                        " was found in a variant value.")
            .withErrorClass("UNKNOWN_PRIMITIVE_TYPE_IN_VARIANT", "22023", {{"id", shown}}));
  }
  SPATE_ASSIGN_OR_FAIL(const uint64_t bits, number(1, isNarrow ? 4 : 8));
  if (id == 11) return Scalar{Datum(static_cast<int32_t>(bits)), DataType::dateType()};
  if (id == 12) return Scalar{Datum(static_cast<int64_t>(bits)), DataType::timestampType()};
  if (id == 13) return Scalar{Datum(static_cast<int64_t>(bits)), DataType::timestampNtzType()};
  if (id == 14) {
    const auto half = static_cast<uint32_t>(bits);
    float real = 0;
    std::memcpy(&real, &half, sizeof(real));
    return Scalar{Datum(real), DataType::floatType()};
  }
  double real = 0;
  std::memcpy(&real, &bits, sizeof(real));
  return Scalar{Datum(real), DataType::doubleType()};
}

Result<std::vector<std::string_view>> VariantView::elements() const {
  const auto parts = partsOf(value_, false);
  if (!parts) return failure(malformedVariant());
  return partsIn(value_, *parts);
}

Result<std::string_view> VariantView::nameOf(uint32_t id) const {
  const size_t width = static_cast<size_t>(static_cast<uint8_t>(metadata_[0]) >> 6) + 1;
  const auto count = numberAt(metadata_, 1, width);
  if (!count || id >= *count || *count > metadata_.size()) return failure(malformedVariant());
  const size_t offsetsAt = 1 + width;
  const size_t dataAt = offsetsAt + (*count + 1) * width;
  const auto begin = numberAt(metadata_, offsetsAt + id * width, width);
  const auto end = numberAt(metadata_, offsetsAt + (id + 1) * width, width);
  if (!begin || !end || *begin > *end || dataAt > metadata_.size() ||
      *end > metadata_.size() - dataAt)
    return failure(malformedVariant());
  return metadata_.substr(dataAt + *begin, *end - *begin);
}

Result<std::vector<VariantView::Field>> VariantView::fields() const {
  const auto parts = partsOf(value_, true);
  if (!parts || metadata_.empty()) return failure(malformedVariant());
  SPATE_ASSIGN_OR_FAIL(const auto values, partsIn(value_, *parts));
  std::vector<Field> fields;
  for (size_t i = 0; i < parts->count; ++i) {
    const auto id = numberAt(value_, parts->idsAt + i * parts->idWidth, parts->idWidth);
    if (!id) return failure(malformedVariant());
    SPATE_ASSIGN_OR_FAIL(const auto name, nameOf(static_cast<uint32_t>(*id)));
    fields.push_back({name, values[i]});
  }
  return fields;
}

Status VariantView::appendJson(const TimeZone& zone, std::string& out, int depth) const {
  if (depth > kMaxDepth) return malformedVariant();
  SPATE_ASSIGN_OR_RETURN(const Kind what, kind());
  const char* separator = "";
  if (what == Kind::kArray) {
    SPATE_ASSIGN_OR_RETURN(const auto parts, elements());
    out += '[';
    for (const std::string_view part : parts) {
      out += std::exchange(separator, ",");
      SPATE_RETURN_IF_ERROR(inside(part).appendJson(zone, out, depth + 1));
    }
    out += ']';
    return Status::OK();
  }
  if (what == Kind::kObject) {
    SPATE_ASSIGN_OR_RETURN(const auto parts, fields());
    out += '{';
    for (const Field& part : parts) {
      out += std::exchange(separator, ",");
      appendJsonText(part.name, out);
      out += ':';
      SPATE_RETURN_IF_ERROR(inside(part.value).appendJson(zone, out, depth + 1));
    }
    out += '}';
    return Status::OK();
  }
  if (what == Kind::kNull) {
    out += "null";
    return Status::OK();
  }
  SPATE_ASSIGN_OR_RETURN(const Scalar value, scalar());
  appendScalarJson(value, zone, out);
  return Status::OK();
}

}  // namespace spate
