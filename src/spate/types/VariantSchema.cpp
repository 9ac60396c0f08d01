// The types of variants, and variants as values of a type.
#include <arrow/datum.h>
#include <arrow/scalar.h>

#include <algorithm>

#include "spate/types/ArrowValues.h"
#include "spate/types/Cast.h"
#include "spate/types/Variant.h"

namespace spate {
namespace {

constexpr int kMaxSchemaDepth = DataType::kMaxDepth;

DataType commonStruct(const DataType& a, const DataType& b) {
  std::vector<StructField> fields = a.fields();
  for (const StructField& field : b.fields()) {
    const auto same = std::ranges::find(fields, field.name, &StructField::name);
    if (same == fields.end()) {
      fields.push_back(field);
    } else {
      same->type = commonVariantType(same->type, field.type);
    }
  }
  std::ranges::sort(fields, {}, &StructField::name);
  return DataType::structOf(std::move(fields));
}

/// The value as the type through Spark's casts; empty: there is none.
Result<std::optional<Datum>> castScalar(const VariantView::Scalar& scalar, const DataType& type,
                                        const std::string& timeZone) {
  if (scalar.type == type) return std::optional<Datum>(scalar.value);
  if (!canCast(scalar.type, type, true)) return std::optional<Datum>();
  SPATE_ASSIGN_OR_FAIL(const auto given, scalarOf(scalar.value, scalar.type));
  SPATE_ASSIGN_OR_FAIL(const auto cast, castColumn(arrow::Datum(given), scalar.type, type,
                                                   CastPolicy::kTry, timeZone));
  Datum value = valueOf(*cast.scalar(), type);
  if (value.isNull()) return std::optional<Datum>();
  return std::optional<Datum>(std::move(value));
}

}  // namespace

DataType commonVariantType(const DataType& a, const DataType& b) {
  if (a == b || b.is(TypeKind::kNull)) return a;
  if (a.is(TypeKind::kNull)) return b;
  if (a.is(TypeKind::kStruct) && b.is(TypeKind::kStruct)) return commonStruct(a, b);
  if (a.is(TypeKind::kArray) && b.is(TypeKind::kArray))
    return DataType::arrayOf(commonVariantType(a.elementType(), b.elementType()));
  const auto isNumber = [](const DataType& type) {
    return type.is(TypeKind::kLong) || type.is(TypeKind::kDecimal) || type.is(TypeKind::kDouble);
  };
  if (!isNumber(a) || !isNumber(b)) return DataType::variantType();
  if (a.is(TypeKind::kDouble) || b.is(TypeKind::kDouble)) return DataType::doubleType();
  const auto asDecimal = [](const DataType& type) {
    return type.is(TypeKind::kLong) ? DataType::decimalType(20, 0) : type;
  };
  const DataType left = asDecimal(a);
  const DataType right = asDecimal(b);
  const int scale = std::max(left.scale(), right.scale());
  const int range = std::max(left.precision() - left.scale(), right.precision() - right.scale());
  if (range + scale > DataType::kMaxDecimalPrecision) return DataType::doubleType();
  return DataType::decimalType(range + scale, scale);
}

Result<DataType> VariantView::schema(int depth) const {
  if (depth > kMaxSchemaDepth) return failure(malformedVariant());
  SPATE_ASSIGN_OR_FAIL(const Kind what, kind());
  if (what == Kind::kNull) return DataType::nullType();
  if (what == Kind::kArray) {
    DataType element;
    SPATE_ASSIGN_OR_FAIL(const auto parts, elements());
    for (const std::string_view part : parts) {
      SPATE_ASSIGN_OR_FAIL(const DataType each, inside(part).schema(depth + 1));
      element = commonVariantType(element, each);
    }
    return DataType::arrayOf(std::move(element));
  }
  if (what == Kind::kObject) {
    std::vector<StructField> types;
    SPATE_ASSIGN_OR_FAIL(const auto parts, fields());
    for (const Field& part : parts) {
      SPATE_ASSIGN_OR_FAIL(DataType each, inside(part.value).schema(depth + 1));
      types.push_back({std::string(part.name), std::move(each)});
    }
    return DataType::structOf(std::move(types));
  }
  SPATE_ASSIGN_OR_FAIL(Scalar value, scalar());
  return value.type;
}

std::string variantSchemaText(const DataType& type) {
  if (type.is(TypeKind::kArray)) return "ARRAY<" + variantSchemaText(type.elementType()) + ">";
  if (!type.is(TypeKind::kStruct)) return type.sql();
  std::string text;
  for (const StructField& field : type.fields()) {
    text += (text.empty() ? "" : ", ") + quoteIdentifierIfNeeded(field.name) + ": " +
            variantSchemaText(field.type);
  }
  return "OBJECT<" + text + ">";
}

Result<std::optional<Datum>> castVariant(const VariantView& variant, const DataType& type,
                                         const std::string& timeZone, int depth) {
  using Kind = VariantView::Kind;
  if (depth > kMaxSchemaDepth) return failure(malformedVariant());
  SPATE_ASSIGN_OR_FAIL(const Kind kind, variant.kind());
  if (type.is(TypeKind::kVariant)) {
    VariantBuilder builder;
    SPATE_FAIL_IF_ERROR(builder.appendVariant(variant.value(), variant.metadata()));
    VariantBytes bytes = std::move(builder).finish();
    return std::optional<Datum>(
        Row{Datum(std::move(bytes.value)), Datum(std::move(bytes.metadata))});
  }
  if (kind == Kind::kNull) return std::optional<Datum>(Datum());
  const bool isScalar = kind == Kind::kScalar || kind == Kind::kBoolean;
  if (isScalar) {
    if (type.isNested()) return std::optional<Datum>();
    SPATE_ASSIGN_OR_FAIL(const auto scalar, variant.scalar());
    return castScalar(scalar, type, timeZone);
  }
  if (type.isText()) {
    SPATE_ASSIGN_OR_FAIL(const auto zone, TimeZone::make(timeZone));
    std::string text;
    SPATE_FAIL_IF_ERROR(variant.appendJson(*zone, text));
    return std::optional<Datum>(Datum(std::move(text)));
  }
  if (kind == Kind::kArray) {
    if (!type.is(TypeKind::kArray)) return std::optional<Datum>();
    SPATE_ASSIGN_OR_FAIL(const auto elements, variant.elements());
    Row row;
    for (const std::string_view element : elements) {
      SPATE_ASSIGN_OR_FAIL(auto value, castVariant(variant.inside(element), type.elementType(),
                                                   timeZone, depth + 1));
      if (!value) return std::optional<Datum>();
      row.push_back(*std::move(value));
    }
    return std::optional<Datum>(Datum(std::move(row)));
  }
  SPATE_ASSIGN_OR_FAIL(const auto fields, variant.fields());
  if (type.is(TypeKind::kMap) && type.keyType().isText()) {
    MapValue map;
    for (const auto& field : fields) {
      SPATE_ASSIGN_OR_FAIL(auto value, castVariant(variant.inside(field.value), type.valueType(),
                                                   timeZone, depth + 1));
      if (!value) return std::optional<Datum>();
      map.keys.emplace_back(field.name);
      map.values.push_back(*std::move(value));
    }
    return std::optional<Datum>(Datum(std::move(map)));
  }
  if (!type.is(TypeKind::kStruct)) return std::optional<Datum>();
  Row row(type.fields().size());
  for (size_t i = 0; i < row.size(); ++i) {
    const auto field = std::ranges::find(fields, std::string_view(type.fields()[i].name),
                                         &VariantView::Field::name);
    if (field == fields.end()) continue;
    SPATE_ASSIGN_OR_FAIL(auto value, castVariant(variant.inside(field->value),
                                                 type.fields()[i].type, timeZone, depth + 1));
    if (!value) return std::optional<Datum>();
    row[i] = *std::move(value);
  }
  return std::optional<Datum>(Datum(std::move(row)));
}

}  // namespace spate
