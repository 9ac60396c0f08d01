#include <algorithm>
#include <cstring>
#include <utility>

#include "spate/types/Variant.h"

namespace spate {
namespace {

constexpr size_t kMostShortText = 63;

/// Bytes that an unsigned number needs.
int widthOf(uint64_t value) {
  if (value <= 0xff) return 1;
  if (value <= 0xffff) return 2;
  return value <= 0xffffff ? 3 : 4;
}

void putNumber(uint64_t value, int width, std::string& out) {
  for (int i = 0; i < width; ++i) out += static_cast<char>(value >> (8 * i));
}

Status duplicateKey(const std::string& key) {
  return Status::invalidArgument("Failed to build variant because of a duplicate object key `" +
                                 key + "`.")
      .withErrorClass("VARIANT_DUPLICATE_KEY", "22023", {{"key", key}});
}

Int128 powerOf(int exponent) {
  Int128 power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

}  // namespace

void VariantBuilder::appendHeader(int typeId) { bytes_ += static_cast<char>(typeId << 2); }

void VariantBuilder::appendNull() { appendHeader(0); }
void VariantBuilder::appendBoolean(bool value) { appendHeader(value ? 1 : 2); }

void VariantBuilder::appendInteger(int64_t value) {
  const int width = value == static_cast<int8_t>(value)    ? 1
                    : value == static_cast<int16_t>(value) ? 2
                    : value == static_cast<int32_t>(value) ? 4
                                                           : 8;
  appendHeader(width == 1 ? 3 : width == 2 ? 4 : width == 4 ? 5 : 6);
  putNumber(static_cast<uint64_t>(value), width, bytes_);
}

void VariantBuilder::appendDouble(double value) {
  appendHeader(7);
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  putNumber(bits, 8, bytes_);
}

void VariantBuilder::appendFloat(float value) {
  appendHeader(14);
  uint32_t bits = 0;
  std::memcpy(&bits, &value, sizeof(bits));
  putNumber(bits, 4, bytes_);
}

void VariantBuilder::appendDecimal(Int128 unscaled, int scale) {
  const Int128 size = unscaled < 0 ? -unscaled : unscaled;
  const int width = size < powerOf(9) && scale <= 9     ? 4
                    : size < powerOf(18) && scale <= 18 ? 8
                                                        : 16;
  appendHeader(width == 4 ? 8 : width == 8 ? 9 : 10);
  bytes_ += static_cast<char>(scale);
  putNumber(static_cast<uint64_t>(unscaled), std::min(width, 8), bytes_);
  if (width == 16) putNumber(static_cast<uint64_t>(unscaled >> 64), 8, bytes_);
}

void VariantBuilder::appendDate(int32_t days) {
  appendHeader(11);
  putNumber(static_cast<uint32_t>(days), 4, bytes_);
}

void VariantBuilder::appendTimestamp(int64_t micros) {
  appendHeader(12);
  putNumber(static_cast<uint64_t>(micros), 8, bytes_);
}

void VariantBuilder::appendTimestampNtz(int64_t micros) {
  appendHeader(13);
  putNumber(static_cast<uint64_t>(micros), 8, bytes_);
}

void VariantBuilder::appendText(std::string_view text) {
  if (text.size() <= kMostShortText) {
    bytes_ += static_cast<char>(text.size() << 2 | 1);
  } else {
    appendHeader(16);
    putNumber(text.size(), 4, bytes_);
  }
  bytes_ += text;
}

void VariantBuilder::appendBinary(std::string_view bytes) {
  appendHeader(15);
  putNumber(bytes.size(), 4, bytes_);
  bytes_ += bytes;
}

uint32_t VariantBuilder::keyOf(const std::string& name) {
  const auto [at, isNew] = ids_.try_emplace(name, static_cast<uint32_t>(names_.size()));
  if (isNew) names_.push_back(name);
  return at->second;
}

VariantBuilder::Field VariantBuilder::startField(std::string name) {
  keyOf(name);
  return {std::move(name), position()};
}

void VariantBuilder::finishArray(size_t begin, const std::vector<size_t>& begins) {
  const size_t size = bytes_.size() - begin;
  const bool isLarge = begins.size() > 0xff;
  const int width = widthOf(size);
  std::string header;
  header += static_cast<char>((isLarge ? 1 << 4 : 0) | (width - 1) << 2 | 3);
  putNumber(begins.size(), isLarge ? 4 : 1, header);
  for (const size_t element : begins) putNumber(element - begin, width, header);
  putNumber(size, width, header);
  insertHeader(begin, header);
}

Status VariantBuilder::finishObject(size_t begin, std::vector<Field> fields) {
  const size_t size = bytes_.size() - begin;
  uint32_t mostId = 0;
  for (const Field& field : fields) mostId = std::max(mostId, keyOf(field.name));
  std::ranges::sort(fields, {}, &Field::name);
  for (size_t i = 1; i < fields.size(); ++i)
    if (fields[i - 1].name == fields[i].name) return duplicateKey(fields[i].name);
  const bool isLarge = fields.size() > 0xff;
  const int idWidth = widthOf(mostId);
  const int width = widthOf(size);
  std::string header;
  header += static_cast<char>((isLarge ? 1 << 6 : 0) | (idWidth - 1) << 4 | (width - 1) << 2 | 2);
  putNumber(fields.size(), isLarge ? 4 : 1, header);
  for (const Field& field : fields) putNumber(keyOf(field.name), idWidth, header);
  for (const Field& field : fields) putNumber(field.begin - begin, width, header);
  putNumber(size, width, header);
  insertHeader(begin, header);
  return Status::OK();
}

Status VariantBuilder::appendVariant(std::string_view value, std::string_view metadata) {
  const VariantView view(value, metadata);
  SPATE_ASSIGN_OR_RETURN(const auto kind, view.kind());
  if (kind == VariantView::Kind::kArray) {
    SPATE_ASSIGN_OR_RETURN(const auto elements, view.elements());
    const size_t begin = position();
    std::vector<size_t> begins;
    for (const std::string_view element : elements) {
      begins.push_back(position());
      SPATE_RETURN_IF_ERROR(appendVariant(element, metadata));
    }
    finishArray(begin, begins);
    return Status::OK();
  }
  if (kind == VariantView::Kind::kObject) {
    SPATE_ASSIGN_OR_RETURN(const auto parts, view.fields());
    const size_t begin = position();
    std::vector<Field> fields;
    for (const auto& part : parts) {
      fields.push_back(startField(std::string(part.name)));
      SPATE_RETURN_IF_ERROR(appendVariant(part.value, metadata));
    }
    return finishObject(begin, std::move(fields));
  }
  bytes_ += value;
  return Status::OK();
}

Status VariantBuilder::append(const Datum& value, const DataType& type) {
  if (value.isNull()) {
    appendNull();
    return Status::OK();
  }
  const size_t begin = position();
  switch (type.kind()) {
    case TypeKind::kBoolean: appendBoolean(*value.as<bool>()); break;
    case TypeKind::kByte: appendInteger(*value.as<int8_t>()); break;
    case TypeKind::kShort: appendInteger(*value.as<int16_t>()); break;
    case TypeKind::kInteger: appendInteger(*value.as<int32_t>()); break;
    case TypeKind::kLong: appendInteger(*value.as<int64_t>()); break;
    case TypeKind::kFloat: appendFloat(*value.as<float>()); break;
    case TypeKind::kDouble: appendDouble(*value.as<double>()); break;
    case TypeKind::kDecimal: appendDecimal(value.as<Decimal>()->unscaled, type.scale()); break;
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar: appendText(*value.as<std::string>()); break;
    case TypeKind::kBinary: appendBinary(*value.as<std::string>()); break;
    case TypeKind::kDate: appendDate(*value.as<int32_t>()); break;
    case TypeKind::kTimestamp: appendTimestamp(*value.as<int64_t>()); break;
    case TypeKind::kTimestampNtz: appendTimestampNtz(*value.as<int64_t>()); break;
    case TypeKind::kVariant: {
      const Row& parts = *value.as<Row>();
      return appendVariant(*parts[0].as<std::string>(), *parts[1].as<std::string>());
    }
    case TypeKind::kArray: {
      std::vector<size_t> begins;
      for (const Datum& element : *value.as<Row>()) {
        begins.push_back(position());
        SPATE_RETURN_IF_ERROR(append(element, type.elementType()));
      }
      finishArray(begin, begins);
      break;
    }
    case TypeKind::kMap: {
      const MapValue& map = *value.as<MapValue>();
      std::vector<Field> fields;
      for (size_t i = 0; i < map.keys.size(); ++i) {
        const auto* key = map.keys[i].as<std::string>();
        if (key == nullptr) return malformedVariant();
        fields.push_back(startField(*key));
        SPATE_RETURN_IF_ERROR(append(map.values[i], type.valueType()));
      }
      return finishObject(begin, std::move(fields));
    }
    case TypeKind::kStruct: {
      const Row& row = *value.as<Row>();
      std::vector<Field> fields;
      for (size_t i = 0; i < row.size(); ++i) {
        fields.push_back(startField(type.fields()[i].name));
        SPATE_RETURN_IF_ERROR(append(row[i], type.fields()[i].type));
      }
      return finishObject(begin, std::move(fields));
    }
    default: return Status::unsupported("a variant that holds a value of type " + type.sql());
  }
  return Status::OK();
}

VariantBytes VariantBuilder::finish() && {
  VariantBytes variant{std::move(bytes_), {}};
  size_t size = 0;
  for (const std::string& name : names_) size += name.size();
  const int width = widthOf(std::max(size, names_.size()));
  std::string& out = variant.metadata;
  out += static_cast<char>(1 | (width - 1) << 6);
  putNumber(names_.size(), width, out);
  size_t at = 0;
  putNumber(at, width, out);
  for (const std::string& name : names_) putNumber(at += name.size(), width, out);
  for (const std::string& name : names_) out += name;
  return variant;
}

}  // namespace spate
