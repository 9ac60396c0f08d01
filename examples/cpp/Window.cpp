#include "Example.h"

using namespace spate;

// Prints, every two batches, all lines of the last two: a window of 10 s that slides by 10 s, over
// batches of 5 s.
int main(int argc, char** argv) {
  Example example("Prints the lines of the last two batches", {.batchSeconds = 5});
  example.withSocket();
  return example.run(argc, argv, [](const ExampleOptions& options) {
    SparkContext sc(options.master, "Window");
    StreamingContext ssc(sc, Seconds(options.batchSeconds));
    const Duration twoBatches = Seconds(options.batchSeconds) * 2;
    auto dates = ssc.socketTextStream(options.host, options.port);
    auto windowed = dates.window(twoBatches, twoBatches);
    windowed.pprint();

    Example::stopAfterBatches(ssc, options.stopAfterBatches);
    ssc.start();
    ssc.awaitTermination();
  });
}
