#pragma once

#include <cstdint>

#include "spate/types/Int128.h"

namespace spate {

enum class DecimalOperator : uint8_t { kAdd, kSubtract, kMultiply, kDivide, kRemainder, kQuotient };

/// Decimal arithmetic for fixed scales: a (op) b, rounded HALF_UP to the scale of the result.
/// kQuotient is DIV: cut to a whole number, of scale 0.
struct DecimalArithmetic {
  DecimalOperator op;
  int leftScale;
  int rightScale;
  int precision;
  int scale;

  /// False: more digits than the precision. b must not be zero where it divides.
  bool operator()(Int128 a, Int128 b, Int128& result) const;
};

}  // namespace spate
