#include <gtest/gtest.h>

#include "spate/connect/NamePattern.h"

namespace spate {
namespace {

TEST(NamePatternTest, starStandsForAnyText) {
  EXPECT_TRUE(matchesPattern("trips", std::nullopt));
  EXPECT_TRUE(matchesPattern("trips", "*"));
  EXPECT_TRUE(matchesPattern("trips", "T*s"));
  EXPECT_TRUE(matchesPattern("trips", "*r*p*"));
  EXPECT_TRUE(matchesPattern("aab", "*ab"));
  EXPECT_FALSE(matchesPattern("trips", "trip"));
  EXPECT_FALSE(matchesPattern("trips", ""));
}

TEST(NamePatternTest, barSeparatesAlternatives) {
  EXPECT_TRUE(matchesPattern("b", "a|b"));
  EXPECT_TRUE(matchesPattern("bus", "a|b*"));
  EXPECT_FALSE(matchesPattern("c", "a|b"));
}

TEST(NamePatternTest, othersStandForThemselves) {
  EXPECT_TRUE(matchesPattern("a.b", "a.b"));
  EXPECT_FALSE(matchesPattern("axb", "a.b"));
  EXPECT_FALSE(matchesPattern("ab", "a[b]"));
}

}  // namespace
}  // namespace spate
