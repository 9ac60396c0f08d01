#include "spate/functions/XxHash64.h"

#include <xxhash.h>

#include <bit>
#include <cmath>
#include <limits>
#include <string>

namespace spate {
namespace {

template <class T>
int64_t hashOfNumber(T value, int64_t seed) {
  return static_cast<int64_t>(XXH64(&value, sizeof(value), static_cast<uint64_t>(seed)));
}

template <class T>
T oneOfItsKind(T value) {
  if (std::isnan(value)) return std::numeric_limits<T>::quiet_NaN();
  return value == 0 ? T{0} : value;
}

}  // namespace

int64_t xxHash64(std::string_view bytes, int64_t seed) {
  return static_cast<int64_t>(XXH64(bytes.data(), bytes.size(), static_cast<uint64_t>(seed)));
}
int64_t xxHash64(bool value, int64_t seed) { return hashOfNumber<int32_t>(value ? 1 : 0, seed); }
int64_t xxHash64(int8_t value, int64_t seed) { return hashOfNumber<int32_t>(value, seed); }
int64_t xxHash64(int16_t value, int64_t seed) { return hashOfNumber<int32_t>(value, seed); }
int64_t xxHash64(int32_t value, int64_t seed) { return hashOfNumber(value, seed); }
int64_t xxHash64(int64_t value, int64_t seed) { return hashOfNumber(value, seed); }
int64_t xxHash64(float value, int64_t seed) { return hashOfNumber(oneOfItsKind(value), seed); }
int64_t xxHash64(double value, int64_t seed) { return hashOfNumber(oneOfItsKind(value), seed); }

int64_t xxHash64(const DataType& type, const Datum& value, int64_t seed) {
  if (const auto* v = value.as<bool>()) return xxHash64(*v, seed);
  if (const auto* v = value.as<int8_t>()) return xxHash64(*v, seed);
  if (const auto* v = value.as<int16_t>()) return xxHash64(*v, seed);
  if (const auto* v = value.as<int32_t>()) return xxHash64(*v, seed);
  if (const auto* v = value.as<int64_t>()) return xxHash64(*v, seed);
  if (const auto* v = value.as<float>()) return xxHash64(*v, seed);
  if (const auto* v = value.as<double>()) return xxHash64(*v, seed);
  if (const auto* v = value.as<std::string>()) return xxHash64(std::string_view(*v), seed);
  if (const auto* v = value.as<Decimal>()) {
    return type.precision() <= 18 ? xxHash64(static_cast<int64_t>(v->unscaled), seed)
                                  : xxHash64(std::string_view(bigEndianBytes(v->unscaled)), seed);
  }
  if (const auto* v = value.as<CalendarInterval>()) {
    seed = xxHash64(v->micros, seed);
    seed = xxHash64(v->days, seed);
    return xxHash64(v->months, seed);
  }
  if (const auto* v = value.as<Row>()) {
    for (size_t i = 0; i < v->size(); ++i) {
      const DataType& part = type.is(TypeKind::kArray) ? type.elementType() : type.fields()[i].type;
      seed = xxHash64(part, (*v)[i], seed);
    }
    return seed;
  }
  if (const auto* v = value.as<MapValue>()) {
    for (size_t i = 0; i < v->keys.size(); ++i) {
      seed = xxHash64(type.keyType(), v->keys[i], seed);
      seed = xxHash64(type.valueType(), v->values[i], seed);
    }
  }
  return seed;
}

}  // namespace spate
