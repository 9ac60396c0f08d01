#include <gmock/gmock.h>

#include "spate/rdd/TestContext.h"

namespace spate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Pair = std::pair<std::string, int>;
using Pairs = std::vector<Pair>;

class JoinOperations : public testing::Test {
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

TEST_F(JoinOperations, joinsBringKeysTogether) {
  using Joined = std::vector<std::pair<std::string, std::pair<int, double>>>;
  EXPECT_EQ((Joined{{"a", {1, 0.5}}, {"a", {3, 0.5}}, {"a", {5, 0.5}}, {"c", {4, 2.5}}}),
            sorted(pairs().join(others()).collect()));
  auto left = pairs().leftOuterJoin(others()).collectAsMap();
  EXPECT_EQ((std::pair<int, std::optional<double>>(2, std::nullopt)), left["b"]);
  EXPECT_EQ(3u, left.size());
  auto right = pairs().rightOuterJoin(others()).collectAsMap();
  EXPECT_EQ((std::pair<std::optional<int>, double>(std::nullopt, 1.5)), right["d"]);
  EXPECT_EQ(3u, right.size());
  EXPECT_EQ(6, pairs().fullOuterJoin(others()).count());
}

TEST_F(JoinOperations, cogroupTakesUpToFourInputs) {
  auto two = pairs().cogroup(others()).collectAsMap();
  EXPECT_THAT(two["a"].first, ElementsAre(1, 3, 5));
  EXPECT_THAT(two["d"].first, ElementsAre());
  EXPECT_THAT(two["d"].second, ElementsAre(1.5));
  auto four = pairs().groupWith(others(), pairs(), others()).collectAsMap();
  EXPECT_EQ(4u, four.size());
  EXPECT_THAT(std::get<2>(four["b"]), ElementsAre(2));
  EXPECT_THAT(std::get<3>(four["c"]), ElementsAre(2.5));
}

TEST_F(JoinOperations, subtractByKeyKeepsTheOthersValues) {
  EXPECT_EQ((Pairs{{"b", 2}}), pairs().subtractByKey(others()).collect());
}

TEST_F(JoinOperations, partitionedInputsAreNotShuffledAgain) {
  const auto left = pairs().partitionBy(3);
  const auto right = others().partitionBy(byHash(3));
  left.count();
  right.count();
  EXPECT_EQ(1, stagesOf(sc, [&] { left.reduceByKey(std::plus<>()).count(); }));
  EXPECT_EQ(1, stagesOf(sc, [&] { left.join(right).count(); }));
  EXPECT_EQ(
      1, stagesOf(sc, [&] { left.mapValues([](int v) { return v; }).cogroup(right, 3).count(); }));
  EXPECT_EQ(1, stagesOf(sc, [&] { left.partitionBy(3).groupByKey(3).count(); }));
  EXPECT_EQ(1, stagesOf(sc, [&] { left.union_(left).reduceByKey(std::plus<>()).count(); }));
  // Another number of partitions, or a map that may change keys, asks for a shuffle.
  EXPECT_EQ(2, stagesOf(sc, [&] { left.reduceByKey(std::plus<>(), 2).count(); }));
  EXPECT_EQ(2,
            stagesOf(sc, [&] { left.map([](auto pair) { return pair; }).groupByKey(3).count(); }));
  EXPECT_EQ(2, stagesOf(sc, [&] { left.join(others()).count(); }));
  EXPECT_THAT(left.join(right).toDebugString(), HasSubstr(" |  ShuffledRDD"));
  EXPECT_EQ(sorted(pairs().join(others()).collect()), sorted(left.join(right).collect()));
}

TEST_F(JoinOperations, defaultPartitionerTakesTheLargestOrTheOneThatIsThere) {
  EXPECT_EQ(5, pairs(2).join(others(5)).getNumPartitions());
  const auto three = pairs().partitionBy(3);
  EXPECT_EQ(3, three.join(others(5)).getNumPartitions());
  EXPECT_EQ(3, three.mapValues([](int v) { return v; }).groupByKey().getNumPartitions());
  // Less than a tenth of the largest input's partitions is not enough.
  EXPECT_EQ(40, three.join(others(40)).getNumPartitions());
}

}  // namespace
}  // namespace spate
