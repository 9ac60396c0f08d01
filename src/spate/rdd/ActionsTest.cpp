#include <gmock/gmock.h>

#include "spate/rdd/TestContext.h"

namespace spate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Ints = std::vector<int>;

class Actions : public testing::Test {
 protected:
  RDD<int> rdd(Ints elements, int slices = 3) {
    return sc.parallelize(std::move(elements), slices);
  }

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
