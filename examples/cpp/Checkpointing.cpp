#include <numeric>

#include "Example.h"

namespace {

int64_t addUp(const std::vector<int64_t>& news, std::optional<int64_t> before) {
  return std::accumulate(news.begin(), news.end(), before.value_or(0));
}

}  // namespace

using namespace spate;

// StreamingContext::checkpoint keeps what a restart needs; DStream::checkpoint sets how often the
// RDDs of one stream are written there, a multiple of its slide.
int main(int argc, char** argv) {
  Example example("Counts all lines since the first start, with a checkpoint",
                  {.batchSeconds = 30, .checkpoint = "checkpoint"});
  example.withSocket().withCheckpoint();
  return example.run(argc, argv, [](const ExampleOptions& options) {
    const auto create = [&] {
      SparkContext sc(options.master, "Checkpointing");
      StreamingContext ssc(sc, Seconds(options.batchSeconds));
      ssc.checkpoint(options.checkpoint);
      auto lines = ssc.socketTextStream(options.host, options.port);
      auto totals =
          lines.map([](const std::string&) { return std::pair<std::string, int64_t>("lines", 1); })
              .updateStateByKey(addUp);
      totals.checkpoint(Seconds(options.batchSeconds) * 5);
      totals.pprint();
      return ssc;
    };

    StreamingContext ssc = StreamingContext::getOrCreate(options.checkpoint, create);
    Example::stopAfterBatches(ssc, options.stopAfterBatches);
    ssc.start();
    ssc.awaitTermination();
  });
}
