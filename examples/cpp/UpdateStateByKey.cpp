#include <numeric>

#include "Example.h"
#include "spate/rdd/Split.h"

using namespace spate;

// Keeps a count per word over all batches. State needs a checkpoint directory; a program that is
// started again with getOrCreate goes on with the counts it had.
int main(int argc, char** argv) {
  Example example("Counts words since the start", {.batchSeconds = 30, .checkpoint = "checkpoint"});
  example.withSocket().withCheckpoint();
  return example.run(argc, argv, [](const ExampleOptions& options) {
    SparkContext sc(options.master, "UpdateStateByKey");
    StreamingContext ssc(sc, Seconds(options.batchSeconds));
    ssc.checkpoint(options.checkpoint);
    const auto updateFunc = [](const std::vector<int64_t>& newValues,
                               std::optional<int64_t> lastSum) {
      return std::accumulate(newValues.begin(), newValues.end(), lastSum.value_or(0));
    };

    auto lines = ssc.socketTextStream(options.host, options.port);
    auto wordCounts = lines.flatMap([](const std::string& line) { return splitWords(line); })
                          .map([](std::string_view word) { return std::pair(word, int64_t{1}); })
                          .updateStateByKey(updateFunc);
    wordCounts.pprint();

    Example::stopAfterBatches(ssc, options.stopAfterBatches);
    ssc.start();
    ssc.awaitTermination();
  });
}
