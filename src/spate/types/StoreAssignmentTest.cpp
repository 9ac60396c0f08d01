#include <gtest/gtest.h>

#include "spate/types/StoreAssignment.h"

namespace spate {
namespace {

// What Spark 4.3 lets an INSERT store, and what it refuses.

TEST(StoreAssignment, numbersBecomeNumbersAndText) {
  EXPECT_TRUE(isStoreAssignable(DataType::longType(), DataType::byteType()));
  EXPECT_TRUE(isStoreAssignable(DataType::longType(), DataType::stringType()));
  EXPECT_TRUE(isStoreAssignable(DataType::nullType(), DataType::booleanType()));
  EXPECT_TRUE(isStoreAssignable(DataType::booleanType(), DataType::stringType()));
  EXPECT_TRUE(isStoreAssignable(DataType::binaryType(), DataType::stringType()));
  EXPECT_FALSE(isStoreAssignable(DataType::stringType(), DataType::integerType()));
  EXPECT_FALSE(isStoreAssignable(DataType::stringType(), DataType::binaryType()));
  EXPECT_FALSE(isStoreAssignable(DataType::integerType(), DataType::booleanType()));
}

TEST(StoreAssignment, momentsBecomeMoments) {
  EXPECT_TRUE(isStoreAssignable(DataType::dateType(), DataType::timestampType()));
  EXPECT_FALSE(isStoreAssignable(DataType::longType(), DataType::timestampType()));
}

TEST(StoreAssignment, intervalsAreStoredAsTheyAre) {
  const DataType hours = DataType::dayTimeIntervalType(IntervalUnit::kHour, IntervalUnit::kHour);
  const DataType days = DataType::dayTimeIntervalType(IntervalUnit::kDay, IntervalUnit::kSecond);
  EXPECT_TRUE(isStoreAssignable(hours, hours));
  EXPECT_TRUE(isStoreAssignable(hours, DataType::stringType()));
  EXPECT_FALSE(isStoreAssignable(hours, days));
  EXPECT_FALSE(isStoreAssignable(days, hours));
  EXPECT_FALSE(isStoreAssignable(DataType::calendarIntervalType(), DataType::stringType()));
}

TEST(StoreAssignment, nestedTypesArePartByPart) {
  const DataType texts = DataType::arrayOf(DataType::stringType());
  const DataType numbers = DataType::arrayOf(DataType::integerType());
  EXPECT_TRUE(isStoreAssignable(numbers, texts));
  EXPECT_FALSE(isStoreAssignable(texts, numbers));
  EXPECT_FALSE(isStoreAssignable(numbers, DataType::stringType()));
  EXPECT_TRUE(isStoreAssignable(DataType::structOf({{"a", DataType::integerType()}}),
                                DataType::structOf({{"b", DataType::stringType()}})));
  EXPECT_FALSE(isStoreAssignable(DataType::structOf({{"a", DataType::integerType()}}),
                                 DataType::structOf({})));
}

}  // namespace
}  // namespace spate
