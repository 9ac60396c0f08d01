#include <cmath>

#include "spate/functions/FunctionCalls.h"

namespace spate {
namespace {

const DataType kInt = DataType::integerType();
const DataType kLong = DataType::longType();
const DataType kDouble = DataType::doubleType();
const DataType kText = DataType::stringType();
const Datum kNull;

/// Group 0: 1, 3, null, 5; group 1: 7, null; group 2: nothing.
const std::vector<uint32_t> kGroups = {0, 1, 0, 0, 1, 0};
const Row kValues = {Datum(1), Datum(7), Datum(3), Datum(), Datum(), Datum(5)};

Row overInts(std::string_view name, const SessionSettings& settings = {}) {
  auto result = aggregate(name, {column(kInt, kValues)}, kGroups, 3, settings);
  EXPECT_TRUE(result) << (result ? "" : result.error().message());
  return result.value_or(Row{});
}

Row oneGroup(std::string_view name, const std::vector<Input>& inputs) {
  auto result = aggregate(name, inputs, std::vector<uint32_t>(inputs[0].values.size(), 0), 1);
  EXPECT_TRUE(result) << (result ? "" : result.error().message());
  return result.value_or(Row{});
}

BoundAggregate bind(std::string_view name, const DataType& type) {
  const Argument argument{type, true, "a", std::nullopt};
  return findAggregateFunction(name)->bind(name, std::span(&argument, 1), {}).value();
}

TEST(Aggregates, countSumAverage) {
  EXPECT_EQ(overInts("count"), longs({3, 1, 0}));
  EXPECT_EQ(overInts("sum"), (Row{Datum(int64_t{9}), Datum(int64_t{7}), kNull}));
  EXPECT_EQ(overInts("avg"), (Row{Datum(3.0), Datum(7.0), kNull}));
  EXPECT_EQ(oneGroup("count", {column(kInt, kValues), column(kInt, ints({1, 2, 3, 4, 5, 6}))}),
            longs({4}));
}

TEST(Aggregates, sumsOverflowByTheRulesOfTheSession) {
  const Input most = column(kLong, {Datum(INT64_MAX), Datum(int64_t{0}), Datum(int64_t{1})});
  const std::vector<uint32_t> groups = {0, 0, 0};
  EXPECT_EQ(aggregate("sum", {most}, groups, 1).error().errorClass(), "ARITHMETIC_OVERFLOW");
  EXPECT_EQ(aggregate("sum", {most}, groups, 1, legacySettings()).value(), longs({INT64_MIN}));
  EXPECT_EQ(aggregate("try_sum", {most}, groups, 1).value(), (Row{kNull}));
}

TEST(Aggregates, decimalsHaveSparksTypes) {
  const DataType decimal = DataType::decimalType(5, 2);
  EXPECT_EQ(bind("sum", decimal).type, DataType::decimalType(15, 2));
  EXPECT_EQ(bind("avg", decimal).type, DataType::decimalType(9, 6));
  EXPECT_EQ(bind("sum", DataType::floatType()).type, kDouble);
  const Input values =
      column(decimal, {Datum(Decimal{100}), Datum(Decimal{200}), Datum(), Datum(Decimal{101})});
  EXPECT_EQ(oneGroup("sum", {values}), (Row{Datum(Decimal{401})}));
  // 4.01 / 3 to six places.
  EXPECT_EQ(oneGroup("avg", {values}), (Row{Datum(Decimal{1336667})}));
}

TEST(Aggregates, decimalsOfFewDigitsAreAveragedAsDoubles) {
  const auto decimals = [](const DataType& type, std::initializer_list<int64_t> unscaled) {
    Row row;
    for (const int64_t value : unscaled) row.push_back(Datum(Decimal{value}));
    return column(type, row);
  };
  const auto of = [&](std::string_view name, int precision, int scale,
                      std::initializer_list<int64_t> unscaled) {
    return oneGroup(name, {decimals(DataType::decimalType(precision, scale), unscaled)});
  };
  EXPECT_EQ(of("avg", 11, 4,
               {9420103857, -39223565242, -58618588544, 5326261297, -96816347494, -56775314094,
                -88871312021}),
            (Row{Datum(Decimal{-465083946058571})}));
  EXPECT_EQ(
      of("avg", 8, 8, {47850100, -37097300, -48529100, 92508000, 26235400, 45216600, 47540500}),
      (Row{Datum(Decimal{248177428571})}));
  EXPECT_EQ(of("avg", 2, 0, {1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
                             0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}),
            (Row{Datum(Decimal{313})}));
  EXPECT_EQ(of("sum", 8, 0, {99999999, 99999999, -1}), (Row{Datum(Decimal{199999997})}));
  EXPECT_EQ(of("try_sum", 8, 8, {99999999, 99999999}), (Row{Datum(Decimal{199999998})}));
  EXPECT_EQ(of("sum", 3, 1, {}), (Row{kNull}));
  EXPECT_EQ(of("avg", 3, 1, {}), (Row{kNull}));
}

TEST(Aggregates, minMaxAndTheirRows) {
  EXPECT_EQ(overInts("min"), (Row{Datum(1), Datum(7), kNull}));
  EXPECT_EQ(overInts("max"), (Row{Datum(5), Datum(7), kNull}));
  EXPECT_EQ(oneGroup("max", {column(kText, {Datum("b"), Datum("c"), Datum("a")})}),
            (Row{Datum("c")}));
  EXPECT_EQ(oneGroup("max", {column(kDouble, doubles({1.0, std::nan(""), 2.0}))}).size(), 1u);
  EXPECT_TRUE(std::isnan(
      *oneGroup("max", {column(kDouble, doubles({1.0, std::nan(""), 2.0}))})[0].as<double>()));
  EXPECT_EQ(
      oneGroup("min_by", {column(kText, {Datum("x"), Datum("y")}), column(kInt, ints({2, 1}))}),
      (Row{Datum("y")}));
  EXPECT_EQ(
      oneGroup("max", {column(DataType::arrayOf(kInt), {Datum(ints({1, 2})), Datum(ints({2}))})}),
      (Row{Datum(ints({2}))}));
}

TEST(Aggregates, booleansAndBits) {
  const Input flags = column(DataType::booleanType(), {Datum(true), Datum(), Datum(false)});
  EXPECT_EQ(oneGroup("bool_and", {flags}), (Row{Datum(false)}));
  EXPECT_EQ(oneGroup("some", {flags}), (Row{Datum(true)}));
  EXPECT_EQ(oneGroup("count_if", {flags}), longs({1}));
  EXPECT_EQ(oneGroup("bit_and", {column(kInt, ints({7, 6}))}), ints({6}));
  EXPECT_EQ(overInts("bit_xor"), (Row{Datum(7), Datum(7), kNull}));
}

TEST(Aggregates, firstAndLastSkipNullsWhenAsked) {
  const Input values = column(kInt, {Datum(), Datum(), Datum(4)});
  EXPECT_EQ(oneGroup("first", {values}), (Row{kNull}));
  const std::vector<Input> skipping = {values, constant(DataType::booleanType(), Datum(true))};
  EXPECT_EQ(oneGroup("first", skipping), ints({4}));
  EXPECT_EQ(oneGroup("last", skipping), ints({4}));
}

TEST(Aggregates, collectKeepsValuesAndSetsDropRepeats) {
  EXPECT_EQ(overInts("collect_list"),
            (Row{Datum(ints({1, 3, 5})), Datum(ints({7})), Datum(Row{})}));
  EXPECT_EQ(oneGroup("collect_set", {column(kInt, ints({2, 2, 2, 2}))}), (Row{Datum(ints({2}))}));
  EXPECT_EQ(
      oneGroup("string_agg", {column(kText, {Datum("a"), Datum(), Datum("b")}), constant(",")}),
      (Row{Datum("a,b")}));
  EXPECT_EQ(oneGroup("mode", {column(kInt, ints({0, 10, 10}))}), ints({10}));
}

TEST(Aggregates, momentsAreThoseOfSpark) {
  const Input values = column(kDouble, doubles({1, 2, 3, 4}));
  EXPECT_NEAR(*oneGroup("var_samp", {values})[0].as<double>(), 5.0 / 3, 1e-12);
  EXPECT_NEAR(*oneGroup("stddev_pop", {values})[0].as<double>(), std::sqrt(1.25), 1e-12);
  EXPECT_EQ(oneGroup("stddev", {column(kDouble, doubles({1}))}), (Row{kNull}));
  const Input skewed = column(kDouble, doubles({-10, -20, 100, 1000}));
  EXPECT_NEAR(*oneGroup("skewness", {skewed})[0].as<double>(), 1.1135657469022011, 1e-12);
  EXPECT_NEAR(
      *oneGroup("kurtosis", {column(kDouble, doubles({-10, -20, 100, 1000}))})[0].as<double>(),
      -0.7014368047529627, 1e-12);
  const Input x = column(kDouble, doubles({3, 2, 6}));
  const Input y = column(kDouble, doubles({2, 2, 4}));
  EXPECT_NEAR(*oneGroup("corr", {x, y})[0].as<double>(), 0.9707253433941511, 1e-12);
  EXPECT_NEAR(*oneGroup("covar_pop", {column(kDouble, doubles({1, 2, 3})),
                                      column(kDouble, doubles({1, 2, 3}))})[0]
                   .as<double>(),
              2.0 / 3, 1e-12);
}

TEST(Aggregates, percentilesInterpolateOrTakeAValue) {
  const Input tenths = column(kInt, ints({0, 10}));
  EXPECT_EQ(oneGroup("median", {tenths}), doubles({5.0}));
  EXPECT_EQ(oneGroup("percentile", {tenths, constant(kDouble, Datum(0.3))}), doubles({3.0}));
  EXPECT_EQ(oneGroup("percentile_approx", {column(kInt, ints({0, 1, 2, 10})),
                                           constant(kDouble, Datum(0.5)), constant(100)}),
            ints({1}));
  EXPECT_EQ(aggregate("percentile", {tenths, constant(kDouble, Datum(1.5))}, {0, 0}, 1)
                .error()
                .errorClass(),
            "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE");
}

TEST(Aggregates, distinctValuesAreCounted) {
  EXPECT_EQ(oneGroup("approx_count_distinct", {column(kInt, ints({1, 1, 2, 3, 3}))}), longs({3}));
  EXPECT_EQ(overInts("approx_count_distinct"), longs({3, 1, 0}));
}

}  // namespace
}  // namespace spate
