#pragma once

#include <arrow/type_fwd.h>

#include <cstdint>

#include "spate/types/DataType.h"

namespace spate {

/// Whether Spark orders values of the type: all but maps, INTERVAL and what contains them.
bool isOrderable(const DataType& type);
/// Whether Spark compares values of the type for equality: all but maps and what contains them.
bool isComparable(const DataType& type);

/// Spark's order of doubles: NaN is equal to itself and above all, -0.0 is 0.0.
template <class T>
int compareFloats(T a, T b) {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a == b) return 0;
  return static_cast<int>(a != a) - static_cast<int>(b != b);
}

/// Below, equal to or above 0, as value i of `a` stands to value j of `b`, both of the type.
/// Neither value may be null; nulls inside of them come first.
int compareValues(const arrow::Array& a, int64_t i, const arrow::Array& b, int64_t j,
                  const DataType& type);

}  // namespace spate
