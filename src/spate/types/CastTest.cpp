#include <arrow/array/array_base.h>
#include <arrow/datum.h>
#include <gtest/gtest.h>

#include <limits>

#include "spate/types/ArrowValues.h"
#include "spate/types/Cast.h"

namespace spate {
namespace {

const DataType kInt = DataType::integerType();
const DataType kText = DataType::stringType();
const DataType kDouble = DataType::doubleType();
const DataType kTime = DataType::timestampType();

Result<Datum> cast(const Datum& value, const DataType& from, const DataType& to,
                   CastPolicy policy = CastPolicy::kAnsi, std::string_view zone = "UTC") {
  SPATE_ASSIGN_OR_FAIL(const auto array, columnOf(std::span(&value, 1), from));
  SPATE_ASSIGN_OR_FAIL(const auto result, castColumn(arrow::Datum(array), from, to, policy, zone));
  return valueAt(*result.make_array(), 0, to);
}

Datum text(const Datum& value, const DataType& from, std::string_view zone = "UTC") {
  auto result = cast(value, from, kText, CastPolicy::kAnsi, zone);
  return result ? *result : Datum(result.error().message());
}

std::string errorOf(const Result<Datum>& result) {
  return result ? "no error" : result.error().errorClass();
}

TEST(Cast, textsToNumbersAreTrimmed) {
  EXPECT_EQ(cast(Datum(" 12\t"), kText, kInt).value(), Datum(12));
  EXPECT_EQ(cast(Datum("+7"), kText, kInt).value(), Datum(7));
  EXPECT_EQ(errorOf(cast(Datum("1.5"), kText, kInt)), "CAST_INVALID_INPUT");
  EXPECT_EQ(cast(Datum("1.5"), kText, kInt, CastPolicy::kLegacy).value(), Datum(1));
  EXPECT_EQ(cast(Datum("x"), kText, kInt, CastPolicy::kTry).value(), Datum());
  EXPECT_EQ(errorOf(cast(Datum("3000000000"), kText, kInt)), "CAST_INVALID_INPUT");
  EXPECT_EQ(cast(Datum("1e3"), kText, kDouble).value(), Datum(1000.0));
  EXPECT_EQ(cast(Datum(" -Infinity "), kText, kDouble).value(),
            Datum(-std::numeric_limits<double>::infinity()));
  EXPECT_EQ(cast(Datum("1.5d"), kText, kDouble).value(), Datum(1.5));
  EXPECT_EQ(cast(Datum("1e400"), kText, kDouble).value(),
            Datum(std::numeric_limits<double>::infinity()));
  EXPECT_EQ(errorOf(cast(Datum("--1"), kText, kDouble)), "CAST_INVALID_INPUT");
  EXPECT_EQ(errorOf(cast(Datum("+-1"), kText, kDouble)), "CAST_INVALID_INPUT");
}

TEST(Cast, invalidInputSaysWhatItWas) {
  const auto result = cast(Datum("a'b"), kText, kInt);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().sqlState(), "22018");
  EXPECT_EQ(result.error().parameters().at("expression"), "'a\\'b'");
  EXPECT_EQ(result.error().parameters().at("sourceType"), "\"STRING\"");
  EXPECT_EQ(result.error().parameters().at("targetType"), "\"INT\"");
}

TEST(Cast, numbersOverflowByPolicy) {
  const DataType bigint = DataType::longType();
  const Datum big(int64_t{1} << 40);
  EXPECT_EQ(errorOf(cast(big, bigint, kInt)), "CAST_OVERFLOW");
  EXPECT_EQ(cast(big, bigint, kInt, CastPolicy::kTry).value(), Datum());
  EXPECT_EQ(cast(big, bigint, kInt, CastPolicy::kLegacy).value(), Datum(0));
  EXPECT_EQ(cast(Datum(-1.9), kDouble, kInt).value(), Datum(-1));
  EXPECT_EQ(errorOf(cast(Datum(1e10), kDouble, kInt)), "CAST_OVERFLOW");
  EXPECT_EQ(cast(Datum(1e10), kDouble, kInt, CastPolicy::kLegacy).value(), Datum(INT32_MAX));
  EXPECT_EQ(
      cast(Datum(std::numeric_limits<double>::quiet_NaN()), kDouble, kInt, CastPolicy::kLegacy)
          .value(),
      Datum(0));
}

TEST(Cast, decimalsRoundHalfUp) {
  const DataType decimal = DataType::decimalType(4, 2);
  EXPECT_EQ(cast(Datum("1.235"), kText, decimal).value(), Datum(Decimal{124}));
  EXPECT_EQ(cast(Datum("-1.235"), kText, decimal).value(), Datum(Decimal{-124}));
  EXPECT_EQ(cast(Datum("1e-1"), kText, decimal).value(), Datum(Decimal{10}));
  EXPECT_EQ(errorOf(cast(Datum("100"), kText, decimal)),
            "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION");
  EXPECT_EQ(errorOf(cast(Datum("1..0"), kText, decimal)), "CAST_INVALID_INPUT");
  EXPECT_EQ(cast(Datum(0.125), kDouble, decimal).value(), Datum(Decimal{13}));
  EXPECT_EQ(cast(Datum(std::nan("")), kDouble, decimal).value(), Datum());
  EXPECT_EQ(cast(Datum(-HUGE_VAL), kDouble, decimal).value(), Datum());
  EXPECT_EQ(errorOf(cast(Datum(1e30), kDouble, decimal)),
            "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION");
  EXPECT_EQ(cast(Datum(Decimal{-199}), decimal, kInt).value(), Datum(-1));
  EXPECT_EQ(cast(Datum(Decimal{150}), decimal, kDouble).value(), Datum(1.5));
  EXPECT_EQ(text(Datum(Decimal{-5}), decimal), Datum("-0.05"));
}

TEST(Cast, datesAndTimestampsAreReadInTheSessionsZone) {
  EXPECT_EQ(cast(Datum("2020-02-29"), kText, DataType::dateType()).value(), Datum(18321));
  EXPECT_EQ(cast(Datum("2020-2-9 10:00"), kText, DataType::dateType()).value(), Datum(18301));
  EXPECT_EQ(errorOf(cast(Datum("2021-02-29"), kText, DataType::dateType())), "CAST_INVALID_INPUT");
  EXPECT_EQ(cast(Datum("1970-01-01 01:00:00.5"), kText, kTime).value(),
            Datum(int64_t{3'600'500'000}));
  EXPECT_EQ(cast(Datum("1970-01-01T01:00:00"), kText, kTime, CastPolicy::kAnsi, "+01:00").value(),
            Datum(int64_t{0}));
  EXPECT_EQ(cast(Datum("1970-01-01 00:00:00 Z"), kText, kTime, CastPolicy::kAnsi, "+01:00").value(),
            Datum(int64_t{0}));
  EXPECT_EQ(text(Datum(int64_t{-1}), kTime), Datum("1969-12-31 23:59:59.999999"));
  EXPECT_EQ(text(Datum(int64_t{0}), kTime, "America/New_York"), Datum("1969-12-31 19:00:00"));
  EXPECT_EQ(text(Datum(-719529), DataType::dateType()), Datum("-0001-12-31"));
  EXPECT_EQ(cast(Datum(int64_t{1}), DataType::longType(), kTime).value(),
            Datum(int64_t{1'000'000}));
  EXPECT_EQ(cast(Datum(int64_t{-1}), kTime, DataType::longType()).value(), Datum(int64_t{-1}));
}

TEST(Cast, nestedValuesPrintAsSparkPrintsThem) {
  const DataType list = DataType::arrayOf(kInt);
  EXPECT_EQ(text(Datum(Row{Datum(1), Datum()}), list), Datum("[1, null]"));
  const DataType structure = DataType::structOf({{"a", kText}, {"b", kDouble}});
  EXPECT_EQ(text(Datum(Row{Datum("x"), Datum(1.0)}), structure), Datum("{x, 1.0}"));
  const DataType map = DataType::mapOf(kText, kInt);
  EXPECT_EQ(text(Datum(MapValue{{Datum("k")}, {Datum(1)}}), map), Datum("{k -> 1}"));
  EXPECT_EQ(cast(Datum(Row{Datum("1"), Datum()}), DataType::arrayOf(kText), list).value(),
            Datum(Row{Datum(1), Datum()}));
  EXPECT_EQ(cast(Datum(Row{Datum("1"), Datum(2.5)}), structure,
                 DataType::structOf({{"c", kInt}, {"d", kText}}))
                .value(),
            Datum(Row{Datum(1), Datum("2.5")}));
}

TEST(Cast, theFirstMicrosecondHasAText) {
  EXPECT_EQ(text(Datum(INT64_MIN), DataType::timestampNtzType()),
            Datum("-290308-12-21 19:59:05.224192"));
  EXPECT_EQ(text(Datum(INT64_MIN), DataType::dayTimeIntervalType()),
            Datum("INTERVAL '-106751991 04:00:54.775808' DAY TO SECOND"));
  EXPECT_EQ(text(Datum(CalendarInterval{0, 0, INT64_MIN / 1000}), DataType::calendarIntervalType()),
            Datum("-2562047 hours -47 minutes -16.854775 seconds"));
}

TEST(Cast, aSlicedListIsCastWithoutItsHiddenElements) {
  const DataType texts = DataType::arrayOf(kText);
  const Row rows = {Datum(Row{Datum("x")}), Datum(Row{Datum("1"), Datum("2")})};
  const auto array = columnOf(rows, texts).value()->Slice(1);
  const auto result =
      castColumn(arrow::Datum(array), texts, DataType::arrayOf(kInt), CastPolicy::kAnsi, "UTC");
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_EQ(valueAt(*result->make_array(), 0, DataType::arrayOf(kInt)),
            Datum(Row{Datum(1), Datum(2)}));
}

TEST(Cast, intervals) {
  const DataType days = DataType::dayTimeIntervalType();
  EXPECT_EQ(text(Datum(int64_t{93'784'500'000}), days),
            Datum("INTERVAL '1 02:03:04.5' DAY TO SECOND"));
  EXPECT_EQ(cast(Datum("INTERVAL '-1 02:03:04.5' DAY TO SECOND"), kText, days).value(),
            Datum(int64_t{-93'784'500'000}));
  EXPECT_EQ(text(Datum(-14), DataType::yearMonthIntervalType()),
            Datum("INTERVAL '-1-2' YEAR TO MONTH"));
  EXPECT_EQ(text(Datum(CalendarInterval{14, 3, 1'500'000}), DataType::calendarIntervalType()),
            Datum("1 years 2 months 3 days 1.5 seconds"));
  EXPECT_EQ(cast(Datum("1 day -2 hours"), kText, DataType::calendarIntervalType()).value(),
            Datum(CalendarInterval{0, 1, -7'200'000'000}));
}

TEST(Cast, whatCannotBeCastIsRefusedWithASuggestion) {
  EXPECT_EQ(errorOf(cast(Datum(1), kInt, DataType::dateType())),
            "DATATYPE_MISMATCH.CAST_WITH_FUNC_SUGGESTION");
  EXPECT_EQ(errorOf(cast(Datum(1), kInt, DataType::binaryType())),
            "DATATYPE_MISMATCH.CAST_WITH_CONF_SUGGESTION");
  EXPECT_EQ(errorOf(cast(Datum(Row{}), DataType::arrayOf(kInt), kInt)),
            "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION");
  EXPECT_EQ(cast(Datum(258), kInt, DataType::binaryType(), CastPolicy::kLegacy).value(),
            Datum(std::string("\0\0\1\2", 4)));
}

TEST(Cast, booleans) {
  EXPECT_EQ(cast(Datum("Yes"), kText, DataType::booleanType()).value(), Datum(true));
  EXPECT_EQ(errorOf(cast(Datum("maybe"), kText, DataType::booleanType())), "CAST_INVALID_INPUT");
  EXPECT_EQ(cast(Datum(true), DataType::booleanType(), kInt).value(), Datum(1));
  EXPECT_EQ(cast(Datum(0.0), kDouble, DataType::booleanType()).value(), Datum(false));
}

}  // namespace
}  // namespace spate
