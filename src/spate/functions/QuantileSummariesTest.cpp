// What is expected was given by Spark 4.3, for the same values in the same order.
#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <functional>
#include <limits>

#include "spate/functions/QuantileSummaries.h"

namespace spate {
namespace {

constexpr double kPercentages[] = {0, 0.001, 0.25, 0.5, 0.9, 0.999, 1};
using Answers = std::vector<double>;

uint64_t crc(const QuantileSummaries& summary) {
  const std::string bytes = summary.serialize();
  return crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
}

QuantileSummaries summaryOf(int64_t count, int accuracy, const std::function<double(int64_t)>& at) {
  QuantileSummaries summary(1.0 / accuracy);
  for (int64_t i = 0; i < count; ++i) summary.insert(at(i));
  summary.compress();
  return summary;
}
double spread(int64_t i) { return static_cast<double>(i * 7919 % 100003); }
double dense(int64_t i) { return static_cast<double>(i * 104729 % 5003); }

QuantileSummaries merged(QuantileSummaries a, const QuantileSummaries& b) {
  a.merge(b);
  return a;
}

TEST(QuantileSummaries, bytesAndAnswersAreThoseOfSpark) {
  const auto many = summaryOf(120000, 1000, spread);
  EXPECT_EQ(many.serialize().size(), 20184u);
  EXPECT_EQ(crc(many), 3306497760u);
  EXPECT_EQ(many.query(kPercentages), (Answers{0, 0, 25045, 49971, 89977, 100002, 100002}));
  const auto precise = summaryOf(120000, 10000, spread);
  EXPECT_EQ(precise.serialize().size(), 211416u);
  EXPECT_EQ(crc(precise), 3328325429u);
  EXPECT_EQ(precise.query(kPercentages), (Answers{0, 106, 24998, 49996, 89996, 99898, 100002}));
  const auto coarse = summaryOf(60000, 20, spread);
  EXPECT_EQ(coarse.serialize().size(), 624u);
  EXPECT_EQ(crc(coarse), 1383944094u);
  EXPECT_EQ(coarse.query(kPercentages), (Answers{0, 0, 26084, 49510, 85368, 100002, 100002}));
  const auto few = summaryOf(3000, 1000, dense);
  EXPECT_EQ(crc(few), 3305988525u);
  EXPECT_EQ(few.query(kPercentages), (Answers{0, 0, 1262, 2509, 4506, 5002, 5002}));
}

TEST(QuantileSummaries, mergesAreThoseOfSpark) {
  const auto a = summaryOf(120000, 1000, spread);
  const auto b = summaryOf(3000, 1000, dense);
  const auto c = summaryOf(60000, 20, spread);
  const Answers both = {0, 0, 23090, 48666, 89737, 100002, 100002};
  const auto ab = merged(a, b);
  EXPECT_EQ(ab.serialize().size(), 57000u);
  EXPECT_EQ(crc(ab), 3949803466u);
  EXPECT_EQ(ab.query(kPercentages), both);
  const auto ba = merged(b, a);
  EXPECT_EQ(crc(ba), 3711310206u);
  EXPECT_EQ(ba.query(kPercentages), both);
  const auto withPrecise = merged(ab, summaryOf(120000, 10000, spread));
  EXPECT_EQ(withPrecise.serialize().size(), 19440u);
  EXPECT_EQ(crc(withPrecise), 1930278917u);
  // The greater error stays.
  EXPECT_EQ(crc(merged(c, b)), 3490371628u);
  EXPECT_EQ(crc(merged(b, c)), 3490371628u);
  auto chain = b;
  for (int i = 0; i < 30; ++i) chain.merge(i % 2 == 0 ? b : c);
  EXPECT_EQ(chain.serialize().size(), 5544u);
  EXPECT_EQ(crc(chain), 2557719034u);
  EXPECT_EQ(chain.query(kPercentages), (Answers{0, 0, 18694, 44459, 85368, 100002, 100002}));
}

TEST(QuantileSummaries, emptyOnesAreNothing) {
  const QuantileSummaries empty(0.01);
  EXPECT_EQ(crc(empty), 3205006367u);
  EXPECT_TRUE(empty.query(kPercentages).empty());
  const auto a = summaryOf(1000, 1000, spread);
  EXPECT_EQ(crc(merged(empty, a)), crc(a));
  EXPECT_EQ(crc(merged(a, empty)), crc(a));
}

TEST(QuantileSummaries, nanIsAboveAllAndMinusZeroBelowZero) {
  const auto summary = summaryOf(200, 10, [](int64_t i) {
    if (i % 10 == 0) return std::numeric_limits<double>::quiet_NaN();
    if (i % 10 == 1) return -0.0;
    return i % 10 == 2 ? 0.0 : static_cast<double>(i % 37);
  });
  EXPECT_EQ(summary.serialize().size(), 312u);
  EXPECT_EQ(crc(summary), 2193583795u);
  const Answers answers = summary.query(kPercentages);
  EXPECT_TRUE(std::signbit(answers[0]));
  EXPECT_EQ(answers[3], 11);
  EXPECT_TRUE(std::isnan(answers[4]));
}

TEST(QuantileSummaries, stateIsBoundedAndWithinTheError) {
  const auto summary = summaryOf(300000, 100, [](int64_t i) { return std::fmod(i * 0.618, 1.0); });
  EXPECT_LT(summary.serialize().size(), 10000u);
  EXPECT_NEAR(summary.query(kPercentages)[3], 0.5, 0.011);
}

TEST(QuantileSummaries, bytesAreReadBackAndBadOnesRefused) {
  const auto summary = summaryOf(3000, 100, dense);
  const std::string bytes = summary.serialize();
  EXPECT_EQ(QuantileSummaries::deserialize(bytes).value().serialize(), bytes);
  for (size_t size = 0; size < bytes.size(); size += 7)
    EXPECT_EQ(QuantileSummaries::deserialize(bytes.substr(0, size)).error().code(),
              StatusCode::kCorrupt);
  for (const size_t at : {size_t{4}, size_t{12}, size_t{20}, size_t{32}, size_t{40}}) {
    std::string bad = bytes;
    bad[at] = '\x7f';
    EXPECT_EQ(QuantileSummaries::deserialize(bad).error().code(), StatusCode::kCorrupt) << at;
  }
}

}  // namespace
}  // namespace spate
