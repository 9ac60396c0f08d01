#pragma once

#include <arrow/type_fwd.h>

#include <memory>
#include <string>
#include <string_view>

#include "spate/types/Cast.h"
#include "spate/types/TimeZone.h"

/// The casts between the kinds of types, for Cast.cpp: each takes an array and gives one of
/// toArrowType(to). Threads: pure functions.
namespace spate {

/// What is the same for all values of a cast.
struct CastContext {
  CastPolicy policy;
  std::shared_ptr<const TimeZone> zone;
  const DataType& from;
  const DataType& to;

  bool fails() const { return policy == CastPolicy::kAnsi; }
  bool wraps() const { return policy == CastPolicy::kLegacy; }
};

using ArrayPtr = std::shared_ptr<arrow::Array>;

/// CAST_INVALID_INPUT and CAST_OVERFLOW; the value as it stands in SQL.
Status castInvalidInput(std::string_view value, const DataType& from, const DataType& to);
Status castOverflow(std::string_view value, const DataType& from, const DataType& to);

/// Numbers and booleans among each other.
Result<ArrayPtr> castNumber(const ArrayPtr& value, const CastContext& context);
/// A text to anything but a text.
Result<ArrayPtr> castFromText(const ArrayPtr& value, const CastContext& context);
/// Anything to a text.
Result<ArrayPtr> castToText(const ArrayPtr& value, const CastContext& context);
/// Anything to a variant, and a variant to anything (INVALID_VARIANT_CAST).
Result<ArrayPtr> castToVariant(const ArrayPtr& value, const CastContext& context);
Result<ArrayPtr> castFromVariant(const ArrayPtr& value, const CastContext& context);
/// Dates, timestamps and intervals among each other, and from and to numbers.
Result<ArrayPtr> castTime(const ArrayPtr& value, const CastContext& context);

}  // namespace spate
