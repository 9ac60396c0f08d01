#include <gmock/gmock.h>

#include "spate/rdd/TestContext.h"

namespace spate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Ints = std::vector<int>;

class NumericActions : public testing::Test {
 protected:
  RDD<int> rdd(Ints elements, int slices = 3) {
    return sc.parallelize(std::move(elements), slices);
  }

  TestContext context;
  SparkContext& sc = context.sc;
};

TEST_F(NumericActions, numbersAreDescribed) {
  const auto stats = rdd({1, 2, 3, 4}).stats();
  EXPECT_EQ("(count: 4, mean: 2.500000, stdev: 1.118034, max: 4.000000, min: 1.000000)",
            stats.toString());
  EXPECT_EQ(10, rdd({1, 2, 3, 4}).sum());
  EXPECT_DOUBLE_EQ(1.25, rdd({1, 2, 3, 4}).variance());
  EXPECT_DOUBLE_EQ(5.0 / 3, rdd({1, 2, 3, 4}).sampleVariance());
  EXPECT_DOUBLE_EQ(2.5, rdd({1, 2, 3, 4}, 7).mean());
  EXPECT_TRUE(std::isnan(rdd({1}).sampleStdev()));
}

TEST_F(NumericActions, histogramFollowsPySpark) {
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

TEST_F(NumericActions, approximateCountsAreExactWhenAllWasRead) {
  const BoundedDouble exact = sc.range(0, 1000, 1, 4).countApprox(1000000);
  EXPECT_EQ(1000, exact.mean);
  EXPECT_EQ(1.0, exact.confidence);
  EXPECT_EQ(500 * 999, sc.range(0, 1000, 1, 4).sumApprox(1000000).mean);
  const BoundedDouble nothing = sc.range(0, 1000, 1, 4).countApprox(0);
  EXPECT_EQ(0, nothing.mean);
  EXPECT_EQ(std::numeric_limits<double>::infinity(), nothing.high);
  EXPECT_THAT(messageOf([&] { sc.range(0, 9).countApprox(-1); }), HasSubstr("must be nonnegative"));
}

TEST_F(NumericActions, estimatesHoldTheTruthBetweenTheirBounds) {
  const BoundedDouble count = estimateCount(500, 2, 4, 0.95);
  EXPECT_DOUBLE_EQ(1000, count.mean);
  EXPECT_LT(count.low, 1000);
  EXPECT_GT(count.high, 1000);
  EXPECT_LT(count.high, 1200);
  EXPECT_NEAR(1.96, normalQuantile(0.95), 0.001);
}

TEST_F(NumericActions, countApproxDistinctIsWithinItsError) {
  const auto values = sc.range(0, 20000, 1, 4).map([](int64_t i) { return i % 5000; });
  EXPECT_NEAR(5000, static_cast<double>(values.countApproxDistinct(0.02)), 300);
  EXPECT_EQ(3, rdd({1, 2, 3, 1}).countApproxDistinct());
}

}  // namespace
}  // namespace spate
