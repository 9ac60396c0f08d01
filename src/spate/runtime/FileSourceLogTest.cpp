#include <gmock/gmock.h>

#include "spate/base/FaultyFileSystem.h"
#include "spate/base/InMemoryFileSystem.h"
#include "spate/runtime/FileSourceLog.h"

namespace spate {
namespace {

using ::testing::ElementsAre;

class FileSourceLogTest : public ::testing::Test {
 protected:
  CompactibleFileStreamLogOptions options() {
    CompactibleFileStreamLogOptions result;
    result.log.files = faulty_;
    result.log.directory = "/checkpoint/sources/0";
    return result;
  }
  std::shared_ptr<SeenFilesLog> open() { return *FileSourceLog::open(options(), clock_); }
  static SeenFile file(int64_t id) {
    return {"file:///in/" + std::to_string(id) + ".json", 1000 + id, id};
  }

  std::shared_ptr<ManualClock> clock_ = std::make_shared<ManualClock>();
  std::shared_ptr<InMemoryFileSystem> memory_ = std::make_shared<InMemoryFileSystem>(clock_);
  std::shared_ptr<FaultyFileSystem> faulty_ = std::make_shared<FaultyFileSystem>(memory_);
};

TEST_F(FileSourceLogTest, entriesStandInSparksFormat) {
  const auto log = open();
  EXPECT_EQ(log->latest(), BatchId{-1});
  ASSERT_TRUE(log->add({0}, {{"file:///in/a.json", 1795368776727, 0}}).ok());
  EXPECT_EQ(*memory_->readFile("/checkpoint/sources/0/0"),
            "v1\n{\"path\":\"file:///in/a.json\",\"timestamp\":1795368776727,\"batchId\":0}");
}

TEST_F(FileSourceLogTest, rangesAreReadAcrossCompactionsAndRestarts) {
  for (int64_t id = 0; id < 12; ++id) ASSERT_TRUE(open()->add({id}, {file(id)}).ok());
  EXPECT_TRUE(memory_->exists("/checkpoint/sources/0/9.compact"));
  const auto log = open();
  EXPECT_EQ(log->latest(), BatchId{11});
  EXPECT_THAT(*log->entries({7}, {10}), ElementsAre(file(8), file(9), file(10)));
  EXPECT_EQ(log->all()->size(), 12U);
  EXPECT_EQ(log->entries({11}, {12}).error().code(), StatusCode::kNotFound);
}

TEST_F(FileSourceLogTest, whatACompactionMadeSuperfluousGoesAsItIsSet) {
  const auto left = [&](const FileLogCleanup& cleanup) {
    memory_ = std::make_shared<InMemoryFileSystem>(clock_);
    faulty_ = std::make_shared<FaultyFileSystem>(memory_);
    const auto log = *FileSourceLog::open(options(), clock_, cleanup);
    for (int64_t id = 0; id < 20; ++id) {
      EXPECT_TRUE(log->add({id}, {file(id)}).ok());
      clock_->advance(std::chrono::seconds(1));
    }
    return memory_->exists("/checkpoint/sources/0/0");
  };
  EXPECT_TRUE(left({1, std::chrono::minutes(10), true})) << "too young";
  EXPECT_FALSE(left({1, std::chrono::seconds(5), true}));
  EXPECT_TRUE(left({1, std::chrono::seconds(5), false})) << "nothing goes";
  EXPECT_TRUE(left({100, std::chrono::seconds(5), true})) << "all batches are kept";
}

TEST_F(FileSourceLogTest, anEntryThatCouldNotBeWrittenIsNotThere) {
  const auto log = open();
  ASSERT_TRUE(log->add({0}, {file(0)}).ok());
  faulty_->limitSpace(0);
  EXPECT_EQ(log->add({1}, {file(1)}).code(), StatusCode::kDiskFull);
  faulty_->freeSpace();
  memory_->crash();
  EXPECT_EQ(open()->latest(), BatchId{0});
  ASSERT_TRUE(open()->add({1}, {file(1)}).ok());
  EXPECT_EQ(open()->all()->size(), 2U);
}

TEST_F(FileSourceLogTest, otherTextIsRefused) {
  ASSERT_TRUE(memory_->writeAtomically("/checkpoint/sources/0/0", "v1\n{\"path\":1}").ok());
  EXPECT_EQ(open()->all().error().code(), StatusCode::kCorrupt);
}

TEST_F(FileSourceLogTest, aSinksLogKeepsItsLines) {
  CompactibleFileStreamLogOptions sink = options();
  sink.log.directory = "/out/_spark_metadata";
  const auto log = *FileSinkLog::open(sink, clock_);
  EXPECT_EQ(log->latest(), BatchId{-1});
  ASSERT_TRUE(log->add({0}, {"{\"path\":\"file:///out/a\"}"}).ok());
  ASSERT_TRUE(log->add({1}, {}).ok());
  EXPECT_EQ(log->latest(), BatchId{1});
  EXPECT_EQ(*memory_->readFile("/out/_spark_metadata/0"), "v1\n{\"path\":\"file:///out/a\"}");
}

}  // namespace
}  // namespace spate
