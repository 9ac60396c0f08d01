#include "spate/types/Cast.h"

#include <arrow/array/array_nested.h>
#include <arrow/array/util.h>
#include <arrow/buffer.h>
#include <arrow/datum.h>
#include <arrow/scalar.h>
#include <arrow/type.h>
#include <arrow/util/bitmap_ops.h>
#include <arrow/util/checked_cast.h>

#include <utility>

#include "spate/types/ArrowTypes.h"
#include "spate/types/CastKernels.h"
#include "spate/types/Columns.h"

namespace spate {
namespace {

using Kind = TypeKind;
using arrow::internal::checked_cast;

bool isInterval(const DataType& type) {
  return type.is(Kind::kDayTimeInterval) || type.is(Kind::kYearMonthInterval);
}

bool isDatetime(const DataType& type) {
  return type.is(Kind::kDate) || type.is(Kind::kTimestamp) || type.is(Kind::kTimestampNtz);
}

bool canCastNested(const DataType& from, const DataType& to, bool ansi) {
  if (from.kind() != to.kind()) return false;
  if (from.is(Kind::kArray)) {
    return canCast(from.elementType(), to.elementType(), ansi) &&
           (!from.containsNull() || to.containsNull());
  }
  if (from.is(Kind::kMap)) {
    return canCast(from.keyType(), to.keyType(), ansi) &&
           canCast(from.valueType(), to.valueType(), ansi) &&
           (!from.valueContainsNull() || to.valueContainsNull());
  }
  if (from.fields().size() != to.fields().size()) return false;
  for (size_t i = 0; i < from.fields().size(); ++i) {
    const StructField& a = from.fields()[i];
    const StructField& b = to.fields()[i];
    if (!canCast(a.type, b.type, ansi) || (a.nullable && !b.nullable)) return false;
  }
  return true;
}

/// "\"INT\"".
std::string typeText(const DataType& type) { return "\"" + type.sql() + "\""; }

std::string functionsInstead(const DataType& from, const DataType& to) {
  if (from.isNumeric() && to.is(Kind::kTimestamp)) {
    return "`TIMESTAMP_SECONDS`/`TIMESTAMP_MILLIS`/`TIMESTAMP_MICROS`";
  }
  if (from.is(Kind::kTimestamp) && to.isNumeric()) {
    return "`UNIX_SECONDS`/`UNIX_MILLIS`/`UNIX_MICROS`";
  }
  if (from.isNumeric() && to.is(Kind::kDate)) return "`DATE_FROM_UNIX_DATE`";
  if (from.is(Kind::kDate) && to.isNumeric()) return "`UNIX_DATE`";
  return {};
}

Result<ArrayPtr> castArray(const ArrayPtr& value, const CastContext& context);

/// The values of the lists or maps that the array shows, with offsets that begin at 0.
struct ShownValues {
  std::shared_ptr<arrow::Buffer> offsets;
  std::shared_ptr<arrow::Buffer> validity;
  int64_t first = 0;
  int64_t count = 0;
};

Result<ShownValues> shownValues(const arrow::ArrayData& list) {
  ShownValues shown;
  const auto* offsets = list.GetValues<int32_t>(1);
  shown.first = list.length > 0 ? offsets[0] : 0;
  shown.count = list.length > 0 ? offsets[list.length] - shown.first : 0;
  SPATE_ASSIGN_OR_FAIL(shown.offsets, allocateValues((list.length + 1) * 4));
  auto* rebased = reinterpret_cast<int32_t*>(shown.offsets->mutable_data());
  rebased[0] = 0;
  for (int64_t i = 1; i <= list.length; ++i) {
    rebased[i] = static_cast<int32_t>(offsets[i] - shown.first);
  }
  if (list.GetNullCount() > 0) {
    SPATE_ASSIGN_OR_FAIL_ARROW(
        shown.validity,
        arrow::internal::CopyBitmap(arrow::default_memory_pool(), list.buffers[0]->data(),
                                    list.offset, list.length));
  }
  return shown;
}

Result<ArrayPtr> castPart(const ArrayPtr& value, const CastContext& context, const DataType& from,
                          const DataType& to) {
  if (from == to) return value;
  return castArray(value, CastContext{context.policy, context.zone, from, to});
}

Result<ArrayPtr> castNested(const ArrayPtr& value, const CastContext& context) {
  const DataType& from = context.from;
  const DataType& to = context.to;
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(to));
  if (from.is(Kind::kStruct)) {
    // Flattened, the fields of a null struct are null: nothing hidden is cast.
    SPATE_ASSIGN_OR_FAIL_ARROW(auto fields,
                               checked_cast<const arrow::StructArray&>(*value).Flatten());
    std::vector<std::shared_ptr<arrow::ArrayData>> children;
    for (size_t i = 0; i < fields.size(); ++i) {
      SPATE_ASSIGN_OR_FAIL(const auto field, castPart(fields[i], context, from.fields()[i].type,
                                                      to.fields()[i].type));
      children.push_back(field->data());
    }
    const arrow::Datum self[] = {arrow::Datum(value)};
    SPATE_ASSIGN_OR_FAIL(Validity validity, commonValidity(self, value->length()));
    return arrow::MakeArray(arrow::ArrayData::Make(
        type, value->length(), {std::move(validity.bitmap)}, std::move(children)));
  }
  SPATE_ASSIGN_OR_FAIL(ShownValues shown, shownValues(*value->data()));
  std::shared_ptr<arrow::ArrayData> child;
  if (from.is(Kind::kArray)) {
    const auto values = checked_cast<const arrow::ListArray&>(*value).values();
    SPATE_ASSIGN_OR_FAIL(const auto elements,
                         castPart(values->Slice(shown.first, shown.count), context,
                                  from.elementType(), to.elementType()));
    child = elements->data();
  } else {
    const auto& map = checked_cast<const arrow::MapArray&>(*value);
    SPATE_ASSIGN_OR_FAIL(const auto keys, castPart(map.keys()->Slice(shown.first, shown.count),
                                                   context, from.keyType(), to.keyType()));
    SPATE_ASSIGN_OR_FAIL(const auto items, castPart(map.items()->Slice(shown.first, shown.count),
                                                    context, from.valueType(), to.valueType()));
    child = arrow::ArrayData::Make(checked_cast<const arrow::MapType&>(*type).value_type(),
                                   shown.count, {nullptr}, {keys->data(), items->data()}, 0);
  }
  return arrow::MakeArray(
      arrow::ArrayData::Make(type, value->length(), {shown.validity, shown.offsets}, {child}));
}

/// Integers as the bytes of big-endian two's complement (legacy casts only).
template <class T>
Result<ArrayPtr> integerToBinary(const ArrayPtr& value) {
  const arrow::Datum arguments[] = {arrow::Datum(value)};
  SPATE_ASSIGN_OR_FAIL(
      const auto result,
      mapToText<T>(arrow::binary(), arguments, value->length(), [](T number, std::string& out) {
        for (int shift = (sizeof(T) - 1) * 8; shift >= 0; shift -= 8)
          out += static_cast<char>(number >> shift);
        return true;
      }));
  return result.make_array();
}

Result<ArrayPtr> castToBinary(const ArrayPtr& value, const DataType& from) {
  switch (from.kind()) {
    case Kind::kByte: return integerToBinary<int8_t>(value);
    case Kind::kShort: return integerToBinary<int16_t>(value);
    case Kind::kInteger: return integerToBinary<int32_t>(value);
    case Kind::kLong: return integerToBinary<int64_t>(value);
    default: break;
  }
  auto data = value->data()->Copy();
  data->type = arrow::binary();
  return arrow::MakeArray(std::move(data));
}

/// What a variant can hold, or be read as: no intervals, and objects only to be read.
bool isVariantPart(const DataType& type, bool objects) {
  switch (type.kind()) {
    case Kind::kNull:
    case Kind::kDayTimeInterval:
    case Kind::kYearMonthInterval:
    case Kind::kCalendarInterval: return false;
    case Kind::kArray: return isVariantPart(type.elementType(), objects);
    case Kind::kMap:
      return objects && type.keyType().isText() && isVariantPart(type.valueType(), objects);
    case Kind::kStruct:
      for (const StructField& field : type.fields())
        if (!isVariantPart(field.type, objects)) return false;
      return objects;
    default: return true;
  }
}

Result<ArrayPtr> castArray(const ArrayPtr& value, const CastContext& context) {
  const DataType& from = context.from;
  const DataType& to = context.to;
  if (from == to || (from.isText() && to.isText())) return value;
  if (from.is(Kind::kNull)) {
    SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(to));
    SPATE_ASSIGN_OR_FAIL_ARROW(auto nulls, arrow::MakeArrayOfNull(type, value->length()));
    return nulls;
  }
  if (to.is(Kind::kVariant)) return castToVariant(value, context);
  if (from.is(Kind::kVariant)) return castFromVariant(value, context);
  if (to.isText()) return castToText(value, context);
  if (to.is(Kind::kBinary)) return castToBinary(value, from);
  if (from.isText()) return castFromText(value, context);
  if (from.isNested()) return castNested(value, context);
  const auto isNumber = [](const DataType& t) { return t.isNumeric() || t.is(Kind::kBoolean); };
  if (isNumber(from) && isNumber(to)) return castNumber(value, context);
  const bool timeToDate = !isNumber(from) || to.is(Kind::kTimestamp) || isInterval(to);
  if (timeToDate && !(from.is(Kind::kDate) && isNumber(to))) return castTime(value, context);
  // Legacy casts between numbers and dates give null.
  SPATE_ASSIGN_OR_FAIL(const auto type, toArrowType(to));
  SPATE_ASSIGN_OR_FAIL_ARROW(auto nulls, arrow::MakeArrayOfNull(type, value->length()));
  return nulls;
}

}  // namespace

