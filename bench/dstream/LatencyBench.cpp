#include "Harness.h"

namespace spate::bench {
namespace {

void measure(const std::string& name, const Settings& settings, int records, bool stateful) {
  Application application("local[2]", settings.directory);
  const int batches = settings.quick ? 20 : 300;
  std::vector<std::string> words;
  for (int i = 0; i < records; ++i) words.push_back("word" + std::to_string(i));
  auto queue = std::make_shared<RddQueue<std::string>>();
  if (records > 0) {
    for (int i = 0; i < batches; ++i) queue->push(application.sparkContext().parallelize(words, 1));
  }
  int64_t seen = 0;
  auto pairs = application.context().queueStream<std::string>(queue).map(
      [](const std::string& word) { return std::pair(word, int64_t{1}); });
  const auto take = [&seen](const auto& rdd) {
    for (const auto& [word, count] : rdd.collect()) seen += count;
  };
  if (stateful) {
    pairs
        .updateStateByKey([](std::vector<int64_t> values, std::optional<int64_t> state) {
          int64_t sum = state.value_or(0);
          for (const int64_t value : values) sum += value;
          return std::optional(sum);
        })
        .foreachRDD(take);
  } else {
    pairs.reduceByKey(std::plus<>()).foreachRDD(take);
  }
  application.start();
  std::vector<double> totals, files, rest;
  for (int i = 0; i < batches; ++i) {
    const BatchTime time = application.runBatch();
    if (i < batches / 10) continue;
    totals.push_back(time.total);
    files.push_back(time.files);
    rest.push_back(time.total - time.files);
  }
  const int64_t expected =
      !stateful ? int64_t{records} * batches : int64_t{records} * batches * (batches + 1) / 2;
  if (seen != expected)
    fail(name + ": saw " + std::to_string(seen) + " instead of " + std::to_string(expected));
  report(name + ": median", milliseconds(median(totals)), "bound 3 ms");
  report(name + ": of that writing and syncing files", milliseconds(median(files)));
  if (!stateful) report(name + ": all else", milliseconds(median(rest)));
}

}  // namespace

void benchLatency(const Settings& settings) {
  measure("empty batch", settings, 0, false);
  measure("10 records, reduceByKey", settings, 10, false);
  // The partitions' state is written side by side, so these times do not add up.
  measure("10 records, updateStateByKey", settings, 10, true);
}

}  // namespace spate::bench
