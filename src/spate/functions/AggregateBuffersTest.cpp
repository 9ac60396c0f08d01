// The buffers of aggregates are those that real Spark 4.3 keeps, so that it goes on from them.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "spate/functions/FunctionCalls.h"
#include "spate/functions/ValueCounts.h"

namespace spate {
namespace {

const DataType kInt = DataType::integerType();
const DataType kLong = DataType::longType();
const DataType kDouble = DataType::doubleType();
const Datum kNull;

std::string namesOf(const BoundAggregate& bound) {
  std::string names;
  for (const StructField& field : bound.buffer)
    names += field.name + " " + field.type.simpleString() + (field.nullable ? "; " : " not null; ");
  return names;
}

BoundAggregate bound(std::string_view name, const std::vector<Input>& inputs) {
  std::vector<Argument> arguments;
  for (const Input& input : inputs) {
    arguments.push_back({input.type, true, "a", std::nullopt});
    if (input.isConstant) arguments.back().constant = input.values[0];
  }
  auto result = findAggregateFunction(name)->bind(name, arguments, {});
  EXPECT_TRUE(result) << (result ? "" : result.error().message());
  return result ? *std::move(result) : BoundAggregate{};
}

/// The buffer of one group with all rows.
Row bufferOf(std::string_view name, const std::vector<Input>& inputs) {
  const BoundAggregate function = bound(name, inputs);
  const size_t rows = inputs[0].values.size();
  std::vector<arrow::Datum> columns;
  for (size_t i = 0; i < inputs.size(); ++i) {
    Row values;
    for (size_t row = 0; row < rows; ++row)
      values.push_back(inputs[i].values[inputs[i].isConstant ? 0 : row]);
    const auto column = columnOf(values, inputs[i].type).value();
    columns.push_back(castColumn(arrow::Datum(column), inputs[i].type, function.argumentTypes[i],
                                 CastPolicy::kAnsi, "UTC")
                          .value());
  }
  const SessionSettings settings;
  EvalContext context{.settings = settings};
  const auto accumulator = function.make(settings);
  accumulator->resize(1);
  const auto status = accumulator->update(context, columns, std::vector<uint32_t>(rows, 0));
  EXPECT_TRUE(status.ok()) << status.message();
  const auto buffers = accumulator->buffers().value();
  Row row;
  for (size_t i = 0; i < buffers.size(); ++i)
    row.push_back(valueAt(*buffers[i], 0, function.buffer[i].type));
  return row;
}

/// Rows with a null are in none of them.
const std::vector<Input> kPairs = {
    column(kDouble, {Datum(1.0), Datum(2.0), Datum(), Datum(2.0), Datum(7.0)}),
    column(kDouble, {Datum(2.0), Datum(), Datum(3.0), Datum(4.0), Datum(6.0)})};

TEST(AggregateBuffers, regressionsKeepWhatSparksReplacementsKeep) {
  const double third = 3.333333333333333;
  const double yy = 20.666666666666668;
  EXPECT_EQ(namesOf(bound("regr_sxy", kPairs)),
            "n double not null; xAvg double not null; yAvg double not null; ck double not null; ");
  EXPECT_EQ(bufferOf("regr_sxy", kPairs), doubles({3, third, 4, 12}));
  EXPECT_EQ(bufferOf("regr_r2", kPairs), doubles({3, third, 4, 12, yy, 8}));
  EXPECT_EQ(namesOf(bound("regr_slope", kPairs)),
            "n double not null; xAvg double not null; yAvg double not null; ck double not null; "
            "n double not null; avg double not null; m2 double not null; ");
  EXPECT_EQ(bufferOf("regr_slope", kPairs), doubles({3, 4, third, 12, 3, 4, 8}));
  EXPECT_EQ(bufferOf("regr_intercept", kPairs), doubles({3, 4, third, 12, 3, 4, 8}));
  EXPECT_EQ(bufferOf("regr_sxx", kPairs), doubles({3, 4, 8}));
  EXPECT_EQ(bufferOf("regr_syy", kPairs), doubles({3, third, yy}));
  EXPECT_EQ(bufferOf("regr_avgx", kPairs), (Row{Datum(12.0), Datum(int64_t{3})}));
  EXPECT_EQ(bufferOf("regr_avgy", kPairs), (Row{Datum(10.0), Datum(int64_t{3})}));
  EXPECT_EQ(bufferOf("regr_count", kPairs), longs({3}));
}

TEST(AggregateBuffers, sumsOfFewDecimalDigitsAreLongsAndTheirAveragesDoubles) {
  const auto decimals = [](int precision) {
    return column(DataType::decimalType(precision, 2),
                  {Datum(Decimal{150}), Datum(), Datum(Decimal{-25})});
  };
  const auto names = [&](std::string_view name, int precision) {
    return namesOf(bound(name, {decimals(precision)}));
  };
  EXPECT_EQ(names("sum", 8), "sum bigint; ");
  EXPECT_EQ(names("try_sum", 8), "sum bigint; isEmpty boolean not null; ");
  EXPECT_EQ(names("sum", 9), "sum decimal(19,2); isEmpty boolean not null; ");
  EXPECT_EQ(names("avg", 11), "sum double; count bigint not null; ");
  EXPECT_EQ(names("try_avg", 11), "sum double; count bigint not null; ");
  EXPECT_EQ(names("avg", 12), "sum decimal(22,2); count bigint not null; ");
  EXPECT_EQ(bufferOf("sum", {decimals(8)}), longs({125}));
  EXPECT_EQ(bufferOf("try_sum", {decimals(8)}), (Row{Datum(int64_t{125}), Datum(false)}));
  EXPECT_EQ(bufferOf("avg", {decimals(11)}), (Row{Datum(125.0), Datum(int64_t{2})}));
}

TEST(AggregateBuffers, regressionsAreThoseOfSpark) {
  const auto of = [](std::string_view name, const std::vector<Input>& inputs) {
    return aggregate(name, inputs, std::vector<uint32_t>(inputs[0].values.size(), 0), 1).value();
  };
  EXPECT_EQ(of("regr_count", kPairs), longs({3}));
  EXPECT_EQ(of("regr_avgx", kPairs), doubles({4}));
  EXPECT_EQ(of("regr_avgy", kPairs), doubles({10.0 / 3}));
  EXPECT_NEAR(*of("regr_slope", kPairs)[0].as<double>(), 1.5, 1e-12);
  EXPECT_NEAR(*of("regr_intercept", kPairs)[0].as<double>(), -2.666666666666667, 1e-12);
  EXPECT_NEAR(*of("regr_r2", kPairs)[0].as<double>(), 0.8709677419354838, 1e-12);
  const Input varied = column(kInt, ints({2, 3}));
  const Input same = column(kInt, ints({1, 1}));
  EXPECT_EQ(of("regr_r2", {same, varied}), doubles({1}));
  EXPECT_EQ(of("regr_r2", {varied, same}), (Row{kNull}));
  EXPECT_EQ(of("regr_slope", {varied, same}), (Row{kNull}));
  // The average of decimals is one.
  const DataType decimal = DataType::decimalType(10, 2);
  EXPECT_EQ(bound("regr_avgx", {same, column(decimal, {})}).type, DataType::decimalType(14, 6));
  EXPECT_EQ(of("regr_avgy", {column(kInt, ints({4, 2})), column(kInt, {Datum(), Datum()})}),
            (Row{kNull}));
}

TEST(AggregateBuffers, checkedSumsSayWhetherThereWasAValue) {
  const Input most = column(kLong, {Datum(INT64_MAX), Datum(int64_t{1})});
  EXPECT_EQ(namesOf(bound("sum", {most})), "sum bigint; ");
  EXPECT_EQ(namesOf(bound("try_sum", {most})), "sum bigint; isEmpty boolean not null; ");
  EXPECT_EQ(namesOf(bound("try_sum", {column(kDouble, {})})), "sum double; ");
  EXPECT_EQ(bufferOf("try_sum", {most}), (Row{kNull, Datum(false)}));
  EXPECT_EQ(bufferOf("try_sum", {column(kInt, {Datum()})}), (Row{Datum(int64_t{0}), Datum(true)}));
  EXPECT_EQ(aggregate("try_sum", {most}, {0, 1}, 3).value(),
            (Row{Datum(INT64_MAX), Datum(int64_t{1}), kNull}));
}

TEST(AggregateBuffers, averagesOfIntervalsAreSummedAsIntervals) {
  const DataType year = DataType::yearMonthIntervalType(IntervalUnit::kYear, IntervalUnit::kYear);
  const Input years = column(year, ints({12, 24, 30}));
  EXPECT_EQ(namesOf(bound("avg", {years})), "sum interval year to month; count bigint not null; ");
  EXPECT_EQ(bound("avg", {years}).type, DataType::yearMonthIntervalType());
  EXPECT_EQ(namesOf(bound("try_sum", {years})), "sum interval year; isEmpty boolean not null; ");
  EXPECT_EQ(bufferOf("avg", {years}), (Row{Datum(66), Datum(int64_t{3})}));
  EXPECT_EQ(aggregate("avg", {years}, {0, 0, 0}, 2).value(), (Row{Datum(22), kNull}));
  EXPECT_EQ(aggregate("avg", {column(year, ints({-1, -2}))}, {0, 0}, 1).value(), ints({-2}));
  const Input days = column(DataType::dayTimeIntervalType(), {Datum(INT64_MAX), Datum(INT64_MAX)});
  EXPECT_EQ(aggregate("avg", {days}, {0, 0}, 1).error().errorClass(),
            "INTERVAL_ARITHMETIC_OVERFLOW.WITH_SUGGESTION");
  EXPECT_EQ(aggregate("avg", {days}, {0, 0}, 1, legacySettings()).error().errorClass(),
            "INTERVAL_ARITHMETIC_OVERFLOW.WITH_SUGGESTION");
  EXPECT_EQ(aggregate("try_avg", {days}, {0, 0}, 1).value(), (Row{kNull}));
}

std::string hex(const Datum& bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : *bytes.as<std::string>()) {
    text += kDigits[static_cast<uint8_t>(c) >> 4];
    text += kDigits[static_cast<uint8_t>(c) & 15];
  }
  return text;
}

std::string bytesOf(std::string_view name, const std::vector<Input>& inputs) {
  EXPECT_EQ(namesOf(bound(name, inputs)), "buf binary; ");
  return hex(bufferOf(name, inputs)[0]);
}

TEST(AggregateBuffers, percentilesAndModesKeepSparksMapsOfCounts) {
  EXPECT_EQ(bytesOf("percentile", {column(kInt, ints({7})), constant(kDouble, Datum(0.5))}),
            "000000180000000000000000"
            "0700000000000000"
            "0100000000000000"
            "ffffffff");
  EXPECT_EQ(bytesOf("median", {column(DataType::decimalType(10, 2), {Datum(Decimal{725})})}),
            "000000180000000000000000"
            "d502000000000000"
            "0100000000000000"
            "ffffffff");
  EXPECT_EQ(bytesOf("median", {column(DataType::floatType(), {Datum(1.5F), Datum(1.5F)})}),
            "000000180000000000000000"
            "0000c03f00000000"
            "0200000000000000"
            "ffffffff");
  EXPECT_EQ(bytesOf("median", {column(DataType::yearMonthIntervalType(), ints({3}))}),
            "000000180000000000000000"
            "0300000000000000"
            "0100000000000000"
            "ffffffff");
  EXPECT_EQ(bytesOf("median", {column(kInt, {Datum()})}), "ffffffff");
  const DataType text = DataType::stringType();
  EXPECT_EQ(bytesOf("mode", {column(text, {Datum("ab"), Datum("ab"), Datum(), Datum("ab")})}),
            "000000200000000000000000"
            "0200000018000000"
            "0300000000000000"
            "6162000000000000"
            "ffffffff");
}

TEST(AggregateBuffers, countsOfAllTypesAreMerged) {
  const auto of = [](std::string_view name, const DataType& type, const Row& values) {
    const auto result =
        aggregate(name, {column(type, values)}, std::vector<uint32_t>(values.size(), 0), 2);
    EXPECT_TRUE(result) << (result ? "" : result.error().message());
    // The second group has no values.
    EXPECT_TRUE(!result || (*result)[1].isNull());
    return result ? (*result)[0] : Datum("failed");
  };
  const DataType wide = DataType::decimalType(38, 2);
  const Row decimals = {Datum(Decimal{-700}), Datum(Decimal{100}), Datum(Decimal{100}), Datum()};
  EXPECT_EQ(of("mode", wide, decimals), Datum(Decimal{100}));
  EXPECT_EQ(of("median", wide, decimals), Datum(1.0));
  EXPECT_EQ(of("mode", DataType::booleanType(), {Datum(true), Datum(false), Datum(true)}),
            Datum(true));
  EXPECT_EQ(of("mode", DataType::byteType(), {Datum(int8_t{-1}), Datum(int8_t{-1})}),
            Datum(int8_t{-1}));
  EXPECT_EQ(of("mode", DataType::binaryType(), {Datum("x"), Datum("a"), Datum("x")}), Datum("x"));
  EXPECT_EQ(
      of("mode", DataType::arrayOf(kInt), {Datum(ints({1})), Datum(ints({2})), Datum(ints({2}))}),
      Datum(ints({2})));
  EXPECT_EQ(of("mode", kInt, ints({3, 1, 2})), Datum(1));
  EXPECT_EQ(of("median", DataType::dayTimeIntervalType(), longs({-1, -4})), Datum(int64_t{-2}));
  EXPECT_EQ(of("median", DataType::yearMonthIntervalType(), ints({12, 13})), Datum(12));
  // More than wait to be sorted, and every value many times.
  Row many;
  for (int i = 0; i < 20000; ++i) many.emplace_back((i * 7919) % 1001);
  EXPECT_EQ(of("median", kInt, many), Datum(500.0));
}

TEST(AggregateBuffers, frequenciesAreCountsOfTheirValue) {
  const Input values = column(kInt, ints({1, 2, 3}));
  const Input half = constant(kDouble, Datum(0.5));
  const Input frequencies = column(kInt, ints({1, 0, 1000000}));
  EXPECT_EQ(aggregate("percentile", {values, half, frequencies}, {0, 0, 0}, 1).value(),
            doubles({3}));
  const auto refused =
      aggregate("percentile", {values, half, column(kInt, ints({1, 1, -2}))}, {0, 0, 0}, 1);
  EXPECT_EQ(refused.error().errorClass(), "NEGATIVE_VALUES_IN_FREQUENCY_EXPRESSION");
  EXPECT_EQ(refused.error().parameters().at("negativeValue"), "-2L");
}

TEST(AggregateBuffers, countsThatDoNotHoldAreRefused) {
  const auto codec = ValueCountCodec<int32_t>::make(kInt).value();
  const auto nothing = [](int32_t, int64_t) {};
  std::string bytes;
  ASSERT_TRUE(codec.encode({{7, 1}, {8, 2}}, bytes).ok());
  EXPECT_TRUE(codec.decode(bytes, nothing).ok());
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(codec.decode(bytes.substr(0, size), nothing).code(), StatusCode::kCorrupt) << size;
}

TEST(AggregateBuffers, setsOfBinaryValuesKeepArraysOfBytes) {
  const Input values = column(DataType::binaryType(), {Datum("\x01\x02"), Datum("\x01\x02")});
  EXPECT_EQ(hex(bufferOf("collect_set", {values})[0]),
            "00000000000000003000000010000000"
            "0100000000000000"
            "0000000000000000"
            "1800000018000000"
            "0200000000000000"
            "0000000000000000"
            "0102000000000000");
  Row all;
  for (int i = 0; i < 300; ++i) all.emplace_back(std::string(static_cast<size_t>(i % 100), 'x'));
  const auto merged = aggregate("collect_set", {column(DataType::binaryType(), all)},
                                std::vector<uint32_t>(all.size(), 0), 1);
  ASSERT_TRUE(merged) << merged.error().message();
  Row set = *(*merged)[0].as<Row>();
  EXPECT_EQ(set.size(), 100u);
  for (const Datum& value : set)
    EXPECT_EQ(value.as<std::string>()->find_first_not_of('x'), std::string::npos);
}

}  // namespace
}  // namespace spate
