#include <gtest/gtest.h>

#include "spate/sql/IntervalText.h"

namespace spate::sql {
namespace {

CalendarInterval intervalOf(std::string_view text) {
  const Result<CalendarInterval> interval = parseInterval(text);
  EXPECT_TRUE(interval) << text;
  return interval.value_or(CalendarInterval{-1, -1, -1});
}

std::string kindOf(std::string_view text) {
  const Result<CalendarInterval> interval = parseInterval(text);
  if (interval) return "no error";
  EXPECT_EQ(interval.error().sqlState(), "22006");
  EXPECT_EQ(interval.error().parameters().at("input"), text);
  const std::string prefix = "INVALID_INTERVAL_FORMAT.";
  EXPECT_EQ(interval.error().errorClass().rfind(prefix, 0), 0U);
  return interval.error().errorClass().substr(prefix.size());
}

TEST(IntervalTextTest, unitsInAnyOrderAndNumber) {
  EXPECT_EQ(intervalOf("10 minutes"), (CalendarInterval{0, 0, 600'000'000}));
  EXPECT_EQ(intervalOf("  INTERVAL 1 Year 2 months\t3 days "), (CalendarInterval{14, 3, 0}));
  EXPECT_EQ(intervalOf("1 week -2 days + 3 hours"), (CalendarInterval{0, 5, 10'800'000'000}));
  EXPECT_EQ(intervalOf("1 millisecond 2 microseconds"), (CalendarInterval{0, 0, 1002}));
  EXPECT_EQ(intervalOf("-1.5 seconds"), (CalendarInterval{0, 0, -1'500'000}));
  EXPECT_EQ(intervalOf(".5 second"), (CalendarInterval{0, 0, 500'000}));
  EXPECT_EQ(intervalOf("0 seconds"), CalendarInterval());
}

TEST(IntervalTextTest, whatIsWrongIsNamed) {
  EXPECT_EQ(kindOf(""), "INPUT_IS_EMPTY");
  EXPECT_EQ(kindOf("interval "), "INPUT_IS_EMPTY");
  EXPECT_EQ(kindOf("intervals 1 day"), "INVALID_PREFIX");
  EXPECT_EQ(kindOf("abc"), "INVALID_VALUE");
  EXPECT_EQ(kindOf("1x day"), "INVALID_VALUE");
  EXPECT_EQ(kindOf("."), "INVALID_VALUE");
  EXPECT_EQ(kindOf("1"), "MISSING_UNIT");
  EXPECT_EQ(kindOf("1 day -"), "MISSING_NUMBER");
  EXPECT_EQ(kindOf("1 parsec"), "INVALID_UNIT");
  EXPECT_EQ(kindOf("1 dayss"), "INVALID_UNIT");
  EXPECT_EQ(kindOf("1.5 days"), "INVALID_FRACTION");
  EXPECT_EQ(kindOf("1.1234567891 seconds"), "INVALID_PRECISION");
  EXPECT_EQ(kindOf("99999999999999999999 days"), "ARITHMETIC_EXCEPTION");
  EXPECT_EQ(kindOf("9999999999 days"), "ARITHMETIC_EXCEPTION");
}

TEST(IntervalTextTest, betweenTwoUnits) {
  EXPECT_EQ(parseDayTimeInterval("1:02", IntervalUnit::kHour, IntervalUnit::kMinute),
            3'720'000'000);
  EXPECT_EQ(parseDayTimeInterval("-1 0:0:0.000001", IntervalUnit::kDay, IntervalUnit::kSecond),
            -86'400'000'001);
  EXPECT_FALSE(parseDayTimeInterval("1:60", IntervalUnit::kHour, IntervalUnit::kMinute));
  EXPECT_FALSE(parseDayTimeInterval("1", IntervalUnit::kHour, IntervalUnit::kMinute));
  EXPECT_FALSE(parseDayTimeInterval("1:1.", IntervalUnit::kMinute, IntervalUnit::kSecond));
  EXPECT_EQ(parseYearMonthInterval("+1-11"), 23);
  EXPECT_FALSE(parseYearMonthInterval("1-12"));
  EXPECT_FALSE(parseYearMonthInterval("999999999-0"));
}

}  // namespace
}  // namespace spate::sql
