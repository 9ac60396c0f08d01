#include <gtest/gtest.h>

#include "spate/base/InMemoryFileSystem.h"
#include "spate/base/Logging.h"
#include "spate/dstream/FileStreamSource.h"

namespace spate {
namespace {

using Paths = std::vector<std::string>;

/// Times are seconds; batches of one second.
class FileStreamSourceTest : public ::testing::Test {
 protected:
  static Timestamp at(double seconds) {
    return Timestamp(Micros(static_cast<int64_t>(seconds * 1e6)));
  }

  FileStreamSourceTest() {
    EXPECT_TRUE(files->createDirectories("/in").ok());
    options.directory = "/in";
    options.batchDuration = Seconds(1);
    options.files = files;
    options.clock = clock;
    setLogObserver([this](LogLevel level, std::string_view, std::string_view message) {
      if (level >= LogLevel::kWarn) warnings.emplace_back(message);
    });
  }
  ~FileStreamSourceTest() override { setLogObserver({}); }

  void put(const std::string& path, double modified, const std::string& content = "x\n") {
    ASSERT_TRUE(files->writeAtomically(path, content).ok());
    ASSERT_TRUE(files->setModificationTime(path, at(modified)).ok());
  }
  void open(const std::string& checkpoint = {}) {
    source = std::make_unique<FileStreamSource>(options);
    const Status status = source->recover(files, checkpoint, end);
    ASSERT_TRUE(status.ok()) << status.toString();
  }
  /// Gives the next batch its files.
  Paths batch(double seconds) {
    ReadLimit limit;
    limit.batchTime = at(seconds);
    const auto latest = source->latestOffset(end, limit);
    EXPECT_TRUE(latest.has_value());
    const OffsetRange range{end, *latest};
    end = *latest;
    if (range.empty()) return {};
    return source->filesOf(range).value();
  }

  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>(at(100));
  std::shared_ptr<InMemoryFileSystem> files = std::make_shared<InMemoryFileSystem>(clock);
  FileStreamSourceOptions options;
  std::unique_ptr<FileStreamSource> source;
  std::optional<Offset> end;
  std::vector<std::string> warnings;
};

TEST_F(FileStreamSourceTest, fileGoesToTheFirstBatchNotBeforeItsModificationTime) {
  open();
  put("/in/a", 100.5);
  put("/in/b", 101);
  put("/in/c", 101.001);
  EXPECT_EQ(batch(101), (Paths{"/in/a", "/in/b"}));
  EXPECT_EQ(batch(102), (Paths{"/in/c"}));
  EXPECT_EQ(batch(103), Paths{});
}

TEST_F(FileStreamSourceTest, fileThatAppearsLateIsTakenWithinTheRememberWindow) {
  open();
  EXPECT_EQ(batch(170), Paths{});
  put("/in/atTheEdge", 111);
  put("/in/tooOld", 110.9);
  EXPECT_EQ(batch(170.95), (Paths{"/in/atTheEdge"}));
}

TEST_F(FileStreamSourceTest, rememberWindowIsWholeBatches) {
  options.minRememberDuration = Milliseconds(1500);
  open();
  put("/in/a", 100.1);
  EXPECT_EQ(batch(102), (Paths{"/in/a"}));
}

TEST_F(FileStreamSourceTest, fileIsTakenOnceHoweverLongItStays) {
  open();
  put("/in/a", 100.5);
  EXPECT_EQ(batch(101), (Paths{"/in/a"}));
  for (int time = 102; time < 200; ++time) EXPECT_EQ(batch(time), Paths{}) << time;
}

TEST_F(FileStreamSourceTest, filesOlderThanTheStreamAreIgnoredUnlessAsked) {
  put("/in/old", 99);
  put("/in/sameMoment", 100);
  open();
  put("/in/new", 100.1);
  EXPECT_EQ(batch(101), (Paths{"/in/new"}));

  options.newFilesOnly = false;
  end.reset();
  open();
  EXPECT_EQ(batch(101), (Paths{"/in/new", "/in/old", "/in/sameMoment"}));
}

TEST_F(FileStreamSourceTest, hiddenFilesAndDirectoriesAreIgnored) {
  open();
  put("/in/.hidden", 100.5);
  put("/in/_SUCCESS", 100.5);
  put("/in/below/a", 100.5);
  put("/in/a.tmp", 100.5);
  put("/in/a", 100.5);
  EXPECT_EQ(batch(101), (Paths{"/in/a", "/in/a.tmp"}));
}

TEST_F(FileStreamSourceTest, filterReplacesTheRuleForHiddenFiles) {
  options.filter = [](const std::string& path) { return path.ends_with(".log"); };
  open();
  put("/in/.a.log", 100.5);
  put("/in/a", 100.5);
  EXPECT_EQ(batch(101), (Paths{"/in/.a.log"}));
}

TEST_F(FileStreamSourceTest, directoryMayBeAPattern) {
  options.directory = "/logs/{web,db-?}/2[0-2]*";
  open();
  put("/logs/web/20/a", 100.5);
  put("/logs/web/23/b", 100.5);
  put("/logs/db-1/22x/c", 100.5);
  put("/logs/db-10/22/d", 100.5);
  put("/logs/web/20a", 100.5);
  EXPECT_EQ(batch(101), (Paths{"/logs/db-1/22x/c", "/logs/web/20/a"}));
}

TEST_F(FileStreamSourceTest, missingDirectoryIsAWarningEachTimeItGoesAway) {
  options.directory = "/in/later";
  open();
  EXPECT_EQ(batch(101), Paths{});
  EXPECT_EQ(batch(102), Paths{});
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_TRUE(warnings[0].starts_with("No directory to scan: /in/later: ")) << warnings[0];
  put("/in/later/a", 102.5);
  EXPECT_EQ(batch(103), (Paths{"/in/later/a"}));
  ASSERT_TRUE(files->removeAll("/in/later").ok());
  EXPECT_EQ(batch(104), Paths{});
  EXPECT_EQ(warnings.size(), 2u);
  put("/in/later/b", 104.5);
  EXPECT_EQ(batch(105), (Paths{"/in/later/b"}));
}

TEST_F(FileStreamSourceTest, restartGoesOnWithWhatCameMeanwhile) {
  open("/ck/sources/0");
  put("/in/a", 100.5);
  EXPECT_EQ(batch(101), (Paths{"/in/a"}));
  clock->advance(Seconds(20).toMillis());
  put("/in/b", 110);
  open("/ck/sources/0");
  EXPECT_EQ(batch(121), (Paths{"/in/b"}));
  EXPECT_EQ(end->json(), "{\"logOffset\":1}");
}

TEST_F(FileStreamSourceTest, logIsInSparksFormat) {
  open("/ck/sources/0");
  put("/in/a b%\xC3\xA9", 100.5);
  EXPECT_EQ(batch(101).size(), 1u);
  EXPECT_EQ(files->readFile("/ck/sources/0/0").value(),
            "v1\n{\"path\":\"file:///in/a%20b%25%C3%A9\",\"timestamp\":100500,\"batchId\":0}");
  open("/ck/sources/0");
  EXPECT_EQ(batch(102), Paths{});
}

TEST_F(FileStreamSourceTest, selectionThatNoBatchWasGivenIsGivenAfterARestart) {
  open("/ck/sources/0");
  put("/in/a", 100.5);
  EXPECT_EQ(batch(101), (Paths{"/in/a"}));
  put("/in/b", 101.5);
  end.reset();  // killed before the offset log had the batch
  open("/ck/sources/0");
  EXPECT_EQ(batch(102), (Paths{"/in/a"}));
  EXPECT_EQ(batch(103), (Paths{"/in/b"}));
}

TEST_F(FileStreamSourceTest, batchThatRunsAgainReadsTheSameFiles) {
  open("/ck/sources/0");
  put("/in/a", 100.5);
  batch(101);
  put("/in/b", 101.5);
  const std::optional<Offset> from = end;
  batch(102);
  put("/in/c", 101.7);
  open("/ck/sources/0");
  EXPECT_EQ(source->filesOf({from, end}).value(), (Paths{"/in/b"}));
  EXPECT_EQ(source->filesOf({std::nullopt, end}).value(), (Paths{"/in/a", "/in/b"}));
}

TEST_F(FileStreamSourceTest, logThatEndsTooEarlyIsRefused) {
  open("/ck/sources/0");
  put("/in/a", 100.5);
  batch(101);
  ASSERT_TRUE(files->removeAll("/ck/sources/0/0").ok());
  source = std::make_unique<FileStreamSource>(options);
  const Status status = source->recover(files, "/ck/sources/0", end);
  EXPECT_EQ(status.code(), StatusCode::kCorrupt);
  EXPECT_NE(status.message().find("/ck/sources/0"), std::string::npos) << status.message();
}

TEST_F(FileStreamSourceTest, historyGoesWhenBatchesAndWindowAreThroughWithIt) {
  open("/ck/sources/0");
  put("/in/a", 100.5);
  batch(101);
  const Offset first = *end;
  put("/in/b", 101.5);
  batch(102);
  ASSERT_TRUE(source->commit(first).ok());
  EXPECT_TRUE(files->exists("/ck/sources/0/0"));  // a restart must know that it was taken
  put("/in/c", 165);
  batch(166);
  ASSERT_TRUE(source->commit(first).ok());
  EXPECT_FALSE(files->exists("/ck/sources/0/0"));
  EXPECT_TRUE(files->exists("/ck/sources/0/1"));
  EXPECT_EQ(source->filesOf({std::nullopt, first}).error().code(), StatusCode::kInternal);
  open("/ck/sources/0");
  EXPECT_EQ(batch(167), Paths{});
}

TEST_F(FileStreamSourceTest, withoutACheckpointNothingIsWritten) {
  open();
  put("/in/a", 100.5);
  EXPECT_EQ(batch(101).size(), 1u);
  EXPECT_FALSE(files->exists("/ck"));
}

}  // namespace
}  // namespace spate
