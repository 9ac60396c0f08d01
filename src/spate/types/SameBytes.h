#pragma once

#include <cstddef>
#include <string_view>

#include "spate/types/HashMix.h"

namespace spate {

/// memcmp(a, b, size) == 0, inline: short texts are compared where they are looked up.
inline bool sameBytes(const char* a, const char* b, size_t size) {
  if (size >= 8) {
    for (size_t i = 0; i + 8 < size; i += 8)
      if (readWord(a + i) != readWord(b + i)) return false;
    return readWord(a + size - 8) == readWord(b + size - 8);
  }
  if (size >= 4)
    return readHalfWord(a) == readHalfWord(b) &&
           readHalfWord(a + size - 4) == readHalfWord(b + size - 4);
  for (size_t i = 0; i < size; ++i)
    if (a[i] != b[i]) return false;
  return true;
}

inline bool sameBytes(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sameBytes(a.data(), b.data(), a.size());
}

}  // namespace spate
