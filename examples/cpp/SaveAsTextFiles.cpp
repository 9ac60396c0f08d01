#include "Example.h"
#include "spate/rdd/Split.h"

using namespace spate;

// Writes each batch into a directory of its own, counts-TIME_IN_MS, with a file per partition.
int main(int argc, char** argv) {
  Example example("Saves the word counts of each batch as text", {.batchSeconds = 30});
  example.withSocket().withDirectory("Directory to write counts-TIME to");
  return example.run(argc, argv, [](const ExampleOptions& options) {
    SparkContext sc(options.master, "SaveAsTextFiles");
    StreamingContext ssc(sc, Seconds(options.batchSeconds));
    auto lines = ssc.socketTextStream(options.host, options.port);
    auto counts = lines.flatMap([](const std::string& line) { return splitWords(line); })
                      .map([](std::string_view word) { return std::pair(word, int64_t{1}); })
                      .reduceByKey(std::plus<>());
    counts.saveAsTextFiles(options.directory + "/counts");

    Example::stopAfterBatches(ssc, options.stopAfterBatches);
    ssc.start();
    ssc.awaitTermination();
  });
}
