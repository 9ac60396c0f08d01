// The example of docs/howto/receivers.md, as it stands there.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "spate/dstream/ReceiverTestStreams.h"

namespace spate {
namespace {

// [howto]
/// The numbers from 1 on. It goes on after a crash where the stored ones end.
class NumberReceiver : public spate::Receiver<int64_t> {
 public:
  NumberReceiver() : Receiver(spate::StorageLevel::MEMORY_AND_DISK_SER) {}

  void onStart() override {
    startReceiving([this] {
      int64_t next = std::stoll(lastStoredMetadata().value_or("0")) + 1;
      while (!isStopped() && next <= 1000) {
        std::vector<int64_t> block;
        for (int i = 0; i < 100; ++i) block.push_back(next++);
        // Returns when the block is stored: with the write-ahead log on, for good.
        store(block, std::to_string(next - 1));
      }
    });
  }
  /// The loop above ends by itself: isStopped() is true by now.
  void onStop() override {}
};
// [howto]

std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const size_t from = text.find(begin);
  if (from == std::string::npos) return {};
  const size_t start = from + begin.size();
  return text.substr(start, text.find(end, start) - start);
}

/// The file at `path` in the folder that holds the build, or nothing.
std::string fileOfTheProject(const std::string& path) {
  for (auto at = std::filesystem::current_path(); at != at.root_path(); at = at.parent_path()) {
    if (!std::filesystem::exists(at / path)) continue;
    std::ifstream file(at / path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  return {};
}

TEST(ReceiverHowTo, theExampleReceives) {
  ReceiverApplication app;
  app.collect(app.context.receiverStream(std::make_shared<NumberReceiver>()).map([](int64_t n) {
    return std::to_string(n);
  }));
  app.context.start();
  while (app.records().size() < 1000) app.nextBatch();
  EXPECT_EQ(app.records().front(), "1");
  EXPECT_EQ(app.records().back(), "1000");
}

TEST(ReceiverHowTo, thePageShowsTheExample) {
  const std::string page = fileOfTheProject("docs/howto/receivers.md");
  const std::string test = fileOfTheProject("src/spate/dstream/ReceiverHowToTest.cpp");
  if (page.empty() || test.empty()) GTEST_SKIP() << "built outside of the project's folder";
  EXPECT_EQ(between(page, "```cpp\n/// The numbers", "```"),
            between(test, "// [howto]\n/// The numbers", "// [howto]"));
}

}  // namespace
}  // namespace spate
