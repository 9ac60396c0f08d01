#include <gmock/gmock.h>

#include "spate/rdd/TestContext.h"

namespace spate {
namespace {

using testing::ElementsAre;
using Ints = std::vector<int>;

class Repartition : public testing::Test {
 protected:
  RDD<int> numbers(int n, int slices) {
    Ints all;
    for (int i = 0; i < n; ++i) all.push_back(i);
    return sc.parallelize(all, slices);
  }

  TestContext context;
  SparkContext& sc = context.sc;
};

TEST_F(Repartition, coalesceJoinsNeighboursAndRepartitionDealsOut) {
  const auto five = numbers(10, 5);
  EXPECT_THAT(five.coalesce(2).glom().collect(),
              ElementsAre(Ints{0, 1, 2, 3}, Ints{4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(5, five.coalesce(9).getNumPartitions());
  EXPECT_EQ(1, stagesOf(sc, [&] { five.coalesce(2).count(); }));

  const auto dealt = numbers(1000, 1).repartition(4).glom().collect();
  ASSERT_EQ(4u, dealt.size());
  for (const auto& part : dealt) EXPECT_EQ(250u, part.size());
  EXPECT_EQ(numbers(1000, 1).collect(), sorted(numbers(1000, 1).repartition(4).collect()));
  EXPECT_EQ("requirement failed: Number of partitions (0) must be positive.",
            messageOf([&] { five.coalesce(0); }));
}

TEST_F(Repartition, sortByOrdersOverAllPartitionsAndIsStable) {
  Ints shuffled;
  for (int i = 0; i < 500; ++i) shuffled.push_back(i * 37 % 500);
  const auto rdd = sc.parallelize(shuffled, 5);
  EXPECT_EQ(numbers(500, 1).collect(), rdd.sortBy([](int i) { return i; }).collect());
  auto falling = rdd.sortBy([](int i) { return i; }, false, 3).collect();
  std::reverse(falling.begin(), falling.end());
  EXPECT_EQ(numbers(500, 1).collect(), falling);
  EXPECT_THAT(
      sc.parallelize(Ints{12, 21, 11, 22}, 1).sortBy([](int i) { return i / 10; }).collect(),
      ElementsAre(12, 11, 21, 22));
  EXPECT_EQ(0, sc.emptyRDD<int>().sortBy([](int i) { return i; }).count());
}

TEST_F(Repartition, sortRangesHoldAboutAsMuch) {
  for (const auto& part :
       numbers(4000, 4).sortBy([](int i) { return i; }, true, 4).glom().collect())
    EXPECT_NEAR(1000, static_cast<double>(part.size()), 700);
}

}  // namespace
}  // namespace spate
