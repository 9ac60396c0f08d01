#pragma once

#include <cstdint>

namespace spate::bench {

// The events of the Yahoo streaming benchmark's shape: views, clicks and purchases of ads, some ads
// to a campaign, evenly over time.

inline constexpr int64_t kCampaigns = 100;
inline constexpr int64_t kAdsOfACampaign = 10;
inline constexpr int64_t kAds = kCampaigns * kAdsOfACampaign;
inline constexpr int64_t kFirstTime = 1'700'000'000'000;
inline constexpr int64_t kEventsPerMilli = 10;
inline constexpr int64_t kWindowMillis = 10'000;

struct Event {
  int64_t ad;
  const char* type;
  int64_t millis;
};

/// The finish of splitmix64.
inline uint64_t mix(uint64_t x) {
  x += 0x9E3779B97F4A7C15ull;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

inline Event eventAt(int64_t i) {
  constexpr const char* kTypes[] = {"view", "click", "purchase"};
  const uint64_t h = mix(static_cast<uint64_t>(i));
  return {static_cast<int64_t>(h % kAds), kTypes[(h >> 32) % 3], kFirstTime + i / kEventsPerMilli};
}

}  // namespace spate::bench
