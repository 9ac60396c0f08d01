#include "spate/types/Murmur3.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "spate/types/UnsafeRowLayout.h"

namespace spate {
namespace {

uint32_t mixWord(uint32_t hash, uint32_t word) {
  word = std::rotl(word * 0xcc9e2d51u, 15) * 0x1b873593u;
  return std::rotl(hash ^ word, 13) * 5 + 0xe6546b64u;
}

int32_t finish(uint32_t hash, size_t length) {
  hash ^= static_cast<uint32_t>(length);
  hash = (hash ^ (hash >> 16)) * 0x85ebca6bu;
  hash = (hash ^ (hash >> 13)) * 0xc2b2ae35u;
  return static_cast<int32_t>(hash ^ (hash >> 16));
}

/// Java's floatToIntBits and doubleToLongBits: one NaN; and -0.0 is 0.0 for a hash.
int32_t hashFloat(float value, int32_t seed) {
  if (value == 0) value = 0;
  const uint32_t bits = std::isnan(value) ? 0x7fc00000u : std::bit_cast<uint32_t>(value);
  return murmur3OfInt(static_cast<int32_t>(bits), seed);
}

int32_t hashDouble(double value, int32_t seed) {
  if (value == 0) value = 0;
  const uint64_t bits = std::isnan(value) ? 0x7ff8000000000000u : std::bit_cast<uint64_t>(value);
  return murmur3OfLong(static_cast<int64_t>(bits), seed);
}

int32_t hashDecimal(const DataType& type, const Decimal& value, int32_t seed) {
  if (type.is(TypeKind::kDecimal) && type.precision() > kMaxLongDecimalPrecision) {
    return murmur3OfBytes(bigEndianBytes(value.unscaled), seed);
  }
  return murmur3OfLong(static_cast<int64_t>(value.unscaled), seed);
}

int32_t hashInterval(const CalendarInterval& value, int32_t seed) {
  return murmur3OfInt(value.months, murmur3OfInt(value.days, murmur3OfLong(value.micros, seed)));
}

int32_t hashParts(const DataType& type, const Row& parts, int32_t seed) {
  if (type.is(TypeKind::kArray)) {
    for (const Datum& element : parts) seed = murmur3(type.elementType(), element, seed);
  } else if (type.is(TypeKind::kStruct) && parts.size() == type.fields().size()) {
    for (size_t i = 0; i < parts.size(); ++i) {
      seed = murmur3(type.fields()[i].type, parts[i], seed);
    }
  }
  return seed;
}

int32_t hashMap(const DataType& type, const MapValue& map, int32_t seed) {
  if (!type.is(TypeKind::kMap)) return seed;
  for (size_t i = 0; i < map.keys.size() && i < map.values.size(); ++i) {
    seed = murmur3(type.keyType(), map.keys[i], seed);
    seed = murmur3(type.valueType(), map.values[i], seed);
  }
  return seed;
}

}  // namespace

int32_t murmur3OfInt(int32_t value, int32_t seed) {
  return finish(mixWord(static_cast<uint32_t>(seed), static_cast<uint32_t>(value)), 4);
}

int32_t murmur3OfLong(int64_t value, int32_t seed) {
  const auto bits = static_cast<uint64_t>(value);
  const uint32_t low = mixWord(static_cast<uint32_t>(seed), static_cast<uint32_t>(bits));
  return finish(mixWord(low, static_cast<uint32_t>(bits >> 32)), 8);
}

int32_t murmur3OfBytes(std::string_view bytes, int32_t seed) {
  auto hash = static_cast<uint32_t>(seed);
  size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    uint32_t word;
    std::memcpy(&word, bytes.data() + at, 4);
    hash = mixWord(hash, word);
  }
  for (; at < bytes.size(); ++at) {
    hash = mixWord(hash, static_cast<uint32_t>(static_cast<int8_t>(bytes[at])));
  }
  return finish(hash, bytes.size());
}

int32_t murmur3(const DataType& type, const Datum& value, int32_t seed) {
  return std::visit(
      [&]<class T>(const T& held) -> int32_t {
        if constexpr (std::same_as<T, std::monostate>) {
          return seed;
        } else if constexpr (std::same_as<T, int64_t>) {
          return murmur3OfLong(held, seed);
        } else if constexpr (std::integral<T>) {
          return murmur3OfInt(held, seed);
        } else if constexpr (std::same_as<T, float>) {
          return hashFloat(held, seed);
        } else if constexpr (std::same_as<T, double>) {
          return hashDouble(held, seed);
        } else if constexpr (std::same_as<T, Decimal>) {
          return hashDecimal(type, held, seed);
        } else if constexpr (std::same_as<T, std::string>) {
          return murmur3OfBytes(held, seed);
        } else if constexpr (std::same_as<T, CalendarInterval>) {
          return hashInterval(held, seed);
        } else if constexpr (std::same_as<T, Row>) {
          return hashParts(type, held, seed);
        } else {
          return hashMap(type, held, seed);
        }
      },
      value.value);
}

int32_t murmur3(const DataType& structType, const Row& row) {
  return hashParts(structType, row, kMurmur3Seed);
}

int32_t partitionOf(const DataType& structType, const Row& row, int32_t count) {
  const int32_t remainder = murmur3(structType, row) % count;
  return remainder < 0 ? remainder + count : remainder;
}

}  // namespace spate
