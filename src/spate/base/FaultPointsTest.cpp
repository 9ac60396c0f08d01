#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "spate/base/FaultPoints.h"

namespace spate {
namespace {

TEST(FaultPoints, unarmedPointsAreOk) { EXPECT_TRUE(FaultPoints::none().reach("anywhere").ok()); }

TEST(FaultPoints, failsTheNthTimeAndOnlyThen) {
  FaultPoints points;
  points.failAt("write", 2, Status::ioError("gone"));
  EXPECT_TRUE(points.reach("write").ok());
  EXPECT_EQ(points.reach("write").code(), StatusCode::kIoError);
  EXPECT_TRUE(points.reach("write").ok());
}

TEST(FaultPoints, failsAsOftenAsAsked) {
  FaultPoints points;
  points.failAt("write", 1, Status::diskFull("full"), 3);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(points.reach("write").code(), StatusCode::kDiskFull);
  EXPECT_TRUE(points.reach("write").ok());
}

TEST(FaultPoints, pointsAreCountedApart) {
  FaultPoints points;
  points.failAt("b", 1, Status::ioError("gone"));
  EXPECT_TRUE(points.reach("a").ok());
  EXPECT_TRUE(points.reach("c").ok());
  EXPECT_FALSE(points.reach("b").ok());
}

TEST(FaultPoints, observerSeesTheOrder) {
  FaultPoints points;
  std::vector<std::string> seen;
  points.observe([&](std::string_view point) { seen.emplace_back(point); });
  EXPECT_TRUE(points.reach("x").ok());
  EXPECT_TRUE(points.reach("y").ok());
  EXPECT_EQ(seen, (std::vector<std::string>{"x", "y"}));
}

TEST(FaultPoints, killSpecIsPointAndNumber) {
  FaultPoints points;
  EXPECT_TRUE(points.armKill("beforeRun:3").ok());
  for (const char* bad : {"beforeRun", "beforeRun:", "beforeRun:0", "beforeRun:-1", ":x"})
    EXPECT_EQ(points.armKill(bad).code(), StatusCode::kInvalidArgument) << bad;
}

TEST(FaultPointsDeathTest, killEndsTheProcessTheNthTime) {
  ::testing::FLAGS_gtest_death_test_style = "threadsafe";
  EXPECT_EXIT(
      {
        FaultPoints points;
        static_cast<void>(points.armKill("beforeRun:2"));
        static_cast<void>(points.reach("beforeRun"));
        static_cast<void>(points.reach("beforeRun"));
      },
      ::testing::KilledBySignal(SIGKILL), "");
}

}  // namespace
}  // namespace spate
