#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spate/base/InMemoryFileSystem.h"
#include "spate/checkpoint/CompactibleFileStreamLog.h"

namespace spate {
namespace {

using Entries = CompactibleFileStreamLog::Entries;

class CompactibleFileStreamLogTest : public testing::Test {
 protected:
  std::unique_ptr<CompactibleFileStreamLog> open(int interval = 3) {
    CompactibleFileStreamLogOptions options;
    options.log.files = files;
    options.log.directory = "/sources/0";
    options.compactInterval = interval;
    options.keep = keep;
    return *CompactibleFileStreamLog::open(options);
  }
  static std::string entry(int64_t i) { return "{\"path\":\"f" + std::to_string(i) + "\"}"; }
  void write(CompactibleFileStreamLog& log, int64_t first, int64_t last) {
    for (int64_t i = first; i <= last; ++i) ASSERT_TRUE(log.add({i}, {entry(i)}).ok());
  }
  static Entries entries(int64_t last) {
    Entries entries;
    for (int64_t i = 0; i <= last; ++i) entries.push_back(entry(i));
    return entries;
  }

  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  std::shared_ptr<InMemoryFileSystem> files = std::make_shared<InMemoryFileSystem>(clock);
  std::function<bool(std::string_view)> keep;
};

TEST_F(CompactibleFileStreamLogTest, writesSparksBytesAndNames) {
  write(*open(), 0, 2);
  EXPECT_EQ(*files->readFile("/sources/0/1"), "v1\n{\"path\":\"f1\"}");
  EXPECT_EQ(*files->readFile("/sources/0/2.compact"),
            "v1\n{\"path\":\"f0\"}\n{\"path\":\"f1\"}\n{\"path\":\"f2\"}");
  EXPECT_FALSE(files->exists("/sources/0/2"));
  ASSERT_TRUE(open()->add({3}, {}).ok());
  EXPECT_EQ(*files->readFile("/sources/0/3"), "v1");
}

TEST_F(CompactibleFileStreamLogTest, allEntriesComeBackOnceInOrder) {
  write(*open(), 0, 7);
  EXPECT_EQ(*open()->all(), entries(7));
  EXPECT_EQ(**open()->get({7}), Entries{entry(7)});
  EXPECT_EQ(**open()->get({5}), entries(5));
}

TEST_F(CompactibleFileStreamLogTest, expiredFilesGoAndNothingIsLost) {
  auto log = open();
  write(*log, 0, 4);
  clock->advance(std::chrono::minutes(20));
  write(*log, 5, 7);
  const Timestamp cleanup = clock->now() - std::chrono::minutes(10);
  ASSERT_TRUE(log->removeExpired(6, cleanup).ok());
  EXPECT_FALSE(files->exists("/sources/0/0"));
  EXPECT_TRUE(files->exists("/sources/0/2.compact"));
  ASSERT_TRUE(log->removeExpired(1, cleanup).ok());
  EXPECT_FALSE(files->exists("/sources/0/4")) << "old enough, and 5.compact has it";
  EXPECT_TRUE(files->exists("/sources/0/5.compact"));
  EXPECT_EQ(*open()->all(), entries(7));
  write(*log, 8, 12);
  EXPECT_EQ(*open()->all(), entries(12));
}

TEST_F(CompactibleFileStreamLogTest, changedIntervalKeepsToTheCompactionsThatAreThere) {
  write(*open(6), 0, 5);  // 5.compact
  EXPECT_EQ(open(6)->compactInterval(), 6);
  EXPECT_EQ(open(3)->compactInterval(), 6) << "as in Spark, only below the half";
  EXPECT_EQ(open(2)->compactInterval(), 2);
  EXPECT_EQ(open(4)->compactInterval(), 6) << "no divisor of 6 between 4 and 3";
  EXPECT_EQ(open(10)->compactInterval(), 6);
  write(*open(10), 6, 12);
  EXPECT_TRUE(files->exists("/sources/0/11.compact"));
  EXPECT_EQ(open(2)->compactInterval(), 6) << "two compactions fix it";
  EXPECT_EQ(*open(10)->all(), entries(12));
}

TEST_F(CompactibleFileStreamLogTest, compactionDropsWhatIsNotKept) {
  keep = [](std::string_view e) { return e.find("f1") == e.npos; };
  auto log = open();
  write(*log, 0, 3);
  EXPECT_EQ(*log->all(), (Entries{entry(0), entry(2), entry(3)}));
}

TEST_F(CompactibleFileStreamLogTest, missingFileSinceTheLastCompactionIsRefused) {
  write(*open(), 0, 4);
  ASSERT_TRUE(files->removeAll("/sources/0/0").ok());
  ASSERT_TRUE(files->removeAll("/sources/0/1").ok());
  EXPECT_EQ(*open()->all(), entries(4)) << "2.compact has them";
  ASSERT_TRUE(files->removeAll("/sources/0/2.compact").ok());
  EXPECT_EQ(open()->all().error().code(), StatusCode::kCorrupt);
}

TEST_F(CompactibleFileStreamLogTest, tornNewestFileIsDropped) {
  write(*open(), 0, 4);
  ASSERT_TRUE(files->corrupt("/sources/0/4", "v1\n{\"path\":").ok());
  EXPECT_EQ(*open()->all(), entries(3));
}

TEST_F(CompactibleFileStreamLogTest, entryOfSeveralLinesIsRefused) {
  EXPECT_EQ(open()->add({0}, {"{\n}"}).code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace spate
