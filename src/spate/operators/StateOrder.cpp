#include "spate/operators/StateOrder.h"

#include <algorithm>
#include <bit>

#include "spate/types/Murmur3.h"

namespace spate {

size_t sparkStateBuckets(size_t atBegin, size_t now, bool wasNew) {
  size_t buckets = 16;
  size_t growsAt = 12;
  if (!wasNew) {
    // putAll() makes room for half as many again, and finds that it is too tight.
    buckets = std::bit_ceil(atBegin + atBegin / 2 + 1);
    growsAt = buckets - buckets / 4;
    if (buckets > growsAt) {
      buckets *= 2;
      growsAt = buckets - buckets / 4;
    }
  }
  while (now > atBegin && now >= growsAt) {
    buckets *= 2;
    growsAt = buckets - buckets / 4;
  }
  return buckets;
}

std::vector<uint32_t> sparkStateOrder(std::span<const std::string_view> keys, size_t buckets) {
  std::vector<uint32_t> bucketOf(keys.size());
  std::vector<uint32_t> next(buckets + 1, 0);
  for (size_t i = 0; i < keys.size(); ++i) {
    const auto hash = static_cast<uint32_t>(murmur3OfBytes(keys[i], kMurmur3Seed));
    bucketOf[i] = static_cast<uint32_t>((hash ^ hash >> 16) & 0x7fffffffu & (buckets - 1));
    ++next[bucketOf[i] + 1];
  }
  for (size_t bucket = 0; bucket < buckets; ++bucket) next[bucket + 1] += next[bucket];
  std::vector<uint32_t> order(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) order[next[bucketOf[i]]++] = static_cast<uint32_t>(i);
  return order;
}

}  // namespace spate
