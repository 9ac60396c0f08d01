#include "CrashInput.h"

#include <chrono>
#include <fstream>
#include <random>
#include <thread>

#include "spate/dstream/Receiver.h"

namespace spate::crash {
namespace {

/// The same lines in every process: what a queue needs to be filled again after a crash.
std::vector<std::string> linesOfBatch(int batch) {
  std::mt19937 random(static_cast<unsigned>(batch));
  std::vector<std::string> lines(random() % 30);
  for (std::string& line : lines) {
    const unsigned words = random() % 8;
    for (unsigned i = 0; i < words; ++i)
      line += (i == 0 ? "w" : " w") + std::to_string(random() % 40);
  }
  return lines;
}

/// Reads a file of lines, a few at a time, and says with each few how far it has come: what is
/// stored is never read again, and what is not stored is.
class NumberedLinesReceiver final : public Receiver<std::string> {
 public:
  explicit NumberedLinesReceiver(std::string path)
      : Receiver(StorageLevel::MEMORY_AND_DISK_SER), path_(std::move(path)) {}

  void onStart() override {
    startReceiving([this] { receive(); });
  }
  void onStop() override {}

 private:
  void receive() {
    std::vector<std::string> lines;
    std::ifstream in(path_);
    for (std::string line; std::getline(in, line);) lines.push_back(std::move(line));
    size_t at = std::stoul(lastStoredMetadata().value_or("0"));
    while (at < lines.size() && !isStopped()) {
      const size_t end = std::min(lines.size(), at + 1 + at % 7);
      store(std::vector<std::string>(lines.begin() + static_cast<std::ptrdiff_t>(at),
                                     lines.begin() + static_cast<std::ptrdiff_t>(end)),
            std::to_string(end));
      at = end;
      // So that the input is spread over the batches.
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }

  const std::string path_;
};

}  // namespace

std::vector<std::string> inputKinds() { return {"queue", "files", "receiver"}; }

DStream<std::string> inputStream(StreamingContext& ssc, const std::string& kind,
                                 const std::string& source, int batches) {
  if (kind == "queue") {
    auto queue = std::make_shared<RddQueue<std::string>>();
    for (int batch = 1; batch <= batches; ++batch)
      queue->push(ssc.sparkContext().parallelize(linesOfBatch(batch), 2));
    return ssc.queueStream(queue);
  }
  if (kind == "files") return ssc.fileStream(source, defaultFileFilter, false);
  if (kind == "receiver")
    return ssc.receiverStream(std::make_shared<NumberedLinesReceiver>(source));
  throw IllegalArgumentException("there is no input '" + kind + "'");
}

std::vector<std::string> wordsOf(std::string_view line) {
  std::vector<std::string> words;
  while (!line.empty()) {
    const size_t space = line.find(' ');
    if (space != 0) words.emplace_back(line.substr(0, space));
    if (space == std::string_view::npos) break;
    line.remove_prefix(space + 1);
  }
  return words;
}

}  // namespace spate::crash