bool canCast(const DataType& from, const DataType& to, bool ansi) {
  if (from == to || from.is(Kind::kNull)) return true;
  if (to.is(Kind::kVariant)) return isVariantPart(from, false);
  if (from.is(Kind::kVariant)) return isVariantPart(to, true);
  if (to.is(Kind::kNull)) return false;
  if (to.isText()) return true;
  if (from.isNested() || to.isNested()) return canCastNested(from, to, ansi);
  if (to.is(Kind::kBinary)) return from.isText() || (from.isIntegral() && !ansi);
  if (from.is(Kind::kBinary)) return false;
  if (from.isText()) return true;
  if (to.is(Kind::kCalendarInterval) || from.is(Kind::kCalendarInterval)) return false;
  if (isDatetime(from) && isDatetime(to)) return true;
  if (isInterval(from) || isInterval(to)) {
    if (from.kind() == to.kind()) return true;
    if (isInterval(from)) {
      return from.startUnit() == from.endUnit() && (to.isIntegral() || to.is(Kind::kDecimal));
    }
    return to.startUnit() == to.endUnit() && from.isIntegral();
  }
  const bool fromNumber = from.isNumeric();
  const bool toNumber = to.isNumeric();
  if ((fromNumber || from.is(Kind::kBoolean)) && (toNumber || to.is(Kind::kBoolean))) return true;
  if (fromNumber && to.is(Kind::kTimestamp)) return true;
  if (from.is(Kind::kTimestamp) && toNumber) return true;
  if (ansi) return false;
  if (from.is(Kind::kBoolean)) return to.is(Kind::kTimestamp);
  if (to.is(Kind::kBoolean)) return from.is(Kind::kTimestamp) || from.is(Kind::kDate);
  return from.is(Kind::kDate) && toNumber;
}

