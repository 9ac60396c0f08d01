#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "spate/base/Logging.h"

namespace spate {
namespace {

class Logging : public ::testing::Test {
 protected:
  ~Logging() override {
    setLogObserver({});
    setLogLevel(LogLevel::kWarn);
  }
};

TEST_F(Logging, lineHasSparksLayout) {
  ::testing::internal::CaptureStderr();
  logWarn("ReceiverSupervisor", "Restarting receiver with delay 2000 ms");
  const std::string line = ::testing::internal::GetCapturedStderr();
  const std::string expected =
      R"(^[0-9]{2}/[0-9]{2}/[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2} WARN ReceiverSupervisor: )"
      "Restarting receiver with delay 2000 ms\n$";
  EXPECT_TRUE(::testing::internal::RE::FullMatch(line, ::testing::internal::RE(expected.c_str())))
      << line;
}

TEST_F(Logging, bracesInAMessageAreText) {
  ::testing::internal::CaptureStderr();
  logError("C", "{} {0} %s");
  EXPECT_NE(::testing::internal::GetCapturedStderr().find("ERROR C: {} {0} %s\n"),
            std::string::npos);
}

TEST_F(Logging, linesBelowTheLevelAreLeftOut) {
  std::vector<std::string> lines;
  setLogObserver([&](LogLevel, std::string_view, std::string_view m) { lines.emplace_back(m); });
  logInfo("C", "info");
  logWarn("C", "warn");
  setLogLevel(LogLevel::kOff);
  logError("C", "error");
  EXPECT_EQ(lines, std::vector<std::string>{"warn"});
}

TEST_F(Logging, levelsHaveSparksNamesInAnyCase) {
  for (const char* name : {"ALL", "debug", "Error", "FATAL", "INFO", "OFF", "TRACE", "warn"})
    EXPECT_TRUE(setLogLevel(std::string_view(name))) << name;
  EXPECT_FALSE(setLogLevel(std::string_view("WARNING")));
  EXPECT_FALSE(setLogLevel(std::string_view("")));
}

TEST_F(Logging, linesOfManyThreadsComeOneAtATime) {
  int lines = 0;
  setLogObserver([&](LogLevel, std::string_view, std::string_view) { ++lines; });
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([] {
      for (int n = 0; n < 100; ++n) logWarn("C", "m");
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(lines, 400);
}

}  // namespace
}  // namespace spate
