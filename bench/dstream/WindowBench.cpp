#include "Harness.h"

namespace spate::bench {
namespace {

double measure(const Settings& settings, int64_t windowSeconds) {
  constexpr int64_t kKeys = 1000;
  const int measured = settings.quick ? 10 : 200;
  const auto batches = static_cast<int>(windowSeconds) + 20 + measured;
  Application application("local[2]", settings.directory);
  SparkContext sc = application.sparkContext();
  std::vector<std::pair<int64_t, int64_t>> pairs;
  for (int64_t i = 0; i < kKeys; ++i) pairs.emplace_back(i, 1);
  const RDD<std::pair<int64_t, int64_t>> batch = sc.parallelize(pairs, 2);
  auto queue = std::make_shared<RddQueue<std::pair<int64_t, int64_t>>>();
  for (int i = 0; i < batches; ++i) queue->push(batch);
  int64_t sum = 0;
  application.context()
      .queueStream<std::pair<int64_t, int64_t>>(queue)
      .reduceByKeyAndWindow(std::plus<>(), std::minus<>(),
                            Seconds(static_cast<double>(windowSeconds)), Seconds(1))
      .foreachRDD([&sum](const auto& rdd) {
        sum = 0;
        for (const auto& [key, count] : rdd.collect()) sum += count;
      });
  application.start();
  std::vector<double> totals;
  for (int i = 0; i < batches; ++i) {
    const double total = application.runBatch().total;
    if (i >= batches - measured) totals.push_back(total);
  }
  if (sum != kKeys * windowSeconds)
    fail("a window of " + std::to_string(windowSeconds) + " s sums to " + std::to_string(sum));
  report("window of " + std::to_string(windowSeconds) + " s, 1 k keys a batch: median",
         milliseconds(median(totals)));
  return median(totals);
}

}  // namespace

void benchWindow(const Settings& settings) {
  const double shortWindow = measure(settings, 10);
  const double longWindow = measure(settings, settings.quick ? 60 : 3600);
  report("one hour / ten seconds", ratio(longWindow / shortWindow), "independent: about 1");
}

}  // namespace spate::bench
