#include <gtest/gtest.h>

#include "spate/functions/FamilyCall.h"

namespace spate::family {
namespace {

constexpr int64_t kMicros = 1'000'000;
// 2016-04-08 13:10:15 UTC, a Friday; the day 16899.
constexpr int64_t kFriday = 1'460'121'015 * kMicros;
constexpr int32_t kFridayDays = 16'899;

SessionSettings in(const char* zone) {
  SessionSettings settings;
  settings.timeZone = zone;
  return settings;
}

TEST(DatetimeFunctionsTest, fieldsOfDatesAndTimes) {
  EXPECT_EQ(valueOf("year", {date(kFridayDays)}), Datum(2016));
  EXPECT_EQ(valueOf("quarter", {date(kFridayDays)}), Datum(2));
  EXPECT_EQ(valueOf("dayofweek", {date(kFridayDays)}), Datum(6));
  EXPECT_EQ(valueOf("weekday", {date(kFridayDays)}), Datum(4));
  EXPECT_EQ(valueOf("dayofyear", {date(kFridayDays)}), Datum(99));
  EXPECT_EQ(valueOf("weekofyear", {date(kFridayDays)}), Datum(14));
  EXPECT_EQ(valueOf("hour", {timestamp(kFriday)}), Datum(13));
  EXPECT_EQ(valueOf("hour", {timestamp(kFriday)}, in("America/Los_Angeles")), Datum(6));
  EXPECT_EQ(valueOf("second", {timestamp(-1)}), Datum(59));
  EXPECT_EQ(valueOf("dayname", {date(kFridayDays)}), Datum("Fri"));
  EXPECT_EQ(valueOf("extract", {text("seconds"), timestamp(kFriday + 500'000)}),
            Datum(Decimal{15'500'000}));
  EXPECT_EQ(errorOf("extract", {text("eon"), date(0)}), "INVALID_EXTRACT_FIELD");
}

TEST(DatetimeFunctionsTest, arithmeticOfDates) {
  EXPECT_EQ(valueOf("date_add", {date(kFridayDays), integer(1)}), Datum(kFridayDays + 1));
  EXPECT_EQ(valueOf("datediff", {date(10), date(3)}), Datum(7));
  // 2016-08-31 to 2016-09-30
  EXPECT_EQ(valueOf("add_months", {date(17044), integer(1)}), Datum(17074));
  EXPECT_EQ(valueOf("last_day", {date(kFridayDays)}), Datum(16'921));
  EXPECT_EQ(valueOf("next_day", {date(kFridayDays), text("FRI")}), Datum(kFridayDays + 7));
  EXPECT_EQ(errorOf("next_day", {date(0), text("XX")}), "ILLEGAL_DAY_OF_WEEK");
  EXPECT_EQ(valueOf("trunc", {date(kFridayDays), text("week")}), Datum(kFridayDays - 4));
  EXPECT_EQ(valueOf("trunc", {date(kFridayDays), text("hour")}), Datum());
  EXPECT_EQ(valueOf("date_trunc", {text("HOUR"), timestamp(kFriday)}),
            Datum(kFriday - 615 * kMicros));
  EXPECT_EQ(
      valueOf("months_between", {timestamp(857125800 * kMicros), timestamp(846633600 * kMicros)}),
      Datum(3.94959677));
  EXPECT_EQ(valueOf("timestampdiff", {text("HOUR"), timestamp(0), timestamp(7'200 * kMicros)}),
            Datum(int64_t{2}));
}

TEST(DatetimeFunctionsTest, zonesAreConverted) {
  EXPECT_EQ(valueOf("from_utc_timestamp", {timestamp(kFriday), text("Asia/Seoul")}),
            Datum(kFriday + 9 * 3600 * kMicros));
  EXPECT_EQ(valueOf("to_utc_timestamp", {timestamp(kFriday), text("Asia/Seoul")}),
            Datum(kFriday - 9 * 3600 * kMicros));
  EXPECT_EQ(errorOf("from_utc_timestamp", {timestamp(0), text("Nowhere")}), "INVALID_TIMEZONE");
}

TEST(DatetimeFunctionsTest, textsByPatterns) {
  EXPECT_EQ(valueOf("date_format", {timestamp(kFriday), text("EEEE, d MMM yyyy h:mm a")}),
            Datum("Friday, 8 Apr 2016 1:10 PM"));
  EXPECT_EQ(valueOf("date_format", {timestamp(kFriday), text("yyyy-MM-dd'T'HH:mm:ss.SSSXXX")},
                    in("Asia/Kolkata")),
            Datum("2016-04-08T18:40:15.000+05:30"));
  EXPECT_EQ(valueOf("to_date", {text("2016-12-31"), text("yyyy-MM-dd")}), Datum(17'166));
  EXPECT_EQ(valueOf("to_timestamp", {text("08/04/2016 13:10"), text("dd/MM/yyyy HH:mm")}),
            Datum(kFriday - 15 * kMicros));
  EXPECT_EQ(errorOf("to_timestamp", {text("x"), text("yyyy")}), "CANNOT_PARSE_TIMESTAMP");
  EXPECT_EQ(valueOf("try_to_timestamp", {text("x"), text("yyyy")}), Datum());
  EXPECT_EQ(errorOf("date_format", {timestamp(0), text("YYYY")}),
            "INCONSISTENT_BEHAVIOR_CROSS_VERSION.DATETIME_PATTERN_RECOGNITION");
  EXPECT_EQ(valueOf("from_unixtime", {bigint(0), text("yyyy-MM-dd HH:mm:ss")}),
            Datum("1970-01-01 00:00:00"));
  EXPECT_EQ(valueOf("unix_timestamp", {text("2016-04-08"), text("yyyy-MM-dd")}),
            Datum(int64_t{1'460'073'600}));
}

TEST(DatetimeFunctionsTest, madeOfNumbers) {
  EXPECT_EQ(valueOf("make_date", {integer(2013), integer(7), integer(15)}), Datum(15'901));
  EXPECT_EQ(errorOf("make_date", {integer(2019), integer(13), integer(1)}),
            "DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION");
  EXPECT_EQ(valueOf("timestamp_seconds", {bigint(1'230'219'000)}),
            Datum(int64_t{1'230'219'000} * kMicros));
  EXPECT_EQ(valueOf("unix_millis", {timestamp(-1)}), Datum(int64_t{-1}));
  EXPECT_EQ(valueOf("make_timestamp", {integer(2014), integer(12), integer(28), integer(6),
                                       integer(30), real(45.887)}),
            Datum(int64_t{1419748245887000}));
}

TEST(DatetimeFunctionsTest, tumblingAndSlidingWindows) {
  const int64_t minute = 60 * kMicros;
  EXPECT_EQ(valueOf("window", {timestamp(kFriday), text("10 minutes")}),
            Datum(Row{Datum(kFriday - 15 * kMicros), Datum(kFriday - 15 * kMicros + 10 * minute)}));
  const Datum sliding =
      valueOf("window", {timestamp(kFriday), text("10 minutes"), text("5 minutes")});
  ASSERT_NE(sliding.as<Row>(), nullptr);
  EXPECT_EQ(sliding.as<Row>()->size(), 2U);
  EXPECT_EQ(valueOf("window", {timestamp(-1), text("1 minute")}),
            Datum(Row{Datum(-minute), Datum(int64_t{0})}));
  EXPECT_EQ(errorOf("window", {timestamp(0), text("-1 second")}),
            "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE");
  EXPECT_EQ(errorOf("window", {timestamp(0), text("1 second"), text("2 seconds")}),
            "DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION");
  EXPECT_EQ(errorOf("window", {timestamp(0), text("1 month")}), "_LEGACY_ERROR_TEMP_3231");
}

}  // namespace
}  // namespace spate::family
