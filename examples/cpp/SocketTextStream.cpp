#include "Example.h"

using namespace spate;

// A stream of the lines that a TCP server sends, as UTF-8. Try it with `nc -lk 9999`; until that
// is started, the program warns and tries again.
int main(int argc, char** argv) {
  Example example("Prints the lines that a server sends", {.batchSeconds = 1});
  example.withSocket();
  return example.run(argc, argv, [](const ExampleOptions& options) {
    SparkContext sc(options.master, "SocketTextStream");
    StreamingContext ssc(sc, Seconds(options.batchSeconds));
    auto lines = ssc.socketTextStream(options.host, options.port);
    lines.pprint();

    Example::stopAfterBatches(ssc, options.stopAfterBatches);
    ssc.start();
    ssc.awaitTermination();
  });
}
