#include "Example.h"
#include "spate/rdd/Split.h"

using namespace spate;

// Counts the words of the last three batches, every batch. With an inverse function a batch adds
// what came and takes off what left, whatever the length of the window.
int main(int argc, char** argv) {
  Example example("Counts the words of the last three batches",
                  {.batchSeconds = 5, .checkpoint = "checkpoint"});
  example.withSocket().withCheckpoint();
  return example.run(argc, argv, [](const ExampleOptions& options) {
    SparkContext sc(options.master, "ReduceByKeyAndWindow");
    StreamingContext ssc(sc, Seconds(options.batchSeconds));
    ssc.checkpoint(options.checkpoint);
    const Duration batch = Seconds(options.batchSeconds);
    const auto isCounted = [](const auto& pair) { return pair.second > 0; };

    auto lines = ssc.socketTextStream(options.host, options.port);
    auto counts =
        lines.flatMap([](const std::string& line) { return splitWords(line); })
            .map([](std::string_view word) { return std::pair(word, int64_t{1}); })
            .reduceByKeyAndWindow(std::plus<>(), std::minus<>(), batch * 3, batch, 0, isCounted);
    counts.pprint();

    Example::stopAfterBatches(ssc, options.stopAfterBatches);
    ssc.start();
    ssc.awaitTermination();
  });
}
