#include <arrow/array/array_base.h>
#include <arrow/scalar.h>
#include <gtest/gtest.h>

#include "spate/types/ArrowValues.h"
#include "spate/types/DataTypeDdl.h"

namespace spate {
namespace {

TEST(ArrowValues, everyTypeGoesIntoAColumnAndBack) {
  const DataType type = *schemaFromDdl(
      "a boolean, b tinyint, c smallint, d int, e bigint, f float, g double, h decimal(38,3), "
      "i string, j binary, k date, l timestamp, m timestamp_ntz, n interval day to second, "
      "o interval year to month, p array<int>, q map<string,bigint>, r struct<x:int,y:string>");
  const Row row{true,
                int8_t{-1},
                int16_t{2},
                3,
                int64_t{4},
                1.5f,
                -2.5,
                Decimal{static_cast<Int128>(-1) << 70},
                "text",
                std::string("\0b", 2),
                19000,
                int64_t{1},
                int64_t{2},
                int64_t{3},
                14,
                Row{1, Datum(), 3},
                MapValue{{"k"}, {int64_t{9}}},
                Row{7, "y"}};
  const std::vector<Datum> values{Datum(row), Datum(), Datum(Row(row.size()))};
  const auto column = columnOf(values, type);
  ASSERT_TRUE(column) << column.error().toString();
  ASSERT_TRUE((*column)->ValidateFull().ok());
  for (size_t i = 0; i < values.size(); ++i)
    EXPECT_EQ(values[i], valueAt(**column, static_cast<int64_t>(i), type)) << i;
  const auto scalar = scalarOf(values[0], type);
  ASSERT_TRUE(scalar);
  EXPECT_EQ(values[0], valueOf(**scalar, type));
}

TEST(ArrowValues, aSliceOfNestedValuesIsReadFromItsOffset) {
  const DataType type = DataType::arrayOf(DataType::integerType());
  const std::vector<Datum> values{Row{1, 2}, Row{}, Row{3}};
  const auto column = *columnOf(values, type);
  EXPECT_EQ(values[2], valueAt(*column->Slice(2), 0, type));
}

TEST(ArrowValues, aValueOfAnotherTypeIsRefused) {
  const std::vector<Datum> values{"text"};
  EXPECT_EQ(StatusCode::kInvalidArgument, columnOf(values, DataType::longType()).error().code());
}

TEST(ArrowValues, intervalThatNanosecondsCannotCountIsAnOverflow) {
  const DataType type = DataType::calendarIntervalType();
  EXPECT_TRUE(scalarOf(Datum(CalendarInterval{1, 2, INT64_MAX / 1000}), type));
  for (const int64_t micros : {INT64_MAX / 1000 + 1, INT64_MIN}) {
    const auto scalar = scalarOf(Datum(CalendarInterval{1, 2, micros}), type);
    ASSERT_FALSE(scalar);
    EXPECT_EQ(scalar.error().errorClass(), "ARITHMETIC_OVERFLOW");
  }
}

}  // namespace
}  // namespace spate
