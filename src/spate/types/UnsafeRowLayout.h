#pragma once

#include <cstddef>

#include "spate/types/DataType.h"

namespace spate {

/// Bytes of the bits that say which of `count` values are null.
constexpr size_t unsafeNullBytes(size_t count) { return (count + 63) / 64 * 8; }
constexpr size_t unsafePadded(size_t size) { return (size + 7) / 8 * 8; }

/// Precisions up to this one are kept as a long.
inline constexpr int kMaxLongDecimalPrecision = 18;

/// The bytes of an element inside an array; 8 for all that lie behind an offset.
inline size_t unsafeElementSize(const DataType& type) {
  switch (type.kind()) {
    case TypeKind::kBoolean:
    case TypeKind::kByte: return 1;
    case TypeKind::kShort: return 2;
    case TypeKind::kInteger:
    case TypeKind::kFloat:
    case TypeKind::kDate:
    case TypeKind::kYearMonthInterval: return 4;
    default: return 8;
  }
}

}  // namespace spate
