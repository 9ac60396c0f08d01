#include <gmock/gmock.h>

#include "spate/rdd/TestContext.h"

namespace spate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Ints = std::vector<int>;

class Zip : public testing::Test {
 protected:
  RDD<int> numbers(int n, int slices) {
    Ints all;
    for (int i = 0; i < n; ++i) all.push_back(i);
    return sc.parallelize(all, slices);
  }

  TestContext context;
  SparkContext& sc = context.sc;
};

TEST_F(Zip, cartesianPairsEveryPartition) {
  const auto pairs = numbers(3, 2).cartesian(numbers(2, 2));
  EXPECT_EQ(4, pairs.getNumPartitions());
  EXPECT_EQ((std::vector<std::pair<int, int>>{{0, 0}, {0, 1}, {1, 0}, {1, 1}, {2, 0}, {2, 1}}),
            sorted(pairs.collect()));
}

TEST_F(Zip, zipPairsByPositionAndRefusesUnequalParts) {
  const auto squares = numbers(4, 2).map([](int i) { return i * i; });
  EXPECT_THAT(numbers(4, 2).zip(squares).collect(),
              ElementsAre(std::pair(0, 0), std::pair(1, 1), std::pair(2, 4), std::pair(3, 9)));
  EXPECT_EQ("Can't zip RDDs with unequal numbers of partitions: List(2, 3)",
            messageOf([&] { numbers(4, 2).zip(numbers(4, 3)); }));
  const std::string expected = "Can only zip RDDs with same number of elements in each partition";
  EXPECT_THAT(messageOf([&] { numbers(4, 2).zip(numbers(5, 2)).collect(); }), HasSubstr(expected));
  EXPECT_THAT(messageOf([&] { numbers(5, 2).zip(numbers(4, 2)).collect(); }), HasSubstr(expected));
}

TEST_F(Zip, zipPartitionsSeesBothPartitions) {
  const auto sums =
      numbers(4, 2).zipPartitions(numbers(6, 2), [](Iterator<int> a, Iterator<int> b) {
        return Ints{int(a.size()), int(b.size())};
      });
  EXPECT_THAT(sums.collect(), ElementsAre(2, 3, 2, 3));
}

TEST_F(Zip, zipWithIndexCountsOverPartitions) {
  const auto letters = sc.parallelize(std::vector<std::string>{"a", "b", "c", "d", "e"}, 3);
  const auto indexed = letters.zipWithIndex().values().collect();
  EXPECT_THAT(indexed, ElementsAre(0, 1, 2, 3, 4));
  // Slices are a | b c | d e: k, k + 3, ...
  EXPECT_THAT(letters.zipWithUniqueId().values().collect(), ElementsAre(0, 1, 4, 2, 5));
  EXPECT_EQ(0, stagesOf(sc, [&] { numbers(3, 1).zipWithIndex(); }));
}

}  // namespace
}  // namespace spate
