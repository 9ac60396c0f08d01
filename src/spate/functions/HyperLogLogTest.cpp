#include <gtest/gtest.h>

#include <vector>

#include "spate/functions/HyperLogLog.h"
#include "spate/functions/XxHash64.h"

namespace spate {
namespace {

void addRange(const HyperLogLog& sketches, int64_t from, int64_t to, std::span<uint64_t> sketch) {
  for (int64_t i = from; i < to; ++i)
    sketches.add(static_cast<uint64_t>(xxHash64(i, kXxHash64Seed)), sketch);
}

// Each by Spark 4.3: SELECT approx_count_distinct(id, deviation) FROM range(values).
TEST(HyperLogLogTest, estimatesAreSparks) {
  struct {
    double deviation;
    int64_t values;
    int64_t estimate;
  } const kAnswers[] = {
      {0.05, 0, 0},
      {0.05, 1, 1},
      {0.05, 5, 5},
      {0.05, 10, 10},
      {0.05, 100, 103},
      {0.05, 200, 195},
      {0.05, 300, 296},
      {0.05, 500, 484},
      {0.05, 1000, 1026},
      {0.05, 1200, 1171},
      {0.05, 2000, 1947},
      {0.05, 2600, 2483},
      {0.05, 3000, 2770},
      {0.05, 5000, 4671},
      {0.05, 40000, 39323},
      {0.05, 50000, 50113},
      {0.05, 500000, 469527},
      {0.05, 1000000, 925738},
      {0.39, 10, 13},
      {0.39, 200, 191},
      {0.39, 3000, 3016},
      {0.39, 40000, 46754},
      {0.39, 500000, 451643},
      {0.3, 10, 13},
      {0.3, 200, 191},
      {0.3, 3000, 3016},
      {0.3, 40000, 46754},
      {0.3, 500000, 451643},
      {0.25, 10, 12},
      {0.25, 200, 220},
      {0.25, 3000, 2512},
      {0.25, 40000, 40851},
      {0.25, 500000, 563553},
      {0.2, 10, 12},
      {0.2, 200, 220},
      {0.2, 3000, 2512},
      {0.2, 40000, 40851},
      {0.2, 500000, 563553},
      {0.15, 10, 11},
      {0.15, 200, 187},
      {0.15, 3000, 2937},
      {0.15, 40000, 41424},
      {0.15, 500000, 520892},
      {0.1, 10, 10},
      {0.1, 200, 195},
      {0.1, 3000, 3039},
      {0.1, 40000, 42966},
      {0.1, 500000, 508409},
      {0.07, 10, 10},
      {0.07, 200, 181},
      {0.07, 3000, 2914},
      {0.07, 40000, 41203},
      {0.07, 500000, 504838},
      {0.03, 10, 10},
      {0.03, 200, 198},
      {0.03, 3000, 2937},
      {0.03, 40000, 39953},
      {0.03, 500000, 475243},
      {0.02, 10, 10},
      {0.02, 200, 199},
      {0.02, 3000, 2975},
      {0.02, 40000, 40811},
      {0.02, 500000, 484144},
      {0.01, 10, 10},
      {0.01, 200, 199},
      {0.01, 3000, 2991},
      {0.01, 40000, 40048},
      {0.01, 500000, 495023},
      {0.008, 10, 10},
      {0.008, 200, 199},
      {0.008, 3000, 2990},
      {0.008, 40000, 39788},
      {0.008, 500000, 500469},
      {0.005, 10, 10},
      {0.005, 200, 199},
      {0.005, 3000, 2996},
      {0.005, 40000, 39942},
      {0.005, 500000, 501427},
  };
  for (const auto& answer : kAnswers) {
    const HyperLogLog sketches(
        static_cast<int>(HyperLogLog::precisionFor(answer.deviation).value()));
    std::vector<uint64_t> sketch(sketches.words());
    addRange(sketches, 0, answer.values, sketch);
    EXPECT_EQ(answer.estimate, sketches.estimate(sketch))
        << answer.values << " values at " << answer.deviation;
  }
}

TEST(HyperLogLogTest, joinedSketchesAreThatOfAllValues) {
  const HyperLogLog sketches(9);
  EXPECT_EQ(52u, sketches.words());
  std::vector<uint64_t> all(sketches.words());
  std::vector<uint64_t> left(sketches.words());
  std::vector<uint64_t> right(sketches.words());
  addRange(sketches, 0, 9000, all);
  addRange(sketches, 0, 6000, left);
  addRange(sketches, 3000, 9000, right);
  for (size_t i = 0; i < left.size(); ++i) left[i] = HyperLogLog::joined(left[i], right[i]);
  EXPECT_EQ(all, left);
  EXPECT_NE(all, right);
}

TEST(HyperLogLogTest, precisionGrowsAsTheDeviationShrinks) {
  EXPECT_EQ(9, HyperLogLog::precisionFor(0.05));
  EXPECT_EQ(3, HyperLogLog::precisionFor(0.4));
  EXPECT_EQ(18, HyperLogLog::precisionFor(0.0022));
  EXPECT_EQ(std::nullopt, HyperLogLog::precisionFor(-0.1));
}

}  // namespace
}  // namespace spate
