#include <gmock/gmock.h>

#include "spate/rdd/TestContext.h"

namespace spate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Ints = std::vector<int>;

class Actions : public testing::Test {
 protected:
  auto rdd(Ints elements, int slices = 3) { return sc.parallelize(std::move(elements), slices); }

  TestContext context;
  SparkContext& sc = context.sc;
  const Ints digits{3, 1, 4, 1, 5, 9, 2, 6};
};

TEST_F(Actions, takeReadsNoMorePartitionsThanItMust) {
  const auto tasks = sc.longAccumulator();
  const auto parts = sc.range(0, 100, 1, 10).mapPartitions([tasks](Iterator<int64_t> elements) {
    tasks.add(1);
    return std::move(elements).toVector();
  });
  EXPECT_THAT(parts.take(3), ElementsAre(0, 1, 2));
  EXPECT_EQ(1, tasks.value());
  EXPECT_EQ(25u, parts.take(25).size());
  EXPECT_EQ(1 + 1 + 3, tasks.value());  // 1.5 * 15 left * 1 scanned / 10 taken, rounded up
  EXPECT_EQ(100u, parts.take(1000).size());
  EXPECT_TRUE(parts.take(0).empty());
}

TEST_F(Actions, emptyCollectionsAreRefusedOrZero) {
  const auto none = sc.emptyRDD<int>();
  EXPECT_EQ("empty collection", messageOf([&] { none.first(); }));
  EXPECT_EQ("empty collection", messageOf([&] { none.reduce(std::plus<>()); }));
  EXPECT_EQ("empty collection", messageOf([&] { rdd({}).max(); }));
  EXPECT_TRUE(none.isEmpty());
  EXPECT_TRUE(rdd({}).isEmpty());
  EXPECT_FALSE(rdd({1}, 4).isEmpty());
  EXPECT_EQ(0, none.sum());
  EXPECT_EQ(7, none.fold(7, std::plus<>()));
}

TEST_F(Actions, elementsAreReduced) {
  const auto numbers = rdd(digits);
  EXPECT_EQ(31, numbers.reduce(std::plus<>()));
  EXPECT_EQ(31, numbers.treeReduce(std::plus<>()));
  EXPECT_EQ(31 + 4, numbers.fold(1, std::plus<>()));  // zero once a partition and once more
  const auto joined = numbers.aggregate(
      std::string(), [](std::string s, int i) { return s + std::to_string(i); },
      [](std::string a, std::string b) { return a + b; });
  EXPECT_EQ("31415926", joined);
  EXPECT_EQ(8, numbers.treeAggregate(
                   0, [](int n, int) { return n + 1; }, std::plus<>()));
  EXPECT_EQ(9, numbers.max());
  EXPECT_EQ(1, numbers.min());
  EXPECT_THAT(messageOf([&] { numbers.treeReduce(std::plus<>(), 0); }),
              HasSubstr("Depth must be greater than or equal to 1 but got 0."));
}

TEST_F(Actions, extremesComeInOrder) {
  EXPECT_THAT(rdd(digits).top(3), ElementsAre(9, 6, 5));
  EXPECT_THAT(rdd(digits).takeOrdered(3), ElementsAre(1, 1, 2));
  EXPECT_THAT(rdd(digits).takeOrdered(2, std::greater<>()), ElementsAre(9, 6));
  EXPECT_EQ(8u, rdd(digits).top(100).size());
}

TEST_F(Actions, takeSampleGivesExactlyAsManyAsAskedFor) {
  Ints many(500);
  for (int i = 0; i < 500; ++i) many[static_cast<size_t>(i)] = i;
  for (int64_t seed = 0; seed < 5; ++seed) {
    auto some = rdd(many).takeSample(false, 40, seed);
    EXPECT_EQ(40u, some.size());
    some = sorted(some);
    EXPECT_TRUE(std::adjacent_find(some.begin(), some.end()) == some.end());
    EXPECT_EQ(700u, rdd(many).takeSample(true, 700, seed).size());
  }
  EXPECT_EQ(many, sorted(rdd(many).takeSample(false, 900, 1)));
}

TEST_F(Actions, countByValueCounts) {
  auto counts = rdd(digits).countByValue();
  EXPECT_EQ(2, counts[1]);
  EXPECT_EQ(1, counts[9]);
  EXPECT_EQ(7u, counts.size());
}

