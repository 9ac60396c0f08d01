#include "Example.h"
#include "spate/rdd/Split.h"

using namespace spate;

// Transformations make DStreams of DStreams, as they make RDDs of RDDs: flatMap, map and
// reduceByKey work on each batch; transform applies any function of RDDs, here a sort.
int main(int argc, char** argv) {
  Example example("Counts words, most frequent first", {.batchSeconds = 1});
  example.withSocket();
  return example.run(argc, argv, [](const ExampleOptions& options) {
    SparkContext sc(options.master, "Transformations");
    StreamingContext ssc(sc, Seconds(options.batchSeconds));
    auto lines = ssc.socketTextStream(options.host, options.port);
    auto words = lines.flatMap([](const std::string& line) { return splitWords(line); });
    auto longWords = words.filter([](std::string_view word) { return word.size() > 2; });
    auto pairs = longWords.map([](std::string_view word) { return std::pair(word, int64_t{1}); });
    auto counts = pairs.reduceByKey(std::plus<>());
    auto sorted = counts.transform([](const auto& rdd) {
      return rdd.sortBy([](const auto& pair) { return std::pair(-pair.second, pair.first); });
    });
    sorted.pprint();

    Example::stopAfterBatches(ssc, options.stopAfterBatches);
    ssc.start();
    ssc.awaitTermination();
  });
}
