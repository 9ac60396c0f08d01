#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <bit>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "spate/base/Time.h"
#include "spate/types/Hash.h"
#include "spate/types/HashMap.h"

namespace spate {
namespace {

struct Trip {
  int64_t id;
  std::string station;
  bool operator==(const Trip&) const = default;
};
uint64_t hashValue(const Trip& trip) { return stableHash(trip.id, trip.station); }

struct Point {
  int x, y;
  bool operator==(const Point&) const = default;
};
struct Opaque {};
enum class Color { kRed, kBlue };

template <class T>
uint64_t hashOf(const T& value) {
  return StableHash()(value);
}

}  // namespace

template <>
struct HashOf<Point> {
  uint64_t operator()(const Point& p) const { return stableHash(p.x, p.y); }
};

namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

// These numbers are a format: state on disk is partitioned by them.
TEST(Hash, knownAnswers) {
  EXPECT_EQ(0x60c06e5aa6716029u, hashOf(""sv));
  EXPECT_EQ(0x63b7eaf10cc2cabbu, hashOf("and"sv));
  EXPECT_EQ(0x7c12e01043f4b7a8u, hashOf("streaming"sv));
  EXPECT_EQ(0x5e8591c212e0a1a5u, hashOf("a text of more than sixteen bytes"sv));
  EXPECT_EQ(0x80bd84edf61a8a00u, hashOf(std::string(1000, 'x')));
  EXPECT_EQ(0xa5506ff52926ac13u, hashOf(0));
  EXPECT_EQ(0xaf55ac5247223997u, hashOf(int64_t{-7}));
  EXPECT_EQ(0x586978a4f19950bbu, hashOf(1.5));
  EXPECT_EQ(0x34055497a4481da5u, hashOf(std::pair("and"s, 11)));
  EXPECT_EQ(7u, hashPartition(hashOf("and"sv), 16));
}

TEST(Hash, formsOfOneValueHashAlike) {
  const char* pointer = "word";
  EXPECT_EQ(hashOf("word"s), hashOf("word"sv));
  EXPECT_EQ(hashOf("word"s), hashOf(pointer));
  EXPECT_EQ(hashOf("word"s), hashOf("word"));
  EXPECT_EQ(hashOf(std::pair("word"s, 1L)), hashOf(std::pair("word"sv, short{1})));
  EXPECT_EQ(hashOf(std::vector{"a"s, "b"s}), hashOf(std::array{"a"sv, "b"sv}));
  EXPECT_EQ(hashOf(5), hashOf(5LL));
  EXPECT_EQ(hashOf(-5), hashOf(int64_t{-5}));
  EXPECT_EQ(hashOf(0.0), hashOf(-0.0));
  EXPECT_EQ(hashOf(std::nan("1")), hashOf(-std::nan("2")));
  EXPECT_EQ(hashOf(1.5), hashOf(1.5f));
  EXPECT_EQ(hashOf(std::unordered_set<int>{1, 2, 3}), hashOf(std::unordered_set<int>{3, 2, 1}));
  EXPECT_EQ(hashOf(Color::kBlue), hashOf(1));
}

TEST(Hash, structureCounts) {
  std::set<uint64_t> seen;
  const auto isNew = [&seen](const auto& value) { return seen.insert(hashOf(value)).second; };
  EXPECT_TRUE(isNew(std::pair("a"s, "bc"s)));
  EXPECT_TRUE(isNew(std::pair("ab"s, "c"s)));
  EXPECT_TRUE(isNew(std::optional<int>()));
  EXPECT_TRUE(isNew(std::optional<int>(0)));
  EXPECT_TRUE(isNew(std::vector<int>{7}));
  EXPECT_TRUE(isNew(std::vector<int>{0, 0}));
  EXPECT_TRUE(isNew(std::tuple(1, 2, 3)));
  EXPECT_TRUE(isNew(std::tuple(3, 2, 1)));
  EXPECT_TRUE(isNew(std::variant<int, long>(std::in_place_index<0>, 9)));
  EXPECT_TRUE(isNew(std::variant<int, long>(std::in_place_index<1>, 9)));
  EXPECT_TRUE(isNew(std::map<int, int>{{1, 2}}));
  EXPECT_TRUE(isNew(timestampOfMillis(1)));
  EXPECT_TRUE(isNew(Trip{1, "x"}));
  EXPECT_TRUE(isNew(Point{1, 2}));
}

TEST(Hash, conceptSaysWhatCanBeAKey) {
  static_assert(StableHashable<std::pair<std::string, int>>);
  static_assert(StableHashable<Trip>);
  static_assert(StableHashable<Point>);
  static_assert(StableHashable<std::map<std::string, std::vector<Trip>>>);
  static_assert(!StableHashable<Opaque>);
  static_assert(!StableHashable<std::vector<std::pair<int, Opaque>>>);
  static_assert(!StableHashable<std::map<int, Opaque>>);
}

/// Flips each input bit of many inputs and looks how often each output bit follows.
template <class Flip>
void expectAvalanche(size_t bits, Flip flip) {
  constexpr int kTrials = 1500;
  for (size_t bit = 0; bit < bits; ++bit) {
    std::array<int, 64> flipped{};
    for (int trial = 0; trial < kTrials; ++trial) {
      const uint64_t difference = flip(trial, bit);
      for (int out = 0; out < 64; ++out)
        flipped[static_cast<size_t>(out)] += (difference >> out) & 1;
    }
    for (int out = 0; out < 64; ++out) {
      const double rate = flipped[static_cast<size_t>(out)] / double{kTrials};
      EXPECT_NEAR(0.5, rate, 0.12) << "input bit " << bit << ", output bit " << out;
    }
  }
}

TEST(Hash, everyInputBitReachesEveryOutputBit) {
  // Consecutive inputs, as keys often are: further from chance than random ones.
  expectAvalanche(64, [](int trial, size_t bit) {
    const auto x = static_cast<uint64_t>(trial);
    return hashOf(x) ^ hashOf(x ^ (uint64_t{1} << bit));
  });
  for (const size_t size : {3, 7, 12, 16, 40, 50}) {
    expectAvalanche(8 * size, [size](int trial, size_t bit) {
      std::string text;
      for (uint64_t i = 0; i < size; ++i) {
        const uint64_t random = mixMultiply(static_cast<uint64_t>(trial) + i * 9973, kHashSecret0);
        text += static_cast<char>('a' + random % 26);
      }
      std::string other = text;
      other[bit / 8] = static_cast<char>(other[bit / 8] ^ (1 << (bit % 8)));
      return hashOf(text) ^ hashOf(other);
    });
  }
}

TEST(Hash, partitionsAreEvenAndIndependentOfTheBuckets) {
  constexpr uint32_t kPartitions = 8;
  std::array<int, kPartitions> keys{};
  std::array<std::set<uint64_t>, kPartitions> lowBytes, highBytes;
  for (int i = 0; i < 80000; ++i) {
    const uint64_t hash = hashOf("key" + std::to_string(i));
    const uint32_t partition = hashPartition(hash, kPartitions);
    ++keys[partition];
    lowBytes[partition].insert(hash & 0xff);
    highBytes[partition].insert(hash >> 56);
  }
  for (uint32_t p = 0; p < kPartitions; ++p) {
    EXPECT_NEAR(10000, keys[p], 400);
    EXPECT_EQ(256u, lowBytes[p].size());
    EXPECT_EQ(256u, highBytes[p].size());
  }
}

TEST(StableEqual, agreesAcrossFormsAndOnNaN) {
  const StableEqual equal;
  EXPECT_TRUE(equal("a"s, "a"sv));
  EXPECT_FALSE(equal("a"s, "b"));
  EXPECT_TRUE(equal(std::pair("a"s, 1L), std::pair("a"sv, 1)));
  EXPECT_TRUE(equal(std::nan(""), std::nan("")));
  EXPECT_TRUE(equal(std::tuple(0.0, std::nan("")), std::tuple(-0.0, std::nan(""))));
  EXPECT_FALSE(equal(-1, ~0u));
  EXPECT_FALSE(equal(int64_t{-1}, ~uint64_t{0}));
  EXPECT_TRUE(equal(5, 5u));
  EXPECT_TRUE(equal(std::vector{std::nan("")}, std::vector{std::nan("")}));
  EXPECT_FALSE(equal(std::vector{1, 2}, std::vector{1}));
  EXPECT_TRUE(equal(std::optional("a"s), std::optional("a"sv)));
  EXPECT_FALSE(equal(std::optional<int>(), std::optional(0)));
  EXPECT_TRUE(equal(Trip{1, "x"}, Trip{1, "x"}));
  EXPECT_TRUE(equal(std::map<int, int>{{1, 2}}, std::map<int, int>{{1, 2}}));
}

TEST(HashMap, isLookedUpByViews) {
  HashMap<std::string, int64_t> counts;
  for (const std::string_view word : {"a"sv, "b"sv, "a"sv}) ++findOrInsert(counts, word).first;
  EXPECT_EQ(2, counts.find("a"sv)->second);
  EXPECT_TRUE(findOrInsert(counts, "c"sv).second);
  EXPECT_FALSE(findOrInsert(counts, "c"sv).second);
  EXPECT_EQ(3u, counts.size());

  HashMap<std::pair<std::string, int>, int> pairs;
  findOrInsert(pairs, std::pair("x"sv, 1)).first = 7;
  EXPECT_EQ(7, pairs.at({"x", 1}));
  HashSet<Point> points{{1, 2}};
  EXPECT_TRUE(points.contains(Point{1, 2}));
}

TEST(HashMap, holdsWhatAnOrderedMapHolds) {
  EXPECT_TRUE(rc::check([](const std::vector<std::pair<std::string, int>>& entries) {
    std::map<std::string, int> expected;
    HashMap<std::string, int> map;
    for (const auto& [key, value] : entries) {
      expected[key] = value;
      findOrInsert(map, std::string_view(key)).first = value;
    }
    RC_ASSERT((std::map<std::string, int>(map.begin(), map.end()) == expected));
  }));
}

}  // namespace
}  // namespace spate
