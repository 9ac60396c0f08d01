#include "Example.h"

using namespace spate;

// Runs a function for each batch, with its RDD; here an action on the RDD, which runs a function
// for each element.
int main(int argc, char** argv) {
  Example example("Prints each line that a server sends", {.batchSeconds = 30});
  example.withSocket();
  return example.run(argc, argv, [](const ExampleOptions& options) {
    SparkContext sc(options.master, "ForeachRDD");
    StreamingContext ssc(sc, Seconds(options.batchSeconds));
    const auto printx = [](const std::string& x) { std::printf("received : %s\n", x.c_str()); };
    auto lines = ssc.socketTextStream(options.host, options.port);
    lines.foreachRDD([=](const auto& rdd) {
      rdd.foreach (printx);
      std::fflush(stdout);
    });

    Example::stopAfterBatches(ssc, options.stopAfterBatches);
    ssc.start();
    ssc.awaitTermination();
  });
}
