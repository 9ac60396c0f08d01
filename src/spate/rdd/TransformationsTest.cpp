#include <gmock/gmock.h>

#include "spate/rdd/TestContext.h"

namespace spate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Ints = std::vector<int>;

class Transformations : public testing::Test {
 protected:
  RDD<int> numbers(int n, int slices) {
    Ints all;
    for (int i = 0; i < n; ++i) all.push_back(i);
    return sc.parallelize(all, slices);
  }

  TestContext context;
  SparkContext& sc = context.sc;
};

TEST_F(Transformations, distinctGivesEachValueOnce) {
  EXPECT_EQ((Ints{1, 2, 3}), sorted(sc.parallelize(Ints{3, 1, 2, 3, 1}, 3).distinct().collect()));
  EXPECT_EQ(4, sc.parallelize(Ints{3, 1}, 2).distinct(4).getNumPartitions());
}

TEST_F(Transformations, sampleTakesTheSameForTheSameSeed) {
  const auto all = numbers(2000, 4);
  const auto some = all.sample(false, 0.3, 7).collect();
  EXPECT_NEAR(600, static_cast<double>(some.size()), 120);
  EXPECT_EQ(some, all.sample(false, 0.3, 7).collect());
  EXPECT_NE(some, all.sample(false, 0.3, 8).collect());
  EXPECT_TRUE(std::adjacent_find(some.begin(), some.end()) == some.end());
  const auto repeated = all.sample(true, 2.0, 7).collect();
  EXPECT_NEAR(4000, static_cast<double>(repeated.size()), 400);
  EXPECT_EQ(0, all.sample(true, 0.0, 7).count());
  EXPECT_THAT(messageOf([&] { all.sample(false, 1.5); }), HasSubstr("Fraction must be in [0, 1]"));
}

TEST_F(Transformations, randomSplitPutsEachElementIntoOnePart) {
  const auto parts = numbers(1000, 3).randomSplit({1, 2, 1}, 5);
  ASSERT_EQ(3u, parts.size());
  Ints all;
  for (const auto& part : parts) {
    for (const int i : part.collect()) all.push_back(i);
  }
  EXPECT_NEAR(500, static_cast<double>(parts[1].count()), 100);
  EXPECT_EQ(numbers(1000, 1).collect(), sorted(all));
  EXPECT_THAT(messageOf([&] {
                numbers(3, 1).randomSplit({-1, 2});
              }),
              HasSubstr("Weights must be nonnegative"));
}

TEST_F(Transformations, unionKeepsOrderAndPartitions) {
  const auto both = numbers(4, 2).union_(numbers(2, 1)) + numbers(1, 1);
  EXPECT_THAT(both.collect(), ElementsAre(0, 1, 2, 3, 0, 1, 0));
  EXPECT_EQ(4, both.getNumPartitions());
}

TEST_F(Transformations, intersectionAndSubtractCompareValues) {
  const auto left = sc.parallelize(Ints{1, 1, 2, 3, 5}, 2);
  const RDD<int> right = sc.parallelize(Ints{1, 3, 3, 4}, 3);
  EXPECT_EQ((Ints{1, 3}), sorted(left.intersection(right).collect()));
  EXPECT_EQ((Ints{2, 5}), sorted(left.subtract(right).collect()));
  EXPECT_EQ((Ints{1, 1}), sorted(left.subtract(sc.parallelize(Ints{2, 3, 5}, 1)).collect()));
}

TEST_F(Transformations, groupByKeyByAndGlom) {
  auto groups = numbers(5, 2).groupBy([](int i) { return i % 2; }).collectAsMap();
  EXPECT_THAT(groups[0], ElementsAre(0, 2, 4));
  EXPECT_THAT(groups[1], ElementsAre(1, 3));
  EXPECT_THAT(numbers(2, 1).keyBy([](int i) { return -i; }).collect(),
              ElementsAre(std::pair(0, 0), std::pair(-1, 1)));
}

TEST_F(Transformations, rangeReachesTheEndsOfItsType) {
  const int64_t max = std::numeric_limits<int64_t>::max();
  EXPECT_THAT(sc.range(max - 3, max, 2, 2).collect(), ElementsAre(max - 3, max - 1));
  EXPECT_THAT(sc.range(5, 0, -2, 3).collect(), ElementsAre(5, 3, 1));
  EXPECT_THAT(sc.range(-max, max, max, 1).collect(), ElementsAre(-max, 0));
}

TEST_F(Transformations, lineageIsDrawnAsSparkDrawsIt) {
  const auto words = sc.parallelize(std::vector<std::string>{"a b"}, 2).setName("text");
  const auto counts =
      words.map([](const std::string& s) { return std::pair(s, 1); }).reduceByKey(std::plus<>(), 3);
  EXPECT_EQ(
      "(3) ShuffledRDD[2] at reduceByKey []\n"
      " +-(2) MapPartitionsRDD[1] at map []\n"
      "    |  text ParallelCollectionRDD[0] at parallelize []",
      counts.toDebugString());
}

TEST_F(Transformations, viewsIntoALineOutliveItInWhatIsKept) {
  const auto words =
      sc.parallelize(std::vector<std::string>{"to be", "or not"}, 2)
          .flatMap([](const std::string& line) {
            const size_t space = line.find(' ');
            const std::string_view all = line;
            return std::vector<std::string_view>{all.substr(0, space), all.substr(space + 1)};
          });
  const std::vector<std::string> expected{"to", "be", "or", "not"};
  EXPECT_EQ(expected, words.collect());
  EXPECT_EQ(expected, words.cache().collect());
  EXPECT_EQ(expected, words.collect());
  EXPECT_EQ(sorted(expected), sorted(words.repartition(3).collect()));
  EXPECT_EQ(sorted(expected), sorted(words.distinct().collect()));
}

}  // namespace
}  // namespace spate
