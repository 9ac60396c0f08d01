#include "spate/dstream/StreamTest.h"

// The cases of Spark's BasicOperationsSuite for pairs, with its values.

namespace spate::testing {
namespace {

using std::string;
using Counted = std::pair<string, int>;

const Batches<string> kWords{{"a", "a", "b"}, {"", ""}, {}};

/// As Spark's tests make pairs out of words.
auto ones(const DStream<string>& words) {
  return words.map([](const string& word) { return std::pair<string, int>(word, 1); });
}
auto xs(const DStream<string>& words) {
  return words.map([](const string& word) { return std::pair<string, string>(word, "x"); });
}

const Batches<string> kLeft{{"a", "b"}, {"a", ""}, {""}, {}};
const Batches<string> kRight{{"a", "b"}, {"b", ""}, {}, {""}};

TEST(PairOperations, groupByKeyCollectsTheValues) {
  EXPECT_EQ(sorted(run(kWords, [](auto s) { return ones(s).groupByKey(); })),
            (Batches<std::pair<string, std::vector<int>>>{
                {{"a", {1, 1}}, {"b", {1}}}, {{"", {1, 1}}}, {}}));
}

TEST(PairOperations, reduceByKeyReducesTheValues) {
  EXPECT_EQ(sorted(run(kWords, [](auto s) { return ones(s).reduceByKey(std::plus<>()); })),
            (Batches<Counted>{{{"a", 2}, {"b", 1}}, {{"", 2}}, {}}));
}

TEST(PairOperations, combineByKeyBuildsCombiners) {
  EXPECT_EQ(sorted(run(kWords,
                       [](auto s) {
                         return ones(s).combineByKey(
                             [](int v) { return std::to_string(v); },
                             [](const string& c, int v) { return c + std::to_string(v); },
                             [](const string& a, const string& b) { return a + b; });
                       })),
            (Batches<std::pair<string, string>>{{{"a", "11"}, {"b", "1"}}, {{"", "11"}}, {}}));
}

TEST(PairOperations, mapValuesKeepsTheKeys) {
  EXPECT_EQ(sorted(run(kWords,
                       [](auto s) {
                         return ones(s).reduceByKey(std::plus<>()).mapValues([](int v) {
                           return v + 10;
                         });
                       })),
            (Batches<Counted>{{{"a", 12}, {"b", 11}}, {{"", 12}}, {}}));
}

TEST(PairOperations, flatMapValuesRepeatsTheKeys) {
  EXPECT_EQ(
      sorted(run(kWords,
                 [](auto s) {
                   return ones(s).reduceByKey(std::plus<>()).flatMapValues([](int v) {
                     return std::vector{v, v + 10};
                   });
                 })),
      (Batches<Counted>{{{"a", 2}, {"a", 12}, {"b", 1}, {"b", 11}}, {{"", 2}, {"", 12}}, {}}));
}

TEST(PairOperations, partitionByPutsEqualKeysTogether) {
  const auto output = run(Batches<string>{{"a", "b", "c", "a", "b", "c", "a"}},
                          [](auto s) { return ones(s).partitionBy(3).glom(); });
  ASSERT_EQ(output.front().size(), 3u);
  std::map<string, std::set<size_t>> places;
  size_t elements = 0;
  for (size_t i = 0; i < 3; ++i)
    for (const auto& [key, value] : output.front()[i]) {
      places[key].insert(i);
      ++elements;
    }
  EXPECT_EQ(elements, 7u);
  for (const auto& [key, partitions] : places) EXPECT_EQ(partitions.size(), 1u) << key;
}

TEST(PairOperations, theNumberOfPartitionsIsAsAskedElseTheDefault) {
  StreamWorld world(StreamWorld::localConf(2).set("spark.default.parallelism", "3"));
  StreamingContext context = world.context();
  auto pairs = ones(inputStream(world, context, kWords));
  std::vector<int> seen;
  const auto note = [&seen](const auto& rdd) { seen.push_back(rdd.getNumPartitions()); };
  pairs.reduceByKey(std::plus<>()).foreachRDD(note);
  pairs.reduceByKey(std::plus<>(), 5).foreachRDD(note);
  pairs.groupByKey(1).foreachRDD(note);
  pairs.join(pairs, 4).foreachRDD(note);
  context.start();
  world.runBatches(context);
  EXPECT_EQ(seen, (std::vector{3, 5, 1, 4}));
}

TEST(PairOperations, cogroupCollectsTheValuesOfBothSides) {
  using Grouped = std::pair<string, std::pair<std::vector<int>, std::vector<string>>>;
  EXPECT_EQ(sorted(run(Batches<string>{{"a", "a", "b"}, {"a", ""}, {""}, {}},
                       Batches<string>{{"a", "a", "b"}, {"b", ""}, {}, {}},
                       [](auto l, auto r) { return ones(l).cogroup(xs(r)); })),
            (Batches<Grouped>{{{"a", {{1, 1}, {"x", "x"}}}, {"b", {{1}, {"x"}}}},
                              {{"", {{1}, {"x"}}}, {"a", {{1}, {}}}, {"b", {{}, {"x"}}}},
                              {{"", {{1}, {}}}},
                              {}}));
}

TEST(PairOperations, joinGivesThePairsOfEqualKeys) {
  using Joined = std::pair<string, std::pair<int, string>>;
  EXPECT_EQ(sorted(run(kLeft, kRight, [](auto l, auto r) { return ones(l).join(xs(r)); })),
            (Batches<Joined>{{{"a", {1, "x"}}, {"b", {1, "x"}}}, {{"", {1, "x"}}}, {}, {}}));
}

TEST(PairOperations, leftOuterJoinKeepsTheLeft) {
  using Joined = std::pair<string, std::pair<int, std::optional<string>>>;
  EXPECT_EQ(sorted(run(kLeft, kRight, [](auto l, auto r) { return ones(l).leftOuterJoin(xs(r)); })),
            (Batches<Joined>{{{"a", {1, "x"}}, {"b", {1, "x"}}},
                             {{"", {1, "x"}}, {"a", {1, std::nullopt}}},
                             {{"", {1, std::nullopt}}},
                             {}}));
}

TEST(PairOperations, rightOuterJoinKeepsTheRight) {
  using Joined = std::pair<string, std::pair<std::optional<int>, string>>;
  EXPECT_EQ(
      sorted(run(kLeft, kRight, [](auto l, auto r) { return ones(l).rightOuterJoin(xs(r)); })),
      (Batches<Joined>{{{"a", {1, "x"}}, {"b", {1, "x"}}},
                       {{"", {1, "x"}}, {"b", {std::nullopt, "x"}}},
                       {},
                       {{"", {std::nullopt, "x"}}}}));
}

TEST(PairOperations, fullOuterJoinKeepsBoth) {
  using Joined = std::pair<string, std::pair<std::optional<int>, std::optional<string>>>;
  EXPECT_EQ(sorted(run(kLeft, kRight, [](auto l, auto r) { return ones(l).fullOuterJoin(xs(r)); })),
            (Batches<Joined>{{{"a", {1, "x"}}, {"b", {1, "x"}}},
                             {{"", {1, "x"}}, {"a", {1, std::nullopt}}, {"b", {std::nullopt, "x"}}},
                             {{"", {1, std::nullopt}}},
                             {{"", {std::nullopt, "x"}}}}));
}

TEST(PairOperations, transformWithSeesTheRddsOfBoth) {
  using Joined = std::pair<string, std::pair<int, string>>;
  const auto joinRdds = [](const auto& l, const auto& r) { return l.join(r); };
  const Batches<Joined> expected{{{"a", {1, "x"}}, {"b", {1, "x"}}}, {{"", {1, "x"}}}, {}, {}};
  EXPECT_EQ(sorted(run(kLeft, kRight,
                       [&](auto l, auto r) { return ones(l).transformWith(joinRdds, xs(r)); })),
            expected);
  EXPECT_EQ(sorted(run(kLeft, kRight,
                       [&](auto l, auto r) { return ones(l).transformWith(xs(r), joinRdds); })),
            expected);
}

}  // namespace
}  // namespace spate::testing
