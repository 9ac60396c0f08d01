#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "spate/base/TaskPool.h"

namespace spate {
namespace {

TEST(TaskPool, runsEachTaskOnce) {
  TaskPool pool(3);
  std::vector<std::atomic<int>> runs(1000);
  pool.runAll(runs.size(), [&](size_t i) { ++runs[i]; });
  for (const auto& count : runs) EXPECT_EQ(count, 1);
}

TEST(TaskPool, nothingToDoReturnsAtOnce) {
  TaskPool pool(1);
  pool.runAll(0, [](size_t) { FAIL(); });
}

TEST(TaskPool, oneSlotRunsTasksInOrder) {
  TaskPool pool(1);
  std::vector<size_t> order;
  pool.runAll(100, [&](size_t i) { order.push_back(i); });
  for (size_t i = 0; i < order.size(); ++i) EXPECT_EQ(order[i], i);
  EXPECT_EQ(order.size(), 100u);
}

TEST(TaskPool, runsNoMoreTasksAtOnceThanSlots) {
  TaskPool pool(2);
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  pool.runAll(200, [&](size_t) {
    const int now = ++running;
    int seen = most;
    while (now > seen && !most.compare_exchange_weak(seen, now)) {
    }
    --running;
  });
  EXPECT_LE(most, 2);
}

TEST(TaskPool, lessThanOneSlotIsOne) { EXPECT_EQ(TaskPool(0).slots(), 1); }

TEST(TaskPool, knowsItsOwnThreads) {
  TaskPool pool(2);
  TaskPool other(1);
  EXPECT_FALSE(pool.onPoolThread());
  std::atomic<bool> onPool{false}, onOther{true};
  pool.runAll(1, [&](size_t) {
    onPool = pool.onPoolThread();
    onOther = other.onPoolThread();
  });
  EXPECT_TRUE(onPool);
  EXPECT_FALSE(onOther);
}

TEST(TaskPool, jobsOfSeveralThreadsAllEnd) {
  TaskPool pool(2);
  std::atomic<int> tasks{0};
  std::vector<std::thread> drivers;
  for (int driver = 0; driver < 4; ++driver)
    drivers.emplace_back([&] {
      for (int job = 0; job < 200; ++job) {
        std::atomic<int> mine{0};
        pool.runAll(3, [&](size_t) {
          ++mine;
          ++tasks;
        });
        ASSERT_EQ(mine, 3);
      }
    });
  for (std::thread& driver : drivers) driver.join();
  EXPECT_EQ(tasks, 4 * 200 * 3);
}

TEST(TaskPool, aShortJobIsNotHeldUpByALongOne) {
  TaskPool pool(2);
  std::atomic<bool> release{false};
  std::atomic<bool> started{false};
  std::thread longJob([&] {
    pool.runAll(1, [&](size_t) {
      started = true;
      while (!release) std::this_thread::yield();
    });
  });
  while (!started) std::this_thread::yield();
  pool.runAll(5, [](size_t) {});
  release = true;
  longJob.join();
}

}  // namespace
}  // namespace spate
