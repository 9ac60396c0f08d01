#include <gmock/gmock.h>

#include "spate/rdd/TestContext.h"

namespace spate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Pair = std::pair<std::string, int>;
using Pairs = std::vector<Pair>;

class PairOperations : public testing::Test {
 protected:
  RDD<Pair> pairs(int slices = 2) {
    return sc.parallelize(Pairs{{"a", 1}, {"b", 2}, {"a", 3}, {"c", 4}, {"a", 5}}, slices);
  }
  RDD<std::pair<std::string, double>> others(int slices = 3) {
    return sc.parallelize(
        std::vector<std::pair<std::string, double>>{{"a", 0.5}, {"d", 1.5}, {"c", 2.5}}, slices);
  }
  std::shared_ptr<const Partitioner<std::string>> byHash(int n) {
    return std::make_shared<HashPartitioner<std::string>>(n);
  }

  TestContext context;
  SparkContext& sc = context.sc;
};

TEST_F(PairOperations, valuesAreMappedUnderTheirKeys) {
  EXPECT_THAT(pairs().keys().collect(), ElementsAre("a", "b", "a", "c", "a"));
  EXPECT_THAT(pairs().values().collect(), ElementsAre(1, 2, 3, 4, 5));
  EXPECT_EQ((Pair{"a", 10}), pairs().mapValues([](int v) { return v * 10; }).first());
  EXPECT_EQ((Pairs{{"a", 0}, {"b", 0}, {"b", 1}}), pairs()
                                                       .flatMapValues([](int v) {
                                                         std::vector<int> below;
                                                         for (int i = 0; i < v; ++i)
                                                           below.push_back(i);
                                                         return below;
                                                       })
                                                       .take(3));
}

TEST_F(PairOperations, valuesOfAKeyAreCombined) {
  const Pairs sums{{"a", 9}, {"b", 2}, {"c", 4}};
  EXPECT_EQ(sums, sorted(pairs().reduceByKey(std::plus<>()).collect()));
  EXPECT_EQ(sums, sorted(pairs().foldByKey(0, std::plus<>(), 4).collect()));
  const auto counted = pairs().aggregateByKey(
      std::string("#"), [](std::string s, int v) { return s + std::to_string(v); },
      [](std::string l, const std::string& r) { return l + r; });
  EXPECT_EQ("#1#35", counted.collectAsMap()["a"]);
  auto grouped = pairs().groupByKey().collectAsMap();
  EXPECT_THAT(grouped["a"], ElementsAre(1, 3, 5));
  EXPECT_EQ(sums, sorted(pairs()
                             .combineByKey([](int v) { return v; }, std::plus<>(), std::plus<>(),
                                           byHash(2))
                             .collect()));
  EXPECT_EQ(9, pairs().reduceByKeyLocally(std::plus<>())["a"]);
  EXPECT_EQ(3, pairs().countByKey()["a"]);
}

TEST_F(PairOperations, shufflesAreMadeOnce) {
  const auto sums = pairs().reduceByKey(std::plus<>());
  EXPECT_EQ(2, stagesOf(sc, [&] { sums.count(); }));
  EXPECT_EQ(1, stagesOf(sc, [&] { sums.count(); }));
}

TEST_F(PairOperations, partitionFunctionDecidesModuloPartitions) {
  const auto rdd = sc.parallelize(std::vector<std::pair<int, int>>{{-1, 0}, {4, 0}, {2, 0}}, 2)
                       .partitionBy(3, [](int key) { return key; });
  EXPECT_THAT(rdd.keys().glom().collect(),
              ElementsAre(ElementsAre(), ElementsAre(4), ElementsAre(-1, 2)));
}

struct Broken final : Partitioner<std::string> {
  int numPartitions() const override { return 2; }
  int getPartition(const std::string&) const override { return 2; }
  bool equals(const PartitionerBase& other) const override { return this == &other; }
};

TEST_F(PairOperations, partitionOutOfRangeFailsTheJob) {
  EXPECT_THAT(messageOf([&] { pairs().partitionBy(std::make_shared<Broken>()).count(); }),
              HasSubstr("the partitioner gave partition 2 of 2"));
}

TEST_F(PairOperations, sortByKeyOrdersAndKeepsEqualKeysInOrder) {
  EXPECT_EQ((Pairs{{"a", 1}, {"a", 3}, {"a", 5}, {"b", 2}, {"c", 4}}),
            pairs(3).sortByKey().collect());
  EXPECT_EQ("c", pairs(3).sortByKey(false, 2).first().first);
  const auto sortedParts = pairs(3).repartitionAndSortWithinPartitions(1).collect();
  EXPECT_TRUE(std::is_sorted(sortedParts.begin(), sortedParts.end(),
                             [](const Pair& a, const Pair& b) { return a.first < b.first; }));
}

TEST_F(PairOperations, lookupReadsOnePartitionWhenItKnowsWhich) {
  EXPECT_THAT(pairs().lookup("a"), ElementsAre(1, 3, 5));
  EXPECT_THAT(pairs().lookup("x"), ElementsAre());
  const auto tasks = sc.longAccumulator();
  const auto placed = pairs().partitionBy(4).mapPartitions(
      [tasks](Iterator<Pair> elements) {
        tasks.add(1);
        return std::move(elements).toVector();
      },
      true);
  EXPECT_THAT(placed.lookup("a"), ElementsAre(1, 3, 5));
  EXPECT_EQ(1, tasks.value());
}

TEST_F(PairOperations, sampleByKeyHasAFractionPerKey) {
  Pairs many;
  for (int i = 0; i < 3000; ++i) many.emplace_back(i % 3 == 0 ? "a" : i % 3 == 1 ? "b" : "c", i);
  const auto sample = sc.parallelize(many, 3).sampleByKey(false, {{"a", 0.2}, {"b", 1.0}}, 3);
  auto counts = sample.countByKey();
  EXPECT_NEAR(200, static_cast<double>(counts["a"]), 60);
  EXPECT_EQ(1000, counts["b"]);
  EXPECT_EQ(0, counts["c"]);
  EXPECT_EQ(sample.collect(), sample.collect());
}

}  // namespace
}  // namespace spate
