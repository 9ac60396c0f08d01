#include "spate/functions/FunctionCalls.h"

namespace spate {
namespace {

const DataType kInt = DataType::integerType();
const DataType kLong = DataType::longType();
const DataType kDouble = DataType::doubleType();

Input decimal(int precision, int scale, int64_t unscaled) {
  return constant(DataType::decimalType(precision, scale), Datum(Decimal{unscaled}));
}

TEST(Arithmetic, addsColumnsAndConstantsAndKeepsNulls) {
  EXPECT_EQ(call("+", {column(kInt, {Datum(1), Datum(), Datum(-3)}), constant(10)}).value(),
            (Row{Datum(11), Datum(), Datum(7)}));
  EXPECT_EQ(call("-", {constant(10), column(kInt, ints({1, 2}))}).value(), ints({9, 8}));
  EXPECT_EQ(call("*", {column(kInt, ints({2, 3})), column(kInt, ints({4, 5}))}).value(),
            ints({8, 15}));
}

TEST(Arithmetic, overflowIsAnErrorOnlyWhereTheRowHasAValue) {
  const Input most = column(kInt, {Datum(INT32_MAX)});
  EXPECT_EQ(errorOf("+", {most, constant(1)}), "ARITHMETIC_OVERFLOW");
  EXPECT_EQ(errorOf("*", {column(kLong, {Datum(INT64_MAX)}), constant(2)}), "ARITHMETIC_OVERFLOW");
  EXPECT_EQ(call("+", {most, column(kInt, {Datum()})}).value(), (Row{Datum()}));
  EXPECT_EQ(call("+", {most, constant(1)}, legacySettings()).value(), ints({INT32_MIN}));
  EXPECT_EQ(call("try_add", {most, constant(1)}).value(), (Row{Datum()}));
  EXPECT_EQ(errorOf("+", {constant(DataType::byteType(), Datum(int8_t{127})),
                          constant(DataType::byteType(), Datum(int8_t{1}))}),
            "BINARY_ARITHMETIC_OVERFLOW");
}

TEST(Arithmetic, zeroDivisors) {
  EXPECT_EQ(errorOf("/", {constant(1), constant(0)}), "DIVIDE_BY_ZERO");
  EXPECT_EQ(errorOf("%", {constant(1), constant(0)}), "REMAINDER_BY_ZERO");
  EXPECT_EQ(errorOf("div", {column(kInt, ints({1})), column(kInt, ints({0}))}), "DIVIDE_BY_ZERO");
  EXPECT_EQ(valueOfCall("/", {constant(1), constant(0)}, legacySettings()), Datum());
  EXPECT_EQ(valueOfCall("try_divide", {constant(1), constant(0)}), Datum());
  EXPECT_EQ(valueOfCall("/", {constant(3), constant(2)}), Datum(1.5));
  EXPECT_EQ(valueOfCall("div", {constant(-7), constant(2)}), Datum(int64_t{-3}));
  EXPECT_EQ(valueOfCall("%", {constant(-7), constant(3)}), Datum(-1));
  EXPECT_EQ(valueOfCall("pmod", {constant(-7), constant(3)}), Datum(2));
}

TEST(Arithmetic, decimalsHaveSparksTypesAndRounding) {
  EXPECT_EQ(typeOf("+", {decimal(5, 2, 100), decimal(4, 3, 1)}), DataType::decimalType(7, 3));
  EXPECT_EQ(typeOf("*", {decimal(5, 2, 100), decimal(4, 3, 1)}), DataType::decimalType(10, 5));
  EXPECT_EQ(typeOf("/", {decimal(5, 2, 100), decimal(4, 3, 1)}), DataType::decimalType(13, 7));
  EXPECT_EQ(typeOf("/", {decimal(38, 10, 1), decimal(38, 10, 1)}), DataType::decimalType(38, 6));
  EXPECT_EQ(typeOf("+", {column(DataType::decimalType(5, 2), {}), constant(1)}),
            DataType::decimalType(6, 2));
  EXPECT_EQ(valueOfCall("+", {decimal(5, 2, 150), decimal(4, 3, 250)}), Datum(Decimal{1750}));
  // 1 / 3 and 2 / 3, to the 6 places of decimal(8,6).
  EXPECT_EQ(valueOfCall("/", {decimal(1, 0, 1), decimal(1, 0, 3)}), Datum(Decimal{333333}));
  EXPECT_EQ(valueOfCall("/", {decimal(1, 0, 2), decimal(1, 0, 3)}), Datum(Decimal{666667}));
  EXPECT_EQ(valueOfCall("/", {decimal(1, 0, -2), decimal(1, 0, 3)}), Datum(Decimal{-666667}));
  const Input huge = constant(DataType::decimalType(38, 0), Datum(Decimal{Int128{1} << 126}));
  EXPECT_EQ(errorOf("*", {huge, huge}), "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION");
  EXPECT_EQ(valueOfCall("*", {huge, huge}, legacySettings()), Datum());
}

TEST(Arithmetic, textsAreNumbersBesideNumbers) {
  EXPECT_EQ(valueOfCall("+", {constant("1"), constant(2)}), Datum(int64_t{3}));
  EXPECT_EQ(valueOfCall("+", {constant("1.5"), constant(kDouble, Datum(1.0))}), Datum(2.5));
  EXPECT_EQ(errorOf("+", {constant("x"), constant(2)}), "CAST_INVALID_INPUT");
  EXPECT_EQ(valueOfCall("+", {constant("1"), constant(2)}, legacySettings()), Datum(3.0));
  EXPECT_EQ(errorOf("+", {constant(DataType::booleanType(), Datum(true)), constant(1)}),
            "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES");
}

TEST(Arithmetic, datesAndIntervals) {
  const DataType date = DataType::dateType();
  const DataType days = DataType::dayTimeIntervalType(IntervalUnit::kDay, IntervalUnit::kDay);
  const DataType months = DataType::yearMonthIntervalType();
  EXPECT_EQ(valueOfCall("+", {constant(date, Datum(10)), constant(5)}), Datum(15));
  EXPECT_EQ(valueOfCall("-", {constant(date, Datum(10)), constant(date, Datum(7))}),
            Datum(int64_t{3} * 86'400'000'000));
  EXPECT_EQ(typeOf("-", {constant(date, Datum(10)), constant(date, Datum(7))}), days);
  // 2020-01-31 + 1 month is 2020-02-29.
  EXPECT_EQ(valueOfCall("+", {constant(date, Datum(18292)), constant(months, Datum(1))}),
            Datum(18321));
  EXPECT_EQ(valueOfCall("*", {constant(months, Datum(3)), constant(2)}), Datum(6));
  // A day in Berlin that has 23 hours.
  SessionSettings settings;
  settings.timeZone = "Europe/Berlin";
  const DataType time = DataType::timestampType();
  EXPECT_EQ(valueOfCall("+",
                        {constant(time, Datum(int64_t{1616799600000000})),
                         constant(days, Datum(int64_t{86'400'000'000}))},
                        settings),
            Datum(int64_t{1616799600000000 + 86'400'000'000}));
  EXPECT_EQ(valueOfCall("+",
                        {constant(time, Datum(int64_t{1616842800000000})),
                         constant(days, Datum(int64_t{86'400'000'000}))},
                        settings),
            Datum(int64_t{1616842800000000 + 23 * 3'600'000'000LL}));
}

TEST(Arithmetic, columnsAreNamedAsBySpark) {
  const Input a = column(kInt, ints({1}));
  EXPECT_EQ(textOf("+", {a, constant(1)}), "(a + 1)");
  EXPECT_EQ(textOf("+", {a, constant(kLong, Datum(int64_t{1}))}), "(a + 1)");
  EXPECT_EQ(textOf("mod", {a, constant(2)}), "mod(a, 2)");
  EXPECT_EQ(textOf("-", {a}), "(- a)");
  EXPECT_EQ(textOf("negative", {a}), "negative(a)");
  EXPECT_EQ(textOf("try_add", {a, constant(1)}), "try_add(a, 1)");
}

TEST(Arithmetic, negativeAndAbs) {
  EXPECT_EQ(call("abs", {column(kInt, ints({-3, 4}))}).value(), ints({3, 4}));
  EXPECT_EQ(errorOf("abs", {constant(INT32_MIN)}), "ARITHMETIC_OVERFLOW");
  EXPECT_EQ(valueOfCall("negative", {constant(kDouble, Datum(1.5))}), Datum(-1.5));
  EXPECT_EQ(valueOfCall("abs", {decimal(5, 2, -150)}), Datum(Decimal{150}));
}

}  // namespace
}  // namespace spate
