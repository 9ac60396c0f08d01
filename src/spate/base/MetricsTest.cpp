#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "spate/base/Metrics.h"

namespace spate {
namespace {

TEST(Metrics, sameNameIsSameMetric) {
  Metrics metrics;
  Counter& rows = metrics.counter("rows");
  for (int i = 0; i < 100; ++i) metrics.counter("other" + std::to_string(i));
  rows.add(2);
  metrics.counter("rows").add();
  EXPECT_EQ(&rows, &metrics.counter("rows"));
  EXPECT_EQ(rows.value(), 3);
}

TEST(Metrics, snapshotHasAllValues) {
  Metrics metrics;
  metrics.counter("rows").add(5);
  metrics.gauge("queue").set(0.5);
  const Metrics::Snapshot snapshot = metrics.snapshot();
  EXPECT_EQ(snapshot.counters, (std::map<std::string, int64_t>{{"rows", 5}}));
  EXPECT_EQ(snapshot.gauges, (std::map<std::string, double>{{"queue", 0.5}}));
}

TEST(Metrics, noAdditionOfAThreadIsLost) {
  Metrics metrics;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 1000; ++n) metrics.counter("rows").add();
    });
  for (int i = 0; i < 50; ++i) EXPECT_LE(metrics.snapshot().counters["rows"], 4000);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(metrics.snapshot().counters["rows"], 4000);
}

}  // namespace
}  // namespace spate
