#include "Example.h"

using namespace spate;

// The life of a StreamingContext: made of a SparkContext and a batch duration, given its streams,
// started, stopped. After stop() it cannot start again; the SparkContext can make another one.
int main(int argc, char** argv) {
  Example example("Makes, starts and stops a StreamingContext", {.batchSeconds = 1});
  example.withSocket();
  return example.run(argc, argv, [](const ExampleOptions& options) {
    SparkContext sc(options.master, "StreamingContextLifecycle");
    StreamingContext ssc(sc, Seconds(options.batchSeconds));
    const auto report = [&] {
      constexpr const char* kNames[] = {"INITIALIZED", "ACTIVE", "STOPPED"};
      std::printf("StreamingContext is %s\n", kNames[static_cast<int>(ssc.getState())]);
      std::fflush(stdout);
    };

    auto lines = ssc.socketTextStream(options.host, options.port);
    lines.count().pprint();
    Example::stopAfterBatches(ssc, options.stopAfterBatches);
    report();
    ssc.start();
    report();
    ssc.awaitTermination();
    ssc.stop(/*stopSparkContext=*/true);
    report();
  });
}
