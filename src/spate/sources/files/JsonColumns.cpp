#include "spate/sources/files/JsonColumns.h"

#include <arrow/array/array_base.h>
#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_nested.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <arrow/util/base64.h>

#include <limits>

#include "spate/types/ArrowStatus.h"
#include "spate/types/ArrowTypes.h"

namespace spate {
namespace {

using Kind = JsonValue::Kind;

/// Records mostly have their fields in the same order: the next field is tried first.
size_t fieldIndex(const std::vector<StructField>& fields, std::string_view name, size_t hint) {
  if (hint < fields.size() && fields[hint].name == name) return hint;
  for (size_t i = 0; i < fields.size(); ++i)
    if (fields[i].name == name) return i;
  return fields.size();
}

std::optional<double> specialNumber(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "+INF" || text == "+Infinity" || text == "Infinity")
    return std::numeric_limits<double>::infinity();
  if (text == "-INF" || text == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

template <class Builder, class T>
bool appendTo(arrow::ArrayBuilder& builder, const T& value) {
  return static_cast<Builder&>(builder).Append(value).ok();
}

}  // namespace

JsonColumns::JsonColumns(const JsonOptions& options, DataType schema)
    : options_(options), scanner_(options_), schema_(std::move(schema)) {}

Status JsonColumns::init() {
  SPATE_ASSIGN_OR_RETURN(const auto schema, toArrowSchema(schema_));
  for (const auto& field : schema->fields()) {
    std::unique_ptr<arrow::ArrayBuilder> builder;
    const arrow::Status made =
        arrow::MakeBuilder(arrow::default_memory_pool(), field->type(), &builder);
    if (!made.ok()) return fromArrow(made);
    builders_.push_back(std::move(builder));
  }
  return Status::OK();
}

bool JsonColumns::scan(std::string_view& text) {
  found_.assign(schema_.fields().size(), JsonValue());
  size_t hint = 0;
  return scanner_.takeObject(text, [&](std::string_view name, const JsonValue& value) {
    const size_t index = fieldIndex(schema_.fields(), name, hint);
    if (index == found_.size()) return;
    found_[index] = value;
    hint = index + 1;
  });
}

JsonColumns::Outcome JsonColumns::append(size_t except) {
  isPartial_ = false;
  for (size_t i = 0; i < builders_.size(); ++i)
    if (i != except) convertOrNull(found_[i], schema_.fields()[i].type, *builders_[i]);
  return isPartial_ ? Outcome::kPartial : Outcome::kGood;
}

Status JsonColumns::appendNulls(size_t except) {
  for (size_t i = 0; i < builders_.size(); ++i) {
    if (i == except) continue;
    const arrow::Status status = builders_[i]->AppendNull();
    if (!status.ok()) return fromArrow(status);
  }
  return Status::OK();
}

Status JsonColumns::takeBack(size_t except) {
  for (size_t i = 0; i < builders_.size(); ++i) {
    if (i == except) continue;
    const auto array = builders_[i]->Finish();
    if (!array.ok()) return fromArrow(array.status());
    const arrow::Status status =
        builders_[i]->AppendArraySlice(*(*array)->data(), 0, (*array)->length() - 1);
    if (!status.ok()) return fromArrow(status);
  }
  return Status::OK();
}

arrow::Result<std::vector<std::shared_ptr<arrow::Array>>> JsonColumns::finish() {
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (const auto& builder : builders_) {
    ARROW_ASSIGN_OR_RAISE(auto array, builder->Finish());
    arrays.push_back(std::move(array));
  }
  return arrays;
}

void JsonColumns::convertOrNull(const JsonValue& value, const DataType& type,
                                arrow::ArrayBuilder& builder) {
  const bool isNull = value.kind == Kind::kMissing || value.kind == Kind::kNull;
  if (!isNull && convert(value, type, builder)) return;
  isPartial_ = isPartial_ || !isNull;
  // Out of memory only, and then finish() says so.
  static_cast<void>(builder.AppendNull());
}

bool JsonColumns::convertString(const JsonValue& value, arrow::ArrayBuilder& builder) {
  if (!value.hasEscapes) return appendTo<arrow::StringBuilder>(builder, value.text);
  scratch_.clear();
  return scanner_.unescape(value.text, scratch_) &&
         appendTo<arrow::StringBuilder>(builder, std::string_view(scratch_));
}

bool JsonColumns::convertText(std::string_view text, const DataType& type,
                              arrow::ArrayBuilder& builder) {
  switch (type.kind()) {
    case TypeKind::kFloat:
    case TypeKind::kDouble: {
      const auto special = specialNumber(text);
      if (!special) return false;
      return type.is(TypeKind::kDouble)
                 ? appendTo<arrow::DoubleBuilder>(builder, *special)
                 : appendTo<arrow::FloatBuilder>(builder, static_cast<float>(*special));
    }
    case TypeKind::kBinary: {
      const auto bytes = arrow::util::base64_decode(text);
      return bytes.ok() && appendTo<arrow::BinaryBuilder>(builder, *bytes);
    }
    case TypeKind::kDecimal:
    case TypeKind::kDate:
    case TypeKind::kTimestamp:
    case TypeKind::kTimestampNtz:
      return !text.empty() && options_.values->append(text, type, builder);
    default: return false;
  }
}

bool JsonColumns::convert(const JsonValue& value, const DataType& type,
                          arrow::ArrayBuilder& builder) {
  switch (type.kind()) {
    case TypeKind::kString:
    case TypeKind::kChar:
    case TypeKind::kVarchar:
      // What is no string becomes its own JSON text.
      return value.kind == Kind::kString ? convertString(value, builder)
                                         : appendTo<arrow::StringBuilder>(builder, value.text);
    case TypeKind::kBoolean:
      if (value.kind != Kind::kTrue && value.kind != Kind::kFalse) return false;
      return appendTo<arrow::BooleanBuilder>(builder, value.kind == Kind::kTrue);
    case TypeKind::kByte:
    case TypeKind::kShort:
    case TypeKind::kInteger:
    case TypeKind::kLong:
      return value.kind == Kind::kInteger && options_.values->append(value.text, type, builder);
    case TypeKind::kStruct: return convertStruct(value, type, builder);
    case TypeKind::kArray: return convertArray(value, type, builder);
    case TypeKind::kMap: return convertMap(value, type, builder);
    default: break;
  }
  if (value.kind == Kind::kString) {
    if (!value.hasEscapes) return convertText(value.text, type, builder);
    std::string text;
    return scanner_.unescape(value.text, text) && convertText(text, type, builder);
  }
  if (value.kind != Kind::kInteger && value.kind != Kind::kFloat) return false;
  switch (type.kind()) {
    case TypeKind::kFloat:
    case TypeKind::kDouble:
      if (specialNumber(value.text)) return convertText(value.text, type, builder);
      return options_.values->append(value.text, type, builder);
    case TypeKind::kDecimal: return options_.values->append(value.text, type, builder);
    case TypeKind::kTimestamp: {
      // Seconds, as CAST has it.
      const auto seconds = parseWholeNumber(value.text);
      constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / 1'000'000;
      if (value.kind != Kind::kInteger || !seconds || *seconds > kMost || *seconds < -kMost)
        return false;
      return appendTo<arrow::TimestampBuilder>(builder, *seconds * 1'000'000);
    }
    default: return false;
  }
}

bool JsonColumns::convertStruct(const JsonValue& value, const DataType& type,
                                arrow::ArrayBuilder& builder) {
  if (value.kind != Kind::kObject) return false;
  const std::vector<StructField>& fields = type.fields();
  std::vector<JsonValue> found(fields.size());
  size_t hint = 0;
  scanner_.eachField(value.text, [&](std::string_view name, const JsonValue& field) {
    const size_t index = fieldIndex(fields, name, hint);
    if (index < found.size()) {
      found[index] = field;
      hint = index + 1;
    }
    return true;
  });
  auto& structs = static_cast<arrow::StructBuilder&>(builder);
  if (!structs.Append().ok()) return false;
  for (size_t i = 0; i < fields.size(); ++i)
    convertOrNull(found[i], fields[i].type, *structs.field_builder(static_cast<int>(i)));
  return true;
}

bool JsonColumns::convertArray(const JsonValue& value, const DataType& type,
                               arrow::ArrayBuilder& builder) {
  if (value.kind != Kind::kArray) return false;
  auto& list = static_cast<arrow::ListBuilder&>(builder);
  if (!list.Append().ok()) return false;
  scanner_.eachElement(value.text, [&](const JsonValue& element) {
    convertOrNull(element, type.elementType(), *list.value_builder());
    return true;
  });
  return true;
}

bool JsonColumns::convertMap(const JsonValue& value, const DataType& type,
                             arrow::ArrayBuilder& builder) {
  if (value.kind != Kind::kObject || !type.keyType().isText()) return false;
  auto& map = static_cast<arrow::MapBuilder&>(builder);
  if (!map.Append().ok()) return false;
  scanner_.eachField(value.text, [&](std::string_view name, const JsonValue& item) {
    static_cast<void>(appendTo<arrow::StringBuilder>(*map.key_builder(), name));
    convertOrNull(item, type.valueType(), *map.item_builder());
    return true;
  });
  return true;
}

}  // namespace spate
