#include <fstream>
#include <sstream>

#include "spate/dstream/StreamTest.h"

namespace spate::testing {
namespace {

using std::string;
using Pair = std::pair<string, int>;

/// Local time is UTC while it lives.
class InUtc {
 public:
  InUtc() {
    if (const char* old = ::getenv("TZ")) old_ = old;
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
  ~InUtc() {
    if (old_)
      ::setenv("TZ", old_->c_str(), 1);
    else
      ::unsetenv("TZ");
    ::tzset();
  }

 private:
  std::optional<string> old_;
};

/// 2017-10-21 20:10:00 UTC, as in the printed examples.
constexpr int64_t kChapterTime = 1508616600000;

template <class T, class Print>
string printed(const Batches<T>& input, Print print) {
  const InUtc utc;
  StreamWorld world;
  world.clock->setTime(timestampOfMillis(kChapterTime - 1000));
  StreamingContext context = world.context();
  print(inputStream(world, context, input));
  context.start();
  ::testing::internal::CaptureStdout();
  world.runBatches(context, static_cast<int>(input.size()));
  return ::testing::internal::GetCapturedStdout();
}

TEST(OutputOperations, pprintAsPySpark) {
  EXPECT_EQ(printed(Batches<Pair>{{{"hello", 1}, {"it's", 2}}, {}}, [](auto s) { s.pprint(); }),
            "-------------------------------------------\n"
            "Time: 2017-10-21 20:10:00\n"
            "-------------------------------------------\n"
            "('hello', 1)\n"
            "(\"it's\", 2)\n"
            "\n"
            "-------------------------------------------\n"
            "Time: 2017-10-21 20:10:01\n"
            "-------------------------------------------\n"
            "\n");
}

TEST(OutputOperations, pprintShowsTenElementsAndThatThereAreMore) {
  EXPECT_EQ(printed(Batches<int>{numbers(1, 11)}, [](auto s) { s.pprint(); }),
            "-------------------------------------------\n"
            "Time: 2017-10-21 20:10:00\n"
            "-------------------------------------------\n"
            "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n...\n\n");
  EXPECT_EQ(printed(Batches<int>{numbers(1, 10)}, [](auto s) { s.pprint(); }),
            "-------------------------------------------\n"
            "Time: 2017-10-21 20:10:00\n"
            "-------------------------------------------\n"
            "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n\n");
}

TEST(OutputOperations, pprintShowsAStringAsItIsAndAsManyAsAsked) {
  EXPECT_EQ(printed(Batches<string>{{"one", "two", "three"}}, [](auto s) { s.pprint(2); }),
            "-------------------------------------------\n"
            "Time: 2017-10-21 20:10:00\n"
            "-------------------------------------------\n"
            "one\ntwo\n...\n\n");
}

TEST(OutputOperations, printAsScala) {
  EXPECT_EQ(
      printed(Batches<Pair>{{{"hello", 1}, {"it's", 2}, {"x", 3}}}, [](auto s) { s.print(2); }),
      "-------------------------------------------\n"
      "Time: 1508616600000 ms\n"
      "-------------------------------------------\n"
      "(hello,1)\n"
      "(it's,2)\n"
      "...\n"
      "\n");
}

TEST(OutputOperations, foreachRDDTakesTheTimeOnEitherSideOrNot) {
  StreamWorld world;
  StreamingContext context = world.context();
  auto stream = inputStream(world, context, Batches<int>{{1, 2}, {3}});
  std::vector<string> calls;
  stream.foreachRDD([&](const auto& rdd) { calls.push_back(std::to_string(rdd.count())); });
  stream.foreachRDD([&](const auto& rdd, Time time) {
    calls.push_back(std::to_string(rdd.count()) + " at " + time.toString());
  });
  stream.foreachRDD([&](Time time, const auto& rdd) {
    calls.push_back(time.toString() + ": " + std::to_string(rdd.count()));
  });
  context.start();
  world.runBatches(context, 2);
  // Outputs run in the order in which they were added.
  EXPECT_EQ(calls, (std::vector<string>{"2", "2 at 1000 ms", "1000 ms: 2", "1", "1 at 2000 ms",
                                        "2000 ms: 1"}));
}

std::vector<string> linesIn(const string& directory) {
  std::vector<string> lines;
  for (const auto& file : std::filesystem::directory_iterator(directory)) {
    if (!file.path().filename().string().starts_with("part-")) continue;
    std::ifstream in(file.path());
    for (string line; std::getline(in, line);) lines.push_back(line);
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

TEST(OutputOperations, saveAsTextFilesNamesADirectoryPerBatch) {
  StreamWorld world;
  StreamingContext context = world.context();
  const string prefix = joinPath(world.directory, "out");
  auto stream = inputStream(world, context, Batches<Pair>{{{"a", 1}, {"b", 2}}, {}});
  stream.saveAsTextFiles(prefix);
  stream.saveAsTextFiles(prefix, "txt");
  context.start();
  world.runBatches(context, 2);
  EXPECT_EQ(linesIn(prefix + "-1000"), (std::vector<string>{"(a,1)", "(b,2)"}));
  EXPECT_EQ(linesIn(prefix + "-1000.txt"), (std::vector<string>{"(a,1)", "(b,2)"}));
  EXPECT_EQ(linesIn(prefix + "-2000"), std::vector<string>{});
  EXPECT_TRUE(std::filesystem::exists(prefix + "-2000/_SUCCESS"));
}

TEST(OutputOperations, saveAsTextFilesReplacesWhatAFirstRunOfTheBatchWrote) {
  StreamWorld world;
  StreamingContext context = world.context();
  const string prefix = joinPath(world.directory, "out");
  std::filesystem::create_directories(prefix + "-1000");
  std::ofstream(prefix + "-1000/part-00000") << "half a resu";
  inputStream(world, context, Batches<Pair>{{{"a", 1}}}).saveAsTextFiles(prefix);
  context.start();
  world.runBatches(context);
  EXPECT_EQ(linesIn(prefix + "-1000"), (std::vector<string>{"(a,1)"}));
}

TEST(OutputOperations, saveAsObjectFilesIsReadByObjectFile) {
  StreamWorld world;
  StreamingContext context = world.context();
  const string prefix = joinPath(world.directory, "objects");
  inputStream(world, context, Batches<Pair>{{{"a", 1}, {"b", 2}}}).saveAsObjectFiles(prefix);
  context.start();
  world.runBatches(context);
  EXPECT_EQ(sorted(Batches<Pair>{world.sc.objectFile<Pair>(prefix + "-1000").collect()}),
            (Batches<Pair>{{{"a", 1}, {"b", 2}}}));
}

}  // namespace
}  // namespace spate::testing
