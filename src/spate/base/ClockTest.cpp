#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "spate/base/Clock.h"

namespace spate {
namespace {

Timestamp at(int64_t millis) { return timestampOfMillis(millis); }

TEST(ManualClock, standsStillUntilItIsMovedAndNeverGoesBack) {
  ManualClock clock(at(5));
  EXPECT_EQ(clock.now(), at(5));
  clock.advance(Millis(3));
  EXPECT_EQ(clock.now(), at(8));
  clock.setTime(at(2));
  EXPECT_EQ(clock.now(), at(8));
}

TEST(ManualClock, waitEndsAtTheDeadline) {
  ManualClock clock;
  WakeUp wakeUp;
  bool timeCame = false;
  std::thread waiter([&] { timeCame = clock.waitUntil(wakeUp, at(10)); });
  EXPECT_EQ(clock.waitUntilIdle(), at(10));
  clock.setTime(at(9));
  EXPECT_EQ(clock.waitUntilIdle(), at(10));
  clock.setTime(at(10));
  waiter.join();
  EXPECT_TRUE(timeCame);
}

TEST(ManualClock, deadlineInThePastReturnsAtOnce) {
  ManualClock clock(at(10));
  WakeUp wakeUp;
  EXPECT_TRUE(clock.waitUntil(wakeUp, at(10)));
  EXPECT_TRUE(clock.waitUntil(wakeUp, at(3)));
}

TEST(ManualClock, flagRaisedBeforeTheWaitEndsItOnce) {
  ManualClock clock;
  WakeUp wakeUp;
  wakeUp.notify();
  wakeUp.notify();
  EXPECT_FALSE(clock.waitUntil(wakeUp, std::nullopt));
  EXPECT_TRUE(clock.waitUntil(wakeUp, at(0)));
}

TEST(ManualClock, flagEndsAWaitWithoutDeadline) {
  ManualClock clock;
  WakeUp wakeUp;
  std::thread waiter([&] { EXPECT_FALSE(clock.waitUntil(wakeUp, std::nullopt)); });
  wakeUp.notify();
  waiter.join();
}

TEST(ManualClock, idleCountsThreadsAndGivesTheEarliestDeadline) {
  ManualClock clock;
  WakeUp early, late;
  std::thread first([&] { clock.waitUntil(early, at(10)); });
  std::thread second([&] { clock.waitUntil(late, at(20)); });
  EXPECT_EQ(clock.waitUntilIdle(2), at(10));
  clock.setTime(at(10));
  first.join();
  EXPECT_EQ(clock.waitUntilIdle(1), at(20));
  clock.setTime(at(20));
  second.join();
}

TEST(ManualClock, aWokenThreadIsNotIdle) {
  // The thread waits, is woken, works, and waits again. Whenever the test finds it idle, all that
  // it was woken for is done.
  ManualClock clock;
  WakeUp wakeUp;
  std::atomic<int> asked{0};
  std::atomic<int> done{0};
  std::thread worker([&] {
    while (done < 2000) {
      clock.waitUntil(wakeUp, at(1'000'000));
      done = asked.load();
    }
  });
  for (int i = 0; i < 2000; ++i) {
    clock.waitUntilIdle();
    ASSERT_EQ(done, asked);
    ++asked;
    wakeUp.notify();
  }
  worker.join();
}

template <class ClockType>
void passTokensThrough(ClockType& clock, std::optional<Timestamp> deadline) {
  WakeUp there, back;
  std::atomic<int> sent{0};
  std::atomic<int> answered{0};
  constexpr int kRounds = 5000;
  std::thread echo([&] {
    while (answered < kRounds) {
      while (sent == answered) clock.waitUntil(there, deadline);
      ++answered;
      back.notify();
    }
  });
  for (int i = 0; i < kRounds; ++i) {
    ++sent;
    there.notify();
    while (answered != sent) clock.waitUntil(back, deadline);
  }
  echo.join();
}

TEST(ManualClock, noWakeUpIsLost) {
  ManualClock clock;
  passTokensThrough(clock, std::nullopt);
}

TEST(SystemClock, noWakeUpIsLost) {
  SystemClock clock;
  passTokensThrough(clock, std::nullopt);
}

TEST(ManualClock, noMoveOfTheTimeIsLost) {
  ManualClock clock;
  std::atomic<int> reached{0};
  constexpr int kTicks = 3000;
  std::thread waiter([&] {
    WakeUp wakeUp;
    for (int tick = 1; tick <= kTicks; ++tick) {
      EXPECT_TRUE(clock.waitUntil(wakeUp, at(tick)));
      reached = tick;
    }
  });
  for (int tick = 1; tick <= kTicks; ++tick) {
    clock.advance(Millis(1));
    // Half of the time the next move comes while the thread is on its way.
    if (tick % 2 == 0 && tick < kTicks) {
      EXPECT_EQ(clock.waitUntilIdle(), at(tick + 1));
      EXPECT_EQ(reached, tick);
    }
  }
  waiter.join();
  EXPECT_EQ(reached, kTicks);
}

TEST(SystemClock, tellsTheTimeAndDoesNotWaitForThePast) {
  const std::shared_ptr<Clock> clock = Clock::system();
  const Timestamp before = clock->now();
  WakeUp wakeUp;
  EXPECT_TRUE(clock->waitUntil(wakeUp, before));
  EXPECT_TRUE(clock->waitUntil(wakeUp, clock->now() + Millis(1)));
  EXPECT_GE(clock->now(), before + Millis(1));
}

TEST(Time, millisAreRoundedDown) {
  EXPECT_EQ(millisOf(Timestamp(Micros(1999))), 1);
  EXPECT_EQ(millisOf(Timestamp(Micros(-1))), -1);
}

TEST(Time, textsAreThoseOfPythonAndSpark) {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  const Timestamp t = timestampOfMillis(1508616600000);
  EXPECT_EQ(formatLocalTime(t), "2017-10-21 20:10:00");
  EXPECT_EQ(formatLocalTime(t + Millis(500)), "2017-10-21 20:10:00.500000");
  EXPECT_EQ(formatUtcTime(t + Millis(7)), "2017-10-21T20:10:00.007Z");
  EXPECT_EQ(formatUtcTime(timestampOfMillis(-1)), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace spate