Status castMismatch(const DataType& from, const DataType& to, CastPolicy policy,
                    std::string_view expression) {
  const std::string sqlExpr = "\"" + std::string(expression) + "\"";
  const std::string lead = "Cannot resolve " + sqlExpr +
                           " due to data type mismatch: cannot cast " + typeText(from) + " to " +
                           typeText(to);
  std::map<std::string, std::string> parameters = {
      {"sqlExpr", sqlExpr}, {"srcType", typeText(from)}, {"targetType", typeText(to)}};
  const std::string functions =
      policy == CastPolicy::kLegacy ? std::string() : functionsInstead(from, to);
  if (!functions.empty()) {
    parameters["functionNames"] = functions;
    return Status::invalidArgument(lead + ".\nTo convert values from " + typeText(from) + " to " +
                                   typeText(to) + ", you can use the functions " + functions +
                                   " instead.")
        .withErrorClass("DATATYPE_MISMATCH.CAST_WITH_FUNC_SUGGESTION", "42K09",
                        std::move(parameters));
  }
  if (policy == CastPolicy::kAnsi && canCast(from, to, false)) {
    parameters["config"] = "\"spark.sql.ansi.enabled\"";
    parameters["configVal"] = "'false'";
    return Status::invalidArgument(lead + " with ANSI mode on.\nIf you have to cast " +
                                   typeText(from) + " to " + typeText(to) +
                                   ", you can set \"spark.sql.ansi.enabled\" as 'false'.")
        .withErrorClass("DATATYPE_MISMATCH.CAST_WITH_CONF_SUGGESTION", "42K09",
                        std::move(parameters));
  }
  return Status::invalidArgument(lead + ".")
      .withErrorClass("DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION", "42K09", std::move(parameters));
}

