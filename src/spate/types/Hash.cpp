#include "spate/types/Hash.h"

namespace spate {

static_assert(std::endian::native == std::endian::little, "words are read as they lie in memory");

uint64_t hashLongBytes(const char* data, size_t size, uint64_t seed) {
  const char* at = data;
  size_t left = size;
  if (left > 48) {
    uint64_t lane1 = seed;
    uint64_t lane2 = seed;
    do {
      seed = mixMultiply(readWord(at) ^ kHashSecret1, readWord(at + 8) ^ seed);
      lane1 = mixMultiply(readWord(at + 16) ^ kHashSecret2, readWord(at + 24) ^ lane1);
      lane2 = mixMultiply(readWord(at + 32) ^ kHashSecret3, readWord(at + 40) ^ lane2);
      at += 48;
      left -= 48;
    } while (left > 48);
    seed ^= lane1 ^ lane2;
  }
  while (left > 16) {
    seed = mixMultiply(readWord(at) ^ kHashSecret1, readWord(at + 8) ^ seed);
    at += 16;
    left -= 16;
  }
  return finishBytes(readWord(data + size - 16), readWord(data + size - 8), size, seed);
}

}  // namespace spate
