#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "spate/types/Int128.h"

// The two mixing functions under Hash.h: numbers and bytes to 64 bits. The numbers they give are a
// format (keys of persisted state are placed by them), with known answers in HashTest.cpp.

namespace spate {

inline constexpr uint64_t kHashSecret0 = 0xa0761d6478bd642f;
inline constexpr uint64_t kHashSecret1 = 0xe7037ed1a0b428db;
inline constexpr uint64_t kHashSecret2 = 0x8ebc6af09c88c6e3;
inline constexpr uint64_t kHashSecret3 = 0x589965cc75374cc3;

/// Both halves of the 128-bit product folded into one: every input bit reaches every output bit.
constexpr uint64_t mixMultiply(uint64_t a, uint64_t b) {
  const UInt128 product = static_cast<UInt128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

constexpr uint64_t hashBits(uint64_t bits, uint64_t seed) {
  return mixMultiply(mixMultiply(bits ^ kHashSecret0, seed ^ kHashSecret1), kHashSecret2);
}

inline uint64_t readWord(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

inline uint64_t readHalfWord(const char* at) {
  uint32_t half;
  std::memcpy(&half, at, sizeof(half));
  return half;
}

/// The rounds over more than 16 bytes, and the finish.
uint64_t hashLongBytes(const char* data, size_t size, uint64_t seed);

constexpr uint64_t finishBytes(uint64_t a, uint64_t b, size_t size, uint64_t seed) {
  const UInt128 product = static_cast<UInt128>(a ^ kHashSecret1) * (b ^ seed);
  return mixMultiply(static_cast<uint64_t>(product) ^ kHashSecret0 ^ size,
                     static_cast<uint64_t>(product >> 64) ^ kHashSecret1);
}

/// After wyhash (Wang Yi, public domain), whose short-string path needs no loop.
inline uint64_t hashBytes(std::string_view bytes, uint64_t seed) {
  const char* data = bytes.data();
  const size_t size = bytes.size();
  seed ^= kHashSecret0;
  if (size > 16) return hashLongBytes(data, size, seed);
  uint64_t a = 0;
  uint64_t b = 0;
  if (size >= 4) {
    const size_t step = (size >> 3) << 2;
    a = (readHalfWord(data) << 32) | readHalfWord(data + step);
    b = (readHalfWord(data + size - 4) << 32) | readHalfWord(data + size - 4 - step);
  } else if (size > 0) {
    a = (uint64_t{static_cast<uint8_t>(data[0])} << 16) |
        (uint64_t{static_cast<uint8_t>(data[size >> 1])} << 8) |
        static_cast<uint8_t>(data[size - 1]);
  }
  return finishBytes(a, b, size, seed);
}

}  // namespace spate
