#include <gtest/gtest.h>

#include "spate/connect/TableColumns.h"
#include "spate/plan/PlanText.h"

namespace spate {
namespace {

class TableColumnsTest : public ::testing::Test {
 protected:
  TableColumnsTest() {
    table_.name = {"default", "t"};
    table_.schema =
        DataType::structOf({{"a", DataType::integerType()}, {"p", DataType::stringType()}});
    table_.partitionColumns = {"p"};
    insert_.query = plan::make(plan::OneRow{});
  }
  std::string aligned(const DataType& schema) {
    const auto query = alignToTable(table_, insert_, schema);
    if (!query) return query.error().errorClass();
    const std::string text = plan::toText(**query);
    return text.substr(0, text.find('\n'));
  }

  CatalogTable table_;
  plan::InsertInto insert_;
  const DataType two_ =
      DataType::structOf({{"x", DataType::longType()}, {"y", DataType::stringType()}});
  const DataType one_ = DataType::structOf({{"x", DataType::longType()}});
};

TEST_F(TableColumnsTest, byPositionNeedsAsManyColumns) {
  EXPECT_NE(aligned(two_).find("AS a"), std::string::npos);
  EXPECT_EQ(aligned(one_), "INSERT_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS");
  table_.schema = one_;
  table_.partitionColumns.clear();
  EXPECT_EQ(aligned(two_), "INSERT_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS");
}

TEST_F(TableColumnsTest, staticPartitionIsNotTheQuerys) {
  insert_.partition = {{"P", plan::make(plan::Literal{DataType::stringType(), Datum("z")})}};
  EXPECT_NE(aligned(one_).find("'z'"), std::string::npos);
  EXPECT_EQ(aligned(two_), "INSERT_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS");
  insert_.partition = {{"a", nullptr}};
  EXPECT_EQ(aligned(two_), "NON_PARTITION_COLUMN");
}

TEST_F(TableColumnsTest, listedColumnsLeaveNullsInTheOthers) {
  insert_.columns = {"p"};
  EXPECT_NE(aligned(one_).find("NULL"), std::string::npos) << aligned(one_);
  insert_.columns = {"zz"};
  EXPECT_EQ(aligned(one_), "UNRESOLVED_COLUMN.WITH_SUGGESTION");
  insert_.columns = {"a", "A"};
  EXPECT_EQ(aligned(two_), "COLUMN_ALREADY_EXISTS");
}

TEST_F(TableColumnsTest, byNameFindsColumnsInAnyOrder) {
  insert_.byName = true;
  EXPECT_EQ(aligned(two_), "INCOMPATIBLE_DATA_FOR_TABLE.EXTRA_COLUMNS");
  const DataType turned =
      DataType::structOf({{"P", DataType::stringType()}, {"a", DataType::longType()}});
  EXPECT_NE(aligned(turned).find("AS a"), std::string::npos);
}

TEST_F(TableColumnsTest, partitionNamesAllColumnsAndThoseWithValuesFirst) {
  table_.schema = DataType::structOf({{"a", DataType::integerType()},
                                      {"p", DataType::stringType()},
                                      {"q", DataType::stringType()}});
  table_.partitionColumns = {"p", "q"};
  const auto value = plan::make(plan::Literal{DataType::stringType(), Datum("z")});
  insert_.partition = {{"Q", value}};
  EXPECT_EQ(aligned(two_), "_LEGACY_ERROR_TEMP_1169");
  insert_.partition = {{"q", value}, {"p", nullptr}};
  EXPECT_EQ(aligned(two_), "_LEGACY_ERROR_TEMP_1147");
  insert_.partition = {{"q", nullptr}, {"p", value}};
  EXPECT_NE(aligned(two_).find("'z'"), std::string::npos);
}

TEST_F(TableColumnsTest, textIsNoNumber) {
  const DataType texts =
      DataType::structOf({{"x", DataType::stringType()}, {"y", DataType::stringType()}});
  EXPECT_EQ(aligned(texts), "INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST");
}

}  // namespace
}  // namespace spate
