#include <gtest/gtest.h>

#include <string>

#include "spate/operators/StateOrder.h"

namespace spate {
namespace {

// The expected numbers are those of java.util.concurrent.ConcurrentHashMap of Java 17.
TEST(StateOrderTest, newMapBeginsWithSixteenBucketsAndDoublesAtThreeQuarters) {
  EXPECT_EQ(16u, sparkStateBuckets(0, 11, true));
  EXPECT_EQ(32u, sparkStateBuckets(0, 12, true));
  EXPECT_EQ(32u, sparkStateBuckets(0, 23, true));
  EXPECT_EQ(64u, sparkStateBuckets(0, 24, true));
}

TEST(StateOrderTest, copyOfAMapHasRoomForMore) {
  EXPECT_EQ(8u, sparkStateBuckets(2, 2, false));
  EXPECT_EQ(32u, sparkStateBuckets(10, 10, false));
  EXPECT_EQ(32u, sparkStateBuckets(10, 23, false));
  EXPECT_EQ(64u, sparkStateBuckets(10, 24, false));
  EXPECT_EQ(1u, sparkStateBuckets(0, 0, false));
}

TEST(StateOrderTest, rowsStandByBucketAndWithinOneAsTheyCame) {
  std::vector<std::string> keys;
  for (char c = 'a'; c <= 'z'; ++c) keys.push_back(std::string(16, c));
  const std::vector<std::string_view> views(keys.begin(), keys.end());
  const auto all = sparkStateOrder(views, 1);
  for (uint32_t i = 0; i < all.size(); ++i) EXPECT_EQ(i, all[i]);
  const auto halves = sparkStateOrder(views, 2);
  // Two runs, each in the order of coming, and together all of them.
  size_t falls = 0;
  std::vector<bool> seen(keys.size());
  for (size_t i = 0; i < halves.size(); ++i) {
    seen[halves[i]] = true;
    if (i > 0 && halves[i] < halves[i - 1]) ++falls;
  }
  EXPECT_EQ(1u, falls);
  EXPECT_EQ(std::vector<bool>(keys.size(), true), seen);
}

}  // namespace
}  // namespace spate
