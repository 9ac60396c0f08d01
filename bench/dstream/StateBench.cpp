#include "Harness.h"

namespace spate::bench {
namespace {

using Pairs = std::vector<std::pair<std::string, int64_t>>;

std::string keyOf(int64_t i) { return "key-" + std::to_string(i); }

Pairs allKeys(int64_t keys) {
  Pairs pairs;
  for (int64_t i = 0; i < keys; ++i) pairs.emplace_back(keyOf(i), 0);
  return pairs;
}

/// Which keys the batch touches: spread over all of them, others in each batch.
Pairs changesOf(int batch, int64_t keys, int64_t changes) {
  Pairs pairs;
  for (int64_t i = 0; i < changes; ++i)
    pairs.emplace_back(keyOf((i * (keys / changes) + batch) % keys), 1);
  return pairs;
}

template <class Build>
void measure(const std::string& name, const Settings& settings, int64_t changes,
             const std::string& bound, Build build) {
  const int64_t keys = settings.quick ? 20'000 : 1'000'000;
  const int batches = settings.quick ? 5 : 15;
  Application application("local[2]", settings.directory);
  SparkContext sc = application.sparkContext();
  auto queue = std::make_shared<RddQueue<std::pair<std::string, int64_t>>>();
  queue->push(sc.parallelize(allKeys(keys), 2));
  for (int i = 1; i < batches; ++i) queue->push(sc.parallelize(changesOf(i, keys, changes), 2));
  int64_t sum = 0;
  build(application.context().queueStream<std::pair<std::string, int64_t>>(queue), sum);
  application.start();
  const double first = application.runBatch().total;
  std::vector<double> totals, files;
  for (int i = 1; i < batches; ++i) {
    const BatchTime time = application.runBatch();
    totals.push_back(time.total);
    files.push_back(time.files);
  }
  if (sum != changes * (batches - 1))
    fail(name + ": the state adds up to " + std::to_string(sum) + " instead of " +
         std::to_string(changes * (batches - 1)));
  report(name + ": first batch, all keys", milliseconds(first));
  report(name + ": median", milliseconds(median(totals)), bound);
  report(name + ": writing and syncing files, of both partitions", milliseconds(median(files)));
}

}  // namespace

void benchState(const Settings& settings) {
  const int64_t many = settings.quick ? 200 : 10'000;
  const auto update = [](const auto& stream, int64_t& sum) {
    stream
        .updateStateByKey([](const std::vector<int64_t>& values, std::optional<int64_t> state) {
          int64_t total = state.value_or(0);
          for (const int64_t value : values) total += value;
          return std::optional(total);
        })
        .foreachRDD([&sum](const auto& rdd) {
          sum = 0;
          for (const int64_t part : rdd.mapPartitions([](auto pairs) {
                                         int64_t subtotal = 0;
                                         for (const auto& pair : pairs) subtotal += pair.second;
                                         return std::vector<int64_t>{subtotal};
                                       })
                                        .collect())
            sum += part;
        });
  };
  const auto map = [](const auto& stream, int64_t& sum) {
    auto spec = stateSpec<std::string, int64_t, int64_t>(
        [](const std::string&, std::optional<int64_t> value, State<int64_t>& state) {
          state.update(state.getOption().value_or(0) + value.value_or(0));
          return value.value_or(0);
        });
    stream.mapWithState(spec).foreachRDD([&sum](const auto& rdd) {
      for (const int64_t value : rdd.collect()) sum += value;
    });
  };
  measure("updateStateByKey, 10 k of 1 M", settings, many, "bound 200 ms", update);
  measure("mapWithState, 10 k of 1 M", settings, many, "bound 15 ms", map);
  measure("mapWithState, 1 k of 1 M", settings, many / 10, "in proportion", map);
}

}  // namespace spate::bench
