#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "spate/rdd/TestContext.h"

// The main operations against plain containers, over random elements, partitions and memory.

namespace spate {
namespace {

using Pair = std::pair<int, int>;
using Pairs = std::vector<Pair>;

struct Input {
  Pairs pairs;
  int slices;
};

Input anyInput() {
  const auto key = rc::gen::inRange(0, 6);
  return {*rc::gen::container<Pairs>(rc::gen::pair(key, rc::gen::inRange(-50, 50))),
          *rc::gen::inRange(1, 6)};
}

std::map<int, std::vector<int>> groupsOf(const Pairs& pairs) {
  std::map<int, std::vector<int>> groups;
  for (const auto& [key, value] : pairs) groups[key].push_back(value);
  return groups;
}

class Model : public testing::Test {
 protected:
  RDD<Pair> rddOf(const Input& input) { return sc.parallelize(input.pairs, input.slices); }

  TestContext context;
  SparkContext& sc = context.sc;
};

TEST_F(Model, narrowChains) {
  rc::check([&] {
    const Input input = anyInput();
    std::vector<int> expected;
    for (const auto& [key, value] : input.pairs) {
      for (int i = 0; i < key % 3; ++i) {
        if ((value + i) % 2 == 0) expected.push_back(value + i);
      }
    }
    const auto actual = rddOf(input)
                            .flatMap([](const Pair& pair) {
                              std::vector<int> all;
                              for (int i = 0; i < pair.first % 3; ++i)
                                all.push_back(pair.second + i);
                              return all;
                            })
                            .filter([](int i) { return i % 2 == 0; });
    RC_ASSERT(expected == actual.collect());
    const int n = *rc::gen::inRange(0, 8);
    expected.resize(std::min<size_t>(expected.size(), static_cast<size_t>(n)));
    RC_ASSERT(expected == actual.take(n));
  });
}

TEST_F(Model, keyedCombinations) {
  rc::check([&] {
    const Input input = anyInput();
    const int reducers = *rc::gen::inRange(1, 5);
    std::map<int, int> sums;
    for (const auto& [key, value] : input.pairs) sums[key] += value;
    RC_ASSERT(Pairs(sums.begin(), sums.end()) ==
              sorted(rddOf(input).reduceByKey(std::plus<>(), reducers).collect()));
    const auto expected = groupsOf(input.pairs);
    std::map<int, std::vector<int>> groups;
    for (auto& [key, values] : rddOf(input).groupByKey(reducers).collect())
      RC_ASSERT(groups.emplace(key, std::move(values)).second);
    RC_ASSERT(expected == groups);
  });
}

TEST_F(Model, joins) {
  rc::check([&] {
    const Input left = anyInput(), right = anyInput();
    const bool placed = *rc::gen::arbitrary<bool>();
    using Outer = std::pair<int, std::pair<std::optional<int>, std::optional<int>>>;
    std::vector<Outer> expected;
    const auto mine = groupsOf(left.pairs), theirs = groupsOf(right.pairs);
    for (int key = 0; key < 6; ++key) {
      const auto values = [&](const auto& groups) {
        const auto found = groups.find(key);
        std::vector<std::optional<int>> all;
        if (found != groups.end()) all.assign(found->second.begin(), found->second.end());
        return all;
      };
      auto l = values(mine), r = values(theirs);
      if (l.empty() && r.empty()) continue;
      if (l.empty()) l.emplace_back();
      if (r.empty()) r.emplace_back();
      for (const auto& v : l) {
        for (const auto& w : r) expected.push_back({key, {v, w}});
      }
    }
    RDD<Pair> a = rddOf(left);
    if (placed) a = a.partitionBy(3);
    RC_ASSERT(sorted(expected) == sorted(a.fullOuterJoin(rddOf(right)).collect()));
    std::erase_if(expected, [](const Outer& o) { return !o.second.first || !o.second.second; });
    RC_ASSERT(static_cast<int64_t>(expected.size()) == a.join(rddOf(right)).count());
  });
}

TEST_F(Model, setsAndOrders) {
  rc::check([&] {
    const Input left = anyInput(), right = anyInput();
    const std::set<Pair> a(left.pairs.begin(), left.pairs.end());
    const std::set<Pair> b(right.pairs.begin(), right.pairs.end());
    RC_ASSERT(Pairs(a.begin(), a.end()) == sorted(rddOf(left).distinct().collect()));
    Pairs common, rest;
    for (const Pair& pair : a) {
      if (b.contains(pair)) common.push_back(pair);
    }
    for (const Pair& pair : left.pairs) {
      if (!b.contains(pair)) rest.push_back(pair);
    }
    RC_ASSERT(common == sorted(rddOf(left).intersection(rddOf(right)).collect()));
    RC_ASSERT(sorted(rest) == sorted(rddOf(left).subtract(rddOf(right)).collect()));

    Pairs ordered = left.pairs;
    std::stable_sort(ordered.begin(), ordered.end(),
                     [](const Pair& x, const Pair& y) { return x.first < y.first; });
    RC_ASSERT(ordered == rddOf(left).sortByKey(true, *rc::gen::inRange(1, 5)).collect());
    RC_ASSERT(sorted(left.pairs) ==
              sorted(rddOf(left).repartition(*rc::gen::inRange(1, 5)).collect()));
    RC_ASSERT(left.pairs == rddOf(left).coalesce(*rc::gen::inRange(1, 5)).collect());
    const int n = *rc::gen::inRange(0, 5);
    Pairs least = sorted(left.pairs);
    least.resize(std::min<size_t>(least.size(), static_cast<size_t>(n)));
    RC_ASSERT(least == rddOf(left).takeOrdered(n));
  });
}

TEST_F(Model, storedPartitionsChangeNothing) {
  rc::check([&] {
    const Input input = anyInput();
    const auto doubled = rddOf(input).mapValues([](int v) { return 2 * v; });
    const auto before = doubled.collect();
    doubled.persist(*rc::gen::element(StorageLevel::MEMORY_ONLY, StorageLevel::MEMORY_ONLY_SER,
                                      StorageLevel::DISK_ONLY));
    RC_ASSERT(before == doubled.collect());
    RC_ASSERT(before == doubled.collect());
    RC_ASSERT(static_cast<int64_t>(before.size()) == doubled.count());
  });
}

}  // namespace
}  // namespace spate
