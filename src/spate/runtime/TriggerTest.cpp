#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "spate/base/Logging.h"
#include "spate/runtime/Trigger.h"

namespace spate {
namespace {

Timestamp at(int64_t millis) { return timestampOfMillis(millis); }

TEST(AlignedTrigger, firstBatchIsTheFirstMultipleAfterTheStart) {
  for (const auto& [start, first] : {std::pair{0, 1000}, {999, 1000}, {1000, 2000}, {1001, 2000}}) {
    auto trigger = AlignedTrigger::make(Millis(1000)).value();
    trigger->begin(at(start), std::nullopt);
    EXPECT_EQ(trigger->next()->due, at(first)) << start;
    EXPECT_EQ(trigger->next()->batchTime, at(first));
  }
}

TEST(AlignedTrigger, everyMultipleComesOnceHoweverLateItIs) {
  auto trigger = AlignedTrigger::make(Millis(1000)).value();
  trigger->begin(at(0), std::nullopt);
  std::vector<Timestamp> times;
  for (int i = 0; i < 4; ++i) {
    times.push_back(*trigger->next()->batchTime);
    trigger->done(at(9000), at(9500), true);
  }
  EXPECT_EQ(times, (std::vector{at(1000), at(2000), at(3000), at(4000)}));
}

TEST(AlignedTrigger, goesOnBehindTheLastBatchOfTheLogs) {
  auto trigger = AlignedTrigger::make(Millis(1000), at(2000)).value();
  trigger->begin(at(100'000), at(5000));
  EXPECT_EQ(trigger->next()->due, at(6000));
}

TEST(AlignedTrigger, firstBatchMayBeGiven) {
  auto trigger = AlignedTrigger::make(Millis(500), at(2500)).value();
  trigger->begin(at(1), std::nullopt);
  EXPECT_EQ(trigger->next()->due, at(2500));
}

TEST(AlignedTrigger, refusesWhatCannotBeAligned) {
  EXPECT_FALSE(AlignedTrigger::make(Micros(0)).has_value());
  EXPECT_FALSE(AlignedTrigger::make(Millis(-5)).has_value());
  EXPECT_FALSE(AlignedTrigger::make(Micros(1500)).has_value());
  EXPECT_FALSE(AlignedTrigger::make(Millis(1000), at(1500)).has_value());
}

TEST(ProcessingTimeTrigger, firstBatchIsAtOnceThenAtMultiples) {
  auto trigger = ProcessingTimeTrigger::make(Millis(1000)).value();
  trigger->begin(at(300), std::nullopt);
  EXPECT_EQ(trigger->next()->due, at(300));
  EXPECT_FALSE(trigger->next()->batchTime.has_value());
  trigger->done(at(300), at(400), true);
  EXPECT_EQ(trigger->next()->due, at(1000));
  trigger->done(at(1000), at(1000), false);
  EXPECT_EQ(trigger->next()->due, at(2000));
}

TEST(ProcessingTimeTrigger, multiplesThatPassedAreLeftOutWithAWarning) {
  std::vector<std::string> warnings;
  setLogObserver([&](LogLevel, std::string_view, std::string_view m) { warnings.emplace_back(m); });
  auto trigger = ProcessingTimeTrigger::make(Millis(1000)).value();
  trigger->begin(at(0), std::nullopt);
  trigger->done(at(0), at(3500), true);
  EXPECT_LE(trigger->next()->due, at(3500));
  trigger->done(at(3500), at(3600), true);
  setLogObserver({});
  EXPECT_EQ(trigger->next()->due, at(4000));
  EXPECT_EQ(warnings, std::vector<std::string>{
                          "Current batch is falling behind. The trigger interval is 1000 "
                          "milliseconds, but spent 3500 milliseconds"});
}

TEST(ProcessingTimeTrigger, intervalZeroWaitsForData) {
  auto trigger = ProcessingTimeTrigger::make(Millis(0)).value();
  EXPECT_TRUE(trigger->rules().waitsForData);
  trigger->begin(at(7), std::nullopt);
  trigger->done(at(7), at(9), true);
  EXPECT_EQ(trigger->next()->due, at(9));
  EXPECT_FALSE(ProcessingTimeTrigger::make(Millis(-1)).has_value());
}

TEST(AvailableNowTrigger, endsWhenNothingIsLeft) {
  AvailableNowTrigger trigger;
  trigger.begin(at(5), std::nullopt);
  trigger.done(at(5), at(6), true);
  ASSERT_TRUE(trigger.next().has_value());
  trigger.done(at(6), at(6), false);
  EXPECT_FALSE(trigger.next().has_value());
}

TEST(OnceTrigger, hasOneTick) {
  OnceTrigger trigger;
  trigger.begin(at(5), std::nullopt);
  EXPECT_EQ(trigger.next()->due, at(5));
  trigger.done(at(5), at(6), true);
  EXPECT_FALSE(trigger.next().has_value());
}

}  // namespace
}  // namespace spate
