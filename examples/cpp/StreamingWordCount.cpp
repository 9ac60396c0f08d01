#include "Example.h"

namespace {

/// Python's re.findall(r"\w+", line.lower()) for the letters of English: runs of letters, digits,
/// '_' and all that is not ASCII.
std::vector<std::string> lowerCaseWords(std::string_view line) {
  std::vector<std::string> words;
  bool inWord = false;
  for (const char c : line) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool isWord = (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
                        static_cast<unsigned char>(c) >= 0x80;
    if (isWord && !inWord) words.emplace_back();
    if (isWord) words.back() += lower;
    inWord = isWord;
  }
  return words;
}

}  // namespace

using namespace spate;

// The streaming word count: lines of a socket, split into words, counted per batch, printed. With
// --checkpoint it survives being killed: what was received is in a write-ahead log, and the next
// start with the same directory goes on where this one ended.
int main(int argc, char** argv) {
  std::string saveCounts;
  Example example("Counts the words of each batch of lines that a server sends",
                  {.batchSeconds = 1});
  example.withSocket().withCheckpoint();
  example.add("--save-counts", saveCounts, "Also write all counts of each batch to this directory");

  return example.run(argc, argv, [&](const ExampleOptions& options) {
    const bool keeps = !options.checkpoint.empty();
    const auto create = [&] {
      SparkConf conf;
      conf.setMaster(options.master).setAppName("StreamingWordCount");
      if (keeps) conf.set("spark.streaming.receiver.writeAheadLog.enable", "true");
      StreamingContext ssc(conf, Seconds(options.batchSeconds));

      auto lines = ssc.socketTextStream(options.host, options.port);
      auto words = lines.flatMap(&lowerCaseWords);
      auto counts =
          words.map([](std::string word) { return std::pair(std::move(word), int64_t{1}); })
              .reduceByKey(std::plus<>());
      if (!saveCounts.empty()) {
        counts.cache();
        counts.saveAsTextFiles(saveCounts + "/counts");
      }
      counts.pprint();
      return ssc;
    };

    StreamingContext ssc =
        keeps ? StreamingContext::getOrCreate(options.checkpoint, create) : create();
    Example::stopAfterBatches(ssc, options.stopAfterBatches);
    ssc.start();
    ssc.awaitTermination();
  });
}
