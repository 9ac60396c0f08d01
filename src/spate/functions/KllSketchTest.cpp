#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "spate/functions/KllSketch.h"

namespace spate {
namespace {

std::string hex(const std::string& bytes) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : bytes) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[c & 15];
  }
  return out;
}

TEST(KllSketchTest, bytesAreThoseOfDataSketches) {
  // What Spark's kll_sketch_agg_bigint puts out.
  KllSketch<int64_t> sketch;
  EXPECT_EQ("02010F01C8000800", hex(sketch.serialize()));
  sketch.update(7);
  EXPECT_EQ("02020F04C80008000700000000000000", hex(sketch.serialize()));
  KllSketch<float> floats;
  floats.update(2);
  floats.update(std::numeric_limits<float>::quiet_NaN());
  floats.update(1);
  EXPECT_EQ("05010F00C80008000200000000000000C8000100C60000000000803F000000400000803F00000040",
            hex(floats.serialize()));
}

TEST(KllSketchTest, fewValuesAreExact) {
  KllSketch<int64_t> sketch;
  for (const int64_t value : {5, 3, 1, 4, 2, 5}) sketch.update(value);
  EXPECT_EQ(1, sketch.quantile(0));
  EXPECT_EQ(2, sketch.quantile(0.25));
  EXPECT_EQ(3, sketch.quantile(0.5));
  EXPECT_EQ(5, sketch.quantile(1));
  EXPECT_EQ(0, sketch.rank(0));
  EXPECT_EQ(0.5, sketch.rank(3));
  EXPECT_EQ(1, sketch.rank(9));
}

TEST(KllSketchTest, ranksOfManyValuesAreWithinTheError) {
  constexpr int kParts = 7;
  constexpr int64_t kValues = 20'000;
  KllSketch<double> all;
  for (int part = 0; part < kParts; ++part) {
    KllSketch<double> sketch;
    for (int64_t i = 0; i < kValues; ++i) sketch.update(static_cast<double>(i * 7919 % kValues));
    const auto restored = KllSketch<double>::deserialize(sketch.serialize());
    ASSERT_TRUE(restored);
    EXPECT_EQ(sketch.serialize(), restored->serialize());
    all.merge(*restored);
  }
  EXPECT_EQ(kParts * kValues, all.count());
  EXPECT_LT(all.serialize().size(), 8'000);
  for (const double rank : {0.01, 0.1, 0.5, 0.9, 0.99}) {
    EXPECT_NEAR(rank, all.quantile(rank) / kValues, 0.03);
    EXPECT_NEAR(rank, all.rank(rank * kValues), 0.03);
  }
}

TEST(KllSketchTest, theLeastKOfAMergeIsKept) {
  KllSketch<int64_t> wide(400);
  KllSketch<int64_t> narrow(8);
  for (int64_t i = 0; i < 1000; ++i) narrow.update(i);
  wide.merge(narrow);
  EXPECT_EQ(400, wide.k());
  EXPECT_NE(std::string::npos, wide.summary().find("Dynamic min K          : 8\n"));
  EXPECT_EQ(0, wide.quantile(0));
  EXPECT_EQ(1000, wide.count());
}

TEST(KllSketchTest, otherBytesAreRefused) {
  KllSketch<int64_t> sketch;
  for (int64_t i = 0; i < 500; ++i) sketch.update(i);
  const std::string bytes = sketch.serialize();
  EXPECT_FALSE(KllSketch<int64_t>::deserialize(""));
  EXPECT_FALSE(KllSketch<float>::deserialize(bytes));
  for (size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(KllSketch<int64_t>::deserialize(bytes.substr(0, size))) << size;
  for (size_t i = 0; i < 40; ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 0x40);
    const auto read = KllSketch<int64_t>::deserialize(changed);
    if (read) {
      EXPECT_EQ(changed.size(), read->serialize().size()) << i;
    }
  }
}

}  // namespace
}  // namespace spate