TEST_F(Actions, numbersAreDescribed) {
  const auto stats = rdd({1, 2, 3, 4}).stats();
  EXPECT_EQ("(count: 4, mean: 2.500000, stdev: 1.118034, max: 4.000000, min: 1.000000)",
            stats.toString());
  EXPECT_EQ(10, rdd({1, 2, 3, 4}).sum());
  EXPECT_DOUBLE_EQ(1.25, rdd({1, 2, 3, 4}).variance());
  EXPECT_DOUBLE_EQ(5.0 / 3, rdd({1, 2, 3, 4}).sampleVariance());
  EXPECT_DOUBLE_EQ(2.5, rdd({1, 2, 3, 4}, 7).mean());
  EXPECT_TRUE(std::isnan(rdd({1}).sampleStdev()));
}

TEST_F(Actions, histogramFollowsPySpark) {
  const auto [bounds, counts] = sc.range(0, 51, 1, 4).histogram(2);
  EXPECT_THAT(bounds, ElementsAre(0, 25, 50));
  EXPECT_THAT(counts, ElementsAre(25, 26));
  EXPECT_THAT(sc.range(0, 51).histogram({0, 5, 25, 50}), ElementsAre(5, 20, 26));
  EXPECT_THAT(rdd({7, 7}).histogram(3).second, ElementsAre(2));
  EXPECT_EQ("buckets should be sorted", messageOf([&] { rdd({1}).histogram({2, 1}); }));
  EXPECT_EQ("number of buckets must be >= 1", messageOf([&] { rdd({1}).histogram(0); }));
  EXPECT_EQ("can not generate buckets from empty RDD", messageOf([&] { rdd({}).histogram(2); }));
  const auto strange = sc.parallelize(
      std::vector<double>{std::nan(""), 1.0, std::numeric_limits<double>::infinity()}, 1);
  EXPECT_EQ("can't generate buckets with infinite value", messageOf([&] { strange.histogram(2); }));
}

TEST_F(Actions, approximateCountsAreExactWhenAllWasRead) {
  const BoundedDouble exact = sc.range(0, 1000, 1, 4).countApprox(1000000);
  EXPECT_EQ(1000, exact.mean);
  EXPECT_EQ(1.0, exact.confidence);
  EXPECT_EQ(500 * 999, sc.range(0, 1000, 1, 4).sumApprox(1000000).mean);
  const BoundedDouble nothing = sc.range(0, 1000, 1, 4).countApprox(0);
  EXPECT_EQ(0, nothing.mean);
  EXPECT_EQ(std::numeric_limits<double>::infinity(), nothing.high);
  EXPECT_THAT(messageOf([&] { sc.range(0, 9).countApprox(-1); }), HasSubstr("must be nonnegative"));
}

TEST_F(Actions, estimatesHoldTheTruthBetweenTheirBounds) {
  const BoundedDouble count = estimateCount(500, 2, 4, 0.95);
  EXPECT_DOUBLE_EQ(1000, count.mean);
  EXPECT_LT(count.low, 1000);
  EXPECT_GT(count.high, 1000);
  EXPECT_LT(count.high, 1200);
  EXPECT_NEAR(1.96, normalQuantile(0.95), 0.001);
}

TEST_F(Actions, countApproxDistinctIsWithinItsError) {
  const auto values = sc.range(0, 20000, 1, 4).map([](int64_t i) { return i % 5000; });
  EXPECT_NEAR(5000, static_cast<double>(values.countApproxDistinct(0.02)), 300);
  EXPECT_EQ(3, rdd({1, 2, 3, 1}).countApproxDistinct());
}

TEST_F(Actions, localIteratorReadsOnePartitionAtATime) {
  const auto tasks = sc.longAccumulator();
  auto elements = sc.range(0, 9, 1, 3)
                      .map([tasks](int64_t i) {
                        tasks.add(1);
                        return i;
                      })
                      .toLocalIterator();
  EXPECT_EQ(0, elements.next());
  EXPECT_EQ(3, tasks.value());
  int64_t sum = 0;
  for (const int64_t i : elements) sum += i;
  EXPECT_EQ(36, sum);
}

TEST_F(Actions, foreachPartitionSeesEachPartitionOnce) {
  const auto sizes = sc.collectionAccumulator<int>();
  rdd(digits, 2).foreachPartition(
      [sizes](Iterator<int> elements) { sizes.add(static_cast<int>(elements.size())); });
  EXPECT_THAT(sizes.value(), ElementsAre(4, 4));
}

TEST_F(Actions, runJobGivesOneResultPerPartition) {
  const auto sizes = sc.runJob(rdd(digits, 4),
                               [](TaskContext& task, Iterator<int> elements) {
                                 return std::pair(task.partitionId(), elements.size());
                               },
                               {3, 0});
  EXPECT_THAT(sizes, ElementsAre(std::pair(3, size_t{2}), std::pair(0, size_t{2})));
}

}  // namespace
}  // namespace spate
