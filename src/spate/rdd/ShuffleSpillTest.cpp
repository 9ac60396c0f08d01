#include <gmock/gmock.h>

#include "spate/rdd/TestContext.h"

namespace spate {
namespace {

using Pairs = std::vector<std::pair<std::string, int>>;

/// spark.driver.memory * 0.6 / slots is under the 1 MiB that each task has at least.
std::vector<std::pair<std::string, std::string>> littleMemory() {
  return {{"spark.driver.memory", "1k"}};
}

Pairs manyPairs() {
  Pairs pairs;
  for (int i = 0; i < 30000; ++i)
    pairs.emplace_back("key-" + std::to_string(i * 7919 % 17000) + std::string(100, '.'), i);
  return pairs;
}

size_t spilledFiles(const SparkContext& sc) {
  const auto files = FileSystem::local()->list(joinPath(sc.context()->localDirectory(), "shuffle"));
  return files ? files->size() : 0;
}

TEST(ShuffleSpill, combinedValuesAreThoseOfMemory) {
  std::vector<std::pair<std::string, int>> expected;
  {
    TestContext context;
    expected =
        sorted(context.sc.parallelize(manyPairs(), 3).reduceByKey(std::plus<>(), 4).collect());
    EXPECT_EQ(0u, spilledFiles(context.sc));
  }
  TestContext context("local[2]", littleMemory());
  {
    const auto sums = context.sc.parallelize(manyPairs(), 3).reduceByKey(std::plus<>(), 4);
    EXPECT_EQ(expected, sorted(sums.collect()));
    EXPECT_EQ(3u, spilledFiles(context.sc));
    EXPECT_EQ(expected, sorted(sums.collect())) << "what was spilled can be read again";
  }
  EXPECT_EQ(0u, spilledFiles(context.sc)) << "files go with the shuffle";
}

TEST(ShuffleSpill, groupedValuesKeepTheirOrder) {
  TestContext context("local[2]", littleMemory());
  const auto groups = context.sc.parallelize(manyPairs(), 2).groupByKey(3);
  size_t values = 0;
  for (const auto& [key, group] : groups.collect()) {
    EXPECT_TRUE(std::is_sorted(group.begin(), group.end())) << key;
    values += group.size();
  }
  EXPECT_EQ(30000u, values);
  EXPECT_EQ(2u, spilledFiles(context.sc));
}

TEST(ShuffleSpill, fewGrowingGroupsAreNoticedToo) {
  TestContext context("local[1]", littleMemory());
  std::vector<std::pair<std::string, std::string>> pairs;
  for (int i = 0; i < 20000; ++i)
    pairs.emplace_back(i % 2 == 0 ? "even" : "odd", std::string(80, '.'));
  const auto groups = context.sc.parallelize(std::move(pairs), 1).groupByKey(2);
  EXPECT_EQ(10000u, groups.collectAsMap()["odd"].size());
  EXPECT_EQ(1u, spilledFiles(context.sc));
}

TEST(ShuffleSpill, movedElementsAreThoseOfMemory) {
  TestContext context("local[2]", littleMemory());
  const auto rdd = context.sc.parallelize(manyPairs(), 3);
  const auto placed = rdd.partitionBy(4);
  EXPECT_EQ(sorted(manyPairs()), sorted(placed.collect()));
  EXPECT_EQ(3u, spilledFiles(context.sc));
  EXPECT_EQ(sorted(manyPairs()), sorted(rdd.repartition(5).collect()));
  EXPECT_EQ(sorted(manyPairs()), rdd.sortBy([](const auto& pair) { return pair; }).collect());
  EXPECT_EQ(5u, rdd.repartition(2).take(5).size());
}

struct Opaque {
  int value = 0;
};

TEST(ShuffleSpill, typesWithoutACodecStayInMemory) {
  TestContext context("local[2]", littleMemory());
  const auto sums =
      context.sc.parallelize(manyPairs(), 2)
          .mapValues([](int i) { return Opaque{i}; })
          .reduceByKey([](const Opaque& a, const Opaque& b) { return Opaque{a.value + b.value}; });
  EXPECT_EQ(17000, sums.count());
  EXPECT_EQ(0u, spilledFiles(context.sc));
}

}  // namespace
}  // namespace spate
