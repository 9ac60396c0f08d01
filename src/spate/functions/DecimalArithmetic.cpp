#include "spate/functions/DecimalArithmetic.h"

#include <arrow/util/decimal.h>

#include <algorithm>
#include <optional>

#include "spate/types/CastText.h"

namespace spate {
namespace {

using Wide = arrow::Decimal256;

Wide widen(Int128 value) {
  return Wide(arrow::Decimal128(static_cast<int64_t>(value >> 64), static_cast<uint64_t>(value)));
}

bool fits(Int128 value, int precision) {
  const Int128 limit = powerOfTen(precision);
  return value < limit && value > -limit;
}

/// Back to 128 bits when the value has no more digits than the precision.
bool narrow(const Wide& value, int precision, Int128& result) {
  if (!value.FitsInPrecision(precision)) return false;
  const auto& words = value.little_endian_array();
  result = static_cast<Int128>((static_cast<UInt128>(words[1]) << 64) | words[0]);
  return true;
}

Wide scaled(const Wide& value, int places) {
  if (places == 0) return value;
  if (places > 0) return Wide(value.IncreaseScaleBy(places));
  return Wide(value.ReduceScaleBy(-places, true));
}

/// a / b, rounded HALF_UP.
Wide dividedWide(const Wide& a, const Wide& b) {
  arrow::BasicDecimal256 quotient;
  arrow::BasicDecimal256 rest;
  (void)static_cast<const arrow::BasicDecimal256&>(a).Divide(b, &quotient, &rest);
  arrow::BasicDecimal256 twice = arrow::BasicDecimal256::Abs(rest);
  twice += arrow::BasicDecimal256::Abs(rest);
  if (twice >= arrow::BasicDecimal256::Abs(b)) {
    quotient += arrow::BasicDecimal256(a.IsNegative() == b.IsNegative() ? 1 : -1);
  }
  return Wide(quotient);
}

/// The value at another scale, where 128 bits are enough for it.
std::optional<Int128> shifted(Int128 value, int places) {
  Int128 result = 0;
  if (places > 38 || __builtin_mul_overflow(value, powerOfTen(places), &result)) {
    return std::nullopt;
  }
  return result;
}

Int128 roundedDown(Int128 value, int places) {
  if (places > 38) return 0;
  const Int128 divisor = powerOfTen(places);
  const Int128 quotient = value / divisor;
  const Int128 rest = value < 0 ? -(value % divisor) : value % divisor;
  if (rest < divisor - rest) return quotient;
  return quotient + (value < 0 ? -1 : 1);
}

bool wideResult(const DecimalArithmetic& how, Int128 left, Int128 right, Int128& result) {
  const Wide a = widen(left);
  const Wide b = widen(right);
  const int common = std::max(how.leftScale, how.rightScale);
  switch (how.op) {
    case DecimalOperator::kMultiply:
      return narrow(scaled(a * b, how.scale - how.leftScale - how.rightScale), how.precision,
                    result);
    case DecimalOperator::kDivide: {
      const int places = how.scale + how.rightScale - how.leftScale;
      const Wide dividend = places >= 0 ? scaled(a, places) : a;
      const Wide divisor = places >= 0 ? b : scaled(b, -places);
      return narrow(dividedWide(dividend, divisor), how.precision, result);
    }
    default: break;
  }
  const Wide x = scaled(a, common - how.leftScale);
  const Wide y = scaled(b, common - how.rightScale);
  arrow::BasicDecimal256 quotient;
  arrow::BasicDecimal256 rest;
  switch (how.op) {
    case DecimalOperator::kAdd:
      return narrow(scaled(x + y, how.scale - common), how.precision, result);
    case DecimalOperator::kSubtract:
      return narrow(scaled(Wide(x + Wide(-y)), how.scale - common), how.precision, result);
    case DecimalOperator::kRemainder:
      (void)static_cast<const arrow::BasicDecimal256&>(x).Divide(y, &quotient, &rest);
      return narrow(scaled(Wide(rest), how.scale - common), how.precision, result);
    default:
      (void)static_cast<const arrow::BasicDecimal256&>(x).Divide(y, &quotient, &rest);
      return narrow(Wide(quotient), how.precision, result);
  }
}

}  // namespace

bool DecimalArithmetic::operator()(Int128 a, Int128 b, Int128& result) const {
  const int common = std::max(leftScale, rightScale);
  if (op == DecimalOperator::kMultiply) {
    Int128 product = 0;
    const int places = leftScale + rightScale - scale;
    if (places >= 0 && !__builtin_mul_overflow(a, b, &product)) {
      result = places == 0 ? product : roundedDown(product, places);
      return fits(result, precision);
    }
    return wideResult(*this, a, b, result);
  }
  if (op == DecimalOperator::kDivide) {
    const int places = scale + rightScale - leftScale;
    const auto dividend = places >= 0 ? shifted(a, places) : std::nullopt;
    if (!dividend) return wideResult(*this, a, b, result);
    result = *dividend / b;
    const Int128 rest = *dividend % b;
    const Int128 size = rest < 0 ? -rest : rest;
    const Int128 divisor = b < 0 ? -b : b;
    if (size >= divisor - size) result += (*dividend < 0) == (b < 0) ? 1 : -1;
    return fits(result, precision);
  }
  const auto x = shifted(a, common - leftScale);
  const auto y = shifted(b, common - rightScale);
  if (!x || !y) return wideResult(*this, a, b, result);
  Int128 exact = 0;
  switch (op) {
    case DecimalOperator::kAdd:
      if (__builtin_add_overflow(*x, *y, &exact)) return wideResult(*this, a, b, result);
      break;
    case DecimalOperator::kSubtract:
      if (__builtin_sub_overflow(*x, *y, &exact)) return wideResult(*this, a, b, result);
      break;
    case DecimalOperator::kQuotient: result = *x / *y; return fits(result, precision);
    default: exact = *x % *y; break;
  }
  result = scale == common ? exact : roundedDown(exact, common - scale);
  return fits(result, precision);
}

}  // namespace spate
