#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace spate::bench {

/// What a hand-written word count would use: the hash folds eight bytes a multiplication.
struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view s) const {
    uint64_t h = s.size() * 0x9E3779B97F4A7C15ull;
    const char* p = s.data();
    size_t n = s.size();
    const auto mix = [&](uint64_t v) {
      const __uint128_t m = static_cast<__uint128_t>(h ^ v) * 0xD6E8FEB86659FD93ull;
      h = static_cast<uint64_t>(m) ^ static_cast<uint64_t>(m >> 64);
    };
    for (; n >= 8; p += 8, n -= 8) {
      uint64_t v;
      std::memcpy(&v, p, 8);
      mix(v);
    }
    uint64_t v = 0;
    if (n >= 4) {
      uint32_t a, b;
      std::memcpy(&a, p, 4);
      std::memcpy(&b, p + n - 4, 4);
      v = static_cast<uint64_t>(a) << 32 | b;
    } else if (n > 0) {
      v = static_cast<uint64_t>(static_cast<unsigned char>(p[0])) << 16 |
          static_cast<uint64_t>(static_cast<unsigned char>(p[n / 2])) << 8 |
          static_cast<unsigned char>(p[n - 1]);
    }
    mix(v);
    return h;
  }
};
struct TextEqual {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const { return a == b; }
};
/// Words and how often they came; looked up by a view, copied when a word is new.
using WordTable = absl::flat_hash_map<std::string, int64_t, TextHash, TextEqual>;

inline bool isSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace spate::bench
