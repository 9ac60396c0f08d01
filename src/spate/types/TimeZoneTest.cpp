#include <gtest/gtest.h>

#include "spate/types/TimeZone.h"

namespace spate {
namespace {

constexpr int64_t kHour = 3600;

TEST(TimeZoneTest, offsetsAreReadAsJavaReadsThem) {
  EXPECT_EQ(parseZoneOffset("Z"), 0);
  EXPECT_EQ(parseZoneOffset("+8"), 8 * kHour);
  EXPECT_EQ(parseZoneOffset("-08"), -8 * kHour);
  EXPECT_EQ(parseZoneOffset("+0530"), 5 * kHour + 1800);
  EXPECT_EQ(parseZoneOffset("+05:30:15"), 5 * kHour + 1815);
  EXPECT_EQ(parseZoneOffset("+18:00"), 18 * kHour);
  for (const char* bad :
       {"", "8", "+", "+18:01", "+05:60", "+05:", "+05:30:", "+05:30:15:00", "+123", "+0x"})
    EXPECT_EQ(parseZoneOffset(bad), std::nullopt) << bad;
}

TEST(TimeZoneTest, fixedZonesHaveTheirIds) {
  EXPECT_EQ((*TimeZone::make("UTC"))->id(), "UTC");
  EXPECT_EQ((*TimeZone::make("+8:00"))->id(), "+08:00");
  EXPECT_EQ((*TimeZone::make("GMT+8"))->id(), "GMT+08:00");
  EXPECT_EQ((*TimeZone::make("UTC-07:00"))->offsetAt(0), -7 * kHour);
  EXPECT_EQ((*TimeZone::make("EST"))->id(), "-05:00");
}

TEST(TimeZoneTest, anUnknownZoneIsInvalidTimezone) {
  for (const char* bad : {"", "Mars/Phobos", "../../etc/passwd", "/etc/localtime", "Europe",
                          "+19:00", "utc+99", "GMT+8x", "right/UTC", "Europe/Paris "}) {
    const auto zone = TimeZone::make(bad);
    ASSERT_FALSE(zone) << bad;
    EXPECT_EQ(zone.error().errorClass(), "INVALID_TIMEZONE");
    EXPECT_EQ(zone.error().sqlState(), "22009");
  }
}

TEST(TimeZoneTest, summerTimeOfNamedZones) {
  const auto zone = *TimeZone::make("America/Los_Angeles");
  EXPECT_EQ(zone->offsetAt(1'500'000'000), -7 * kHour);  // July 2017
  EXPECT_EQ(zone->offsetAt(1'510'000'000), -8 * kHour);  // November 2017
  EXPECT_EQ(zone->abbreviationAt(1'500'000'000), "PDT");
  EXPECT_EQ(zone->offsetAt(4'087'000'000), -7 * kHour);  // July 2099, by the rule
  EXPECT_EQ(zone->offsetAt(4'087'000'000 + 5 * 146'097 * 86'400LL), -7 * kHour);
  EXPECT_EQ(zone->offsetAt(-5'000'000'000), -(7 * kHour + 52 * 60 + 58));  // local mean time
  EXPECT_EQ((*TimeZone::make("PST"))->id(), "America/Los_Angeles");
}

TEST(TimeZoneTest, skippedLocalTimesMoveAheadAndDoubleOnesAreTheEarlier) {
  const auto zone = *TimeZone::make("Europe/Paris");
  constexpr int64_t kMicros = 1'000'000;
  // 2020-03-29 02:30 does not exist: it becomes 03:30 CEST = 01:30 UTC.
  EXPECT_EQ(zone->toUtc(1'585'449'000 * kMicros), 1'585'445'400 * kMicros);
  EXPECT_EQ(zone->toLocal(1'585'445'400 * kMicros), 1'585'452'600 * kMicros);
  // 2020-10-25 02:30 exists twice: the first is CEST.
  EXPECT_EQ(zone->toUtc(1'603'593'000 * kMicros), 1'603'585'800 * kMicros);
}

TEST(TimeZoneTest, microsBeforeTheEpochAreRoundedDown) {
  const auto zone = *TimeZone::make("Asia/Kolkata");
  EXPECT_EQ(zone->toLocal(-1), -1 + (5 * kHour + 1800) * 1'000'000);
  EXPECT_EQ(zone->toUtc(zone->toLocal(-1)), -1);
}

}  // namespace
}  // namespace spate
