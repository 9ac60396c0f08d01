#include <arrow/array/array_base.h>
#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <random>

#include "spate/operators/GroupTable.h"
#include "spate/types/ArrowValues.h"

namespace spate {
namespace {

using Columns = std::vector<std::shared_ptr<arrow::Array>>;

struct Model {
  std::vector<DataType> types;
  std::vector<Row> rows;

  /// Slices of longer columns, as operators get them.
  Columns columns(size_t from, size_t to) const {
    const size_t before = std::min<size_t>(from, 3);
    Columns columns;
    for (size_t i = 0; i < types.size(); ++i) {
      std::vector<Datum> values;
      for (size_t row = from - before; row < to; ++row) values.push_back(rows[row][i]);
      columns.push_back(columnOf(values, types[i]).value()->Slice(static_cast<int64_t>(before)));
    }
    return columns;
  }
};

/// Numbers the rows piece by piece, and compares with the place of the first row that is alike.
void expectFirstComeNumbers(const Model& model, size_t piece) {
  GroupTable table(model.types);
  std::vector<Row> distinct;
  std::vector<uint32_t> groups;
  for (size_t from = 0; from < model.rows.size(); from += piece) {
    const size_t to = std::min(model.rows.size(), from + piece);
    const Columns columns = model.columns(from, to);
    ASSERT_TRUE(table.groupsOf(columns, static_cast<int64_t>(to - from), groups).ok());
    for (size_t row = from; row < to; ++row) {
      size_t expected = 0;
      while (expected < distinct.size() && !(distinct[expected] == model.rows[row])) ++expected;
      if (expected == distinct.size()) distinct.push_back(model.rows[row]);
      ASSERT_EQ(expected, groups[row - from]) << "row " << row;
    }
    table.find(columns, static_cast<int64_t>(to - from), groups);
    for (size_t row = from; row < to; ++row)
      ASSERT_TRUE(distinct[groups[row - from]] == model.rows[row]) << "row " << row;
  }
  ASSERT_EQ(distinct.size(), table.size());
  table.prepareToFind();
  table.find(model.columns(0, model.rows.size()), static_cast<int64_t>(model.rows.size()), groups);
  for (size_t row = 0; row < model.rows.size(); ++row)
    ASSERT_TRUE(distinct[groups[row]] == model.rows[row]) << "row " << row;
  const Columns keys = table.keys().value();
  for (size_t group = 0; group < distinct.size(); ++group)
    for (size_t i = 0; i < model.types.size(); ++i)
      EXPECT_TRUE(distinct[group][i] ==
                  valueAt(*keys[i], static_cast<int64_t>(group), model.types[i]));
}

Model modelOf(std::vector<DataType> types, size_t rows, auto rowOf) {
  Model model{std::move(types), {}};
  std::mt19937_64 random(7);
  for (size_t i = 0; i < rows; ++i) model.rows.push_back(rowOf(random));
  return model;
}

/// Null in one of `one` cases.
Datum orNull(std::mt19937_64& random, uint64_t one, Datum value) {
  return random() % one == 0 ? Datum() : std::move(value);
}

std::string textOf(std::mt19937_64& random) {
  return std::string(random() % 24, static_cast<char>('a' + random() % 3));
}

TEST(GroupTableTest, numbersAndTheirNullAreNumberedByTheirFirstRow) {
  expectFirstComeNumbers(modelOf({DataType::longType()}, 3000,
                                 [](auto& random) {
                                   const auto value = static_cast<int64_t>(random() % 500) - 250;
                                   return Row{orNull(random, 40, Datum(value))};
                                 }),
                         700);
}

TEST(GroupTableTest, textsAndTheirNullAreNumberedByTheirFirstRow) {
  expectFirstComeNumbers(
      modelOf({DataType::stringType()}, 3000,
              [](auto& random) { return Row{orNull(random, 300, Datum(textOf(random)))}; }),
      100);
}

TEST(GroupTableTest, columnsOfFixedWidthAreOneKey) {
  const DataType window = DataType::structOf(
      {{"start", DataType::timestampType(), true}, {"end", DataType::timestampType(), true}});
  expectFirstComeNumbers(modelOf({window, DataType::integerType(), DataType::booleanType()}, 3000,
                                 [](auto& random) {
                                   const auto start = static_cast<int64_t>(random() % 5) * 10;
                                   Row times{orNull(random, 9, Datum(start)), Datum(start + 10)};
                                   return Row{
                                       orNull(random, 9, Datum(std::move(times))),
                                       orNull(random, 9, Datum(static_cast<int32_t>(random() % 3))),
                                       orNull(random, 9, Datum(random() % 2 == 0))};
                                 }),
                         450);
}

TEST(GroupTableTest, keysOfFixedWidthMayHaveAnyNumberOfColumns) {
  for (const size_t columns : {2u, 3u, 5u, 64u, 70u})
    expectFirstComeNumbers(modelOf(std::vector<DataType>(columns, DataType::shortType()), 600,
                                   [&](auto& random) {
                                     Row row(columns, Datum(int16_t{-1}));
                                     row[random() % columns] = Datum();
                                     row[random() % columns] = Datum(int16_t{7});
                                     return row;
                                   }),
                           100);
}

TEST(GroupTableTest, decimalsAreOneKeyWithOthers) {
  const DataType decimal = DataType::decimalType(38, 2);
  expectFirstComeNumbers(modelOf({decimal, DataType::byteType()}, 2000,
                                 [](auto& random) {
                                   // The high half alone tells some of them.
                                   const auto high = static_cast<Int128>(random() % 5) << 64;
                                   return Row{
                                       orNull(random, 9, Datum(Decimal{high - 2})),
                                       orNull(random, 9, Datum(static_cast<int8_t>(random() % 3)))};
                                 }),
                         450);
}

TEST(GroupTableTest, textsBesideNumbersAreOneKey) {
  expectFirstComeNumbers(
      modelOf(
          {DataType::stringType(), DataType::longType()}, 3000,
          [](auto& random) {
            const auto value = static_cast<int64_t>(random() % 3);
            return Row{orNull(random, 9, Datum(textOf(random))), orNull(random, 9, Datum(value))};
          }),
      450);
}

TEST(GroupTableTest, zerosOfBothSignsAreOneKeyAndNaNsToo) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  GroupTable table({DataType::doubleType(), DataType::longType()});
  std::vector<Datum> doubles;
  for (const double value : {0.0, -0.0, nan, -nan, 1.0}) doubles.emplace_back(value);
  const std::vector<Datum> ones(doubles.size(), Datum(int64_t{1}));
  const Columns columns{columnOf(doubles, DataType::doubleType()).value(),
                        columnOf(ones, DataType::longType()).value()};
  std::vector<uint32_t> groups;
  ASSERT_TRUE(table.groupsOf(columns, 5, groups).ok());
  EXPECT_EQ((std::vector<uint32_t>{0, 0, 1, 1, 2}), groups);
}

TEST(GroupTableTest, numbersThatLieCloseAreFoundByTheirPlace) {
  GroupTable table({DataType::longType()});
  const auto column = [](std::vector<Datum> values) {
    return Columns{columnOf(values, DataType::longType()).value()};
  };
  const auto number = [](int64_t value) { return Datum(value); };
  std::vector<uint32_t> groups;
  ASSERT_TRUE(table.groupsOf(column({number(-1), number(3), number(1)}), 3, groups).ok());
  table.prepareToFind();
  const auto least = std::numeric_limits<int64_t>::min();
  const auto most = std::numeric_limits<int64_t>::max();
  const Columns asked = column({number(1), number(0), number(-1), number(3), number(4),
                                number(least), number(most), Datum()});
  const uint32_t none = GroupTable::kNoGroup;
  table.find(asked, 8, groups);
  EXPECT_EQ((std::vector<uint32_t>{2, none, 0, 1, none, none, none, none}), groups);
  ASSERT_TRUE(table.groupsOf(column({number(0)}), 1, groups).ok());
  table.find(asked, 8, groups);
  EXPECT_EQ((std::vector<uint32_t>{2, 3, 0, 1, none, none, none, none}), groups);
}

TEST(GroupTableTest, whatIsNotThereIsNotFound) {
  GroupTable table({DataType::stringType()});
  std::vector<uint32_t> groups;
  const auto column = [](std::vector<Datum> values) {
    return Columns{columnOf(values, DataType::stringType()).value()};
  };
  ASSERT_TRUE(table.groupsOf(column({Datum(std::string("a"))}), 1, groups).ok());
  table.find(column({Datum(std::string("b")), Datum(), Datum(std::string("a"))}), 3, groups);
  EXPECT_EQ((std::vector<uint32_t>{GroupTable::kNoGroup, GroupTable::kNoGroup, 0}), groups);
}

}  // namespace
}  // namespace spate