Status castInvalidInput(std::string_view value, const DataType& from, const DataType& to) {
  return Status::invalidArgument(
             "The value " + std::string(value) + " of the type " + typeText(from) +
             " cannot be cast to " + typeText(to) +
             " because it is malformed. Correct the value as per the syntax, or change its target "
             "type. Use `try_cast` to tolerate malformed input and return NULL instead.")
      .withErrorClass("CAST_INVALID_INPUT", "22018",
                      {{"expression", std::string(value)},
                       {"sourceType", typeText(from)},
                       {"targetType", typeText(to)}});
}

Status castOverflow(std::string_view value, const DataType& from, const DataType& to) {
  return Status::invalidArgument("The value " + std::string(value) + " of the type " +
                                 typeText(from) + " cannot be cast to " + typeText(to) +
                                 " due to an overflow. Use `try_cast` to tolerate overflow and "
                                 "return NULL instead.")
      .withErrorClass("CAST_OVERFLOW", "22003",
                      {{"value", std::string(value)},
                       {"sourceType", typeText(from)},
                       {"targetType", typeText(to)}});
}

Result<arrow::Datum> castColumn(const arrow::Datum& value, const DataType& from, const DataType& to,
                                CastPolicy policy, std::string_view timeZone) {
  if (from == to) return value;
  if (!canCast(from, to, policy != CastPolicy::kLegacy)) {
    return failure(castMismatch(from, to, policy, "CAST(" + from.sql() + " AS " + to.sql() + ")"));
  }
  SPATE_ASSIGN_OR_FAIL(auto zone, TimeZone::make(timeZone));
  const CastContext context{policy, std::move(zone), from, to};
  if (value.is_array()) {
    SPATE_ASSIGN_OR_FAIL(auto result, castArray(value.make_array(), context));
    return arrow::Datum(std::move(result));
  }
  SPATE_ASSIGN_OR_FAIL_ARROW(const auto one, arrow::MakeArrayFromScalar(*value.scalar(), 1));
  SPATE_ASSIGN_OR_FAIL(const auto result, castArray(one, context));
  SPATE_ASSIGN_OR_FAIL_ARROW(auto scalar, result->GetScalar(0));
  return arrow::Datum(std::move(scalar));
}

}  // namespace spate
