#include <cmath>

#include "spate/functions/FunctionCalls.h"

namespace spate {
namespace {

const DataType kInt = DataType::integerType();
const DataType kLong = DataType::longType();
const DataType kDouble = DataType::doubleType();

Input real(double value) { return constant(kDouble, Datum(value)); }
Input decimal(int precision, int scale, int64_t unscaled) {
  return constant(DataType::decimalType(precision, scale), Datum(Decimal{unscaled}));
}

TEST(Math, logarithmsOfWhatHasNoneAreNull) {
  EXPECT_EQ(call("ln", {column(kDouble, doubles({1.0, 0.0, -1.0}))}).value(),
            (Row{Datum(0.0), Datum(), Datum()}));
  EXPECT_EQ(valueOfCall("log", {constant(2), constant(8)}), Datum(std::log(8.0) / std::log(2.0)));
  EXPECT_EQ(valueOfCall("log1p", {real(-1.0)}), Datum());
  EXPECT_EQ(textOf("log", {column(kDouble, {})}), "ln(a)");
  EXPECT_EQ(textOf("sqrt", {column(kDouble, {})}), "SQRT(a)");
}

TEST(Math, hexBinConvFactorial) {
  EXPECT_EQ(valueOfCall("hex", {constant(17)}), Datum("11"));
  EXPECT_EQ(valueOfCall("hex", {constant("Spark SQL")}), Datum("537061726B2053514C"));
  EXPECT_EQ(valueOfCall("hex", {constant(-1)}), Datum("FFFFFFFFFFFFFFFF"));
  EXPECT_EQ(valueOfCall("unhex", {constant("F")}), Datum(std::string("\x0f")));
  EXPECT_EQ(valueOfCall("unhex", {constant("GG")}), Datum());
  EXPECT_EQ(valueOfCall("bin", {constant(13)}), Datum("1101"));
  EXPECT_EQ(valueOfCall("conv", {constant("100"), constant(2), constant(10)}), Datum("4"));
  EXPECT_EQ(valueOfCall("conv", {constant("-10"), constant(16), constant(-10)}), Datum("-16"));
  EXPECT_EQ(valueOfCall("factorial", {constant(5)}), Datum(int64_t{120}));
  EXPECT_EQ(valueOfCall("factorial", {constant(21)}), Datum());
}

TEST(Math, widthBucket) {
  const auto bucket = [](double value, double low, double high) {
    return valueOfCall("width_bucket", {real(value), real(low), real(high), constant(5)});
  };
  EXPECT_EQ(bucket(5.3, 0.2, 10.6), Datum(int64_t{3}));
  EXPECT_EQ(bucket(-2.1, 1.3, 3.4), Datum(int64_t{0}));
  EXPECT_EQ(bucket(8.1, 0.0, 5.7), Datum(int64_t{6}));
  EXPECT_EQ(bucket(-0.9, 5.2, 0.5), Datum(int64_t{6}));
}

TEST(Rounding, roundsAsBigDecimalDoes) {
  EXPECT_EQ(valueOfCall("round", {real(2.5), constant(0)}), Datum(3.0));
  EXPECT_EQ(valueOfCall("bround", {real(2.5), constant(0)}), Datum(2.0));
  EXPECT_EQ(valueOfCall("round", {real(-2.5)}), Datum(-3.0));
  EXPECT_EQ(valueOfCall("round", {real(1.005), constant(2)}), Datum(1.01));
  EXPECT_EQ(valueOfCall("round", {real(3.1415), constant(3)}), Datum(3.142));
  EXPECT_EQ(valueOfCall("round", {real(1234.5), constant(-2)}), Datum(1200.0));
  EXPECT_EQ(valueOfCall("round", {real(1e300), constant(2)}), Datum(1e300));
  EXPECT_EQ(valueOfCall("round", {constant(25), constant(-1)}), Datum(30));
  EXPECT_EQ(valueOfCall("bround", {constant(25), constant(-1)}), Datum(20));
  EXPECT_EQ(errorOf("round", {constant(INT32_MAX), constant(-1)}), "ARITHMETIC_OVERFLOW");
  EXPECT_EQ(valueOfCall("round", {decimal(5, 3, 2345), constant(2)}), Datum(Decimal{235}));
  EXPECT_EQ(typeOf("round", {decimal(5, 3, 2345), constant(2)}), DataType::decimalType(5, 2));
  EXPECT_EQ(textOf("round", {column(kDouble, {})}), "round(a, 0)");
}

TEST(Rounding, ceilAndFloorGiveLongs) {
  EXPECT_EQ(valueOfCall("ceil", {real(-0.1)}), Datum(int64_t{0}));
  EXPECT_EQ(valueOfCall("floor", {real(-0.1)}), Datum(int64_t{-1}));
  EXPECT_EQ(valueOfCall("floor", {decimal(3, 1, -15)}), Datum(Decimal{-2}));
  EXPECT_EQ(typeOf("ceil", {decimal(3, 1, 15)}), DataType::decimalType(3, 0));
  EXPECT_EQ(textOf("ceil", {column(kDouble, {})}), "CEIL(a)");
}

TEST(Bitwise, operatorsAndShifts) {
  EXPECT_EQ(valueOfCall("&", {constant(3), constant(5)}), Datum(1));
  EXPECT_EQ(valueOfCall("^", {constant(3), constant(5)}), Datum(6));
  EXPECT_EQ(valueOfCall("~", {constant(0)}), Datum(-1));
  EXPECT_EQ(valueOfCall("shiftleft", {constant(2), constant(33)}), Datum(4));
  EXPECT_EQ(valueOfCall("shiftrightunsigned", {constant(-4), constant(1)}), Datum(2147483646));
  EXPECT_EQ(valueOfCall("bit_count", {constant(-1)}), Datum(64));
  EXPECT_EQ(valueOfCall("bit_get", {constant(11), constant(0)}), Datum(int8_t{1}));
  EXPECT_EQ(errorOf("bit_get", {constant(11), constant(32)}),
            "INVALID_PARAMETER_VALUE.BIT_POSITION_RANGE");
}

TEST(Random, aSeedGivesSparksNumbers) {
  const Row values = call("rand", {constant(42)}).value();
  ASSERT_EQ(values.size(), 1u);
  EXPECT_NEAR(*values[0].as<double>(), 0.619189370225301, 1e-15);
}

TEST(Random, batchesContinueTheSequence) {
  const SessionSettings settings;
  const auto bound = bindInputs("rand", {constant(42)}, settings).value();
  const auto three = arrow::RecordBatch::Make(arrow::schema({}), 3, arrow::ArrayVector{});
  const auto one = arrow::RecordBatch::Make(arrow::schema({}), 1, arrow::ArrayVector{});
  EvalContext whole{.settings = settings};
  const auto all = evaluateToArray(*bound.expression, *three, whole).value();
  EvalContext later{.settings = settings, .rowsBefore = 2};
  const auto last = evaluateToArray(*bound.expression, *one, later).value();
  EXPECT_EQ(valueAt(*all, 2, kDouble), valueAt(*last, 0, kDouble));
}

}  // namespace
}  // namespace spate
