#include "Example.h"
#include "spate/rdd/Split.h"

using namespace spate;

// A stream of the lines of new files in a directory. Write a file elsewhere on the same disk and
// move it in: a file that is still being written would be read as far as it is.
int main(int argc, char** argv) {
  Example example("Counts the words of the files that are moved into a directory",
                  {.batchSeconds = 1});
  example.withDirectory("Directory to watch for new files").withCheckpoint();
  return example.run(argc, argv, [](const ExampleOptions& options) {
    SparkContext sc(options.master, "TextFileStream");
    StreamingContext ssc(sc, Seconds(options.batchSeconds));
    if (!options.checkpoint.empty()) ssc.checkpoint(options.checkpoint);
    auto lines = ssc.textFileStream(options.directory);
    auto counts = lines.flatMap([](const std::string& line) { return splitWords(line); })
                      .map([](std::string_view word) { return std::pair(word, int64_t{1}); })
                      .reduceByKey(std::plus<>());
    counts.pprint();

    Example::stopAfterBatches(ssc, options.stopAfterBatches);
    ssc.start();
    ssc.awaitTermination();
  });
}
