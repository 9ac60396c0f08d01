#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <thread>

#include "spate/base/FaultyFileSystem.h"
#include "spate/base/InMemoryFileSystem.h"
#include "spate/base/Logging.h"
#include "spate/checkpoint/WriteAheadLog.h"

namespace spate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Records = std::vector<std::string>;

Timestamp at(int64_t seconds) { return Timestamp(std::chrono::seconds(seconds)); }

class WriteAheadLogTest : public testing::Test {
 protected:
  void SetUp() override {
    setLogObserver([this](LogLevel, std::string_view, std::string_view message) {
      warnings.emplace_back(message);
    });
  }
  void TearDown() override { setLogObserver({}); }

  WriteAheadLogOptions options(std::shared_ptr<FileSystem> on = nullptr) {
    WriteAheadLogOptions options;
    options.files = on ? std::move(on) : files;
    options.directory = "/wal";
    return options;
  }
  std::unique_ptr<WriteAheadLog> open() { return *WriteAheadLog::open(options()); }

  static Result<Records> replayed(WriteAheadLog& log) {
    Records records;
    SPATE_FAIL_IF_ERROR(log.replay([&](const WalHandle& handle, Timestamp, std::string_view r) {
      EXPECT_EQ(handle.length, r.size());
      records.emplace_back(r);
      return Status::OK();
    }));
    return records;
  }
  Records recovered() {
    auto log = open();
    auto records = replayed(*log);
    EXPECT_TRUE(records) << records.error().toString();
    return records.value_or(Records{});
  }
  Status recoveryError() {
    auto log = open();
    const auto records = replayed(*log);
    return records ? Status::OK() : records.error();
  }
  void flip(const std::string& path, size_t offset) {
    std::string bytes = *files->readFile(path);
    bytes.at(offset) ^= 0x10;
    ASSERT_TRUE(files->corrupt(path, bytes).ok());
  }

  std::shared_ptr<InMemoryFileSystem> files = std::make_shared<InMemoryFileSystem>();
  std::vector<std::string> warnings;
};

TEST_F(WriteAheadLogTest, syncedRecordsSurviveAPowerCutAndOthersDoNot) {
  auto log = open();
  const auto a = log->append("a", at(1));
  const auto b = log->append(std::string(200'000, 'b'), at(2));
  ASSERT_TRUE(a && b);
  ASSERT_TRUE(log->sync(*b).ok());
  ASSERT_TRUE(log->append("c", at(3)));
  files->crash(5);
  EXPECT_THAT(recovered(), ElementsAre("a", std::string(200'000, 'b')));
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("/wal/log-1000-1")));
}

TEST_F(WriteAheadLogTest, handleReadsItsRecordAlsoInALaterProcess) {
  auto log = open();
  const WalHandle first = *log->append("first", at(1));
  const WalHandle empty = *log->append("", at(1));
  EXPECT_EQ(*log->read(first), "first");
  const WalHandle last = *log->append("last", at(1));
  EXPECT_EQ(*log->read(last), "last");
  ASSERT_TRUE(log->sync().ok());
  log = open();
  EXPECT_EQ(*log->read(empty), "");
  EXPECT_EQ(*log->read(last), "last");
  EXPECT_EQ(log->read({"log-9-9", 48, 1}).error().code(), StatusCode::kNotFound);
  EXPECT_EQ(log->read({first.segment, first.offset + 1, 5}).error().code(), StatusCode::kCorrupt);
}

TEST_F(WriteAheadLogTest, rollsByTimeAndBySize) {
  auto small = options();
  small.rollingBytes = 1000;
  auto log = *WriteAheadLog::open(small);
  for (const int second : {0, 59, 60, 61}) ASSERT_TRUE(log->append("r", at(second)));
  EXPECT_THAT(log->segments(), ElementsAre("log-0-1", "log-60000-2"));
  ASSERT_TRUE(log->append(std::string(2000, 'x'), at(62)));
  ASSERT_TRUE(log->append("y", at(62)));
  EXPECT_THAT(log->segments(), ElementsAre("log-0-1", "log-60000-2", "log-62000-3"));
  ASSERT_TRUE(log->sync().ok());
  EXPECT_EQ(recovered().size(), 6u);
}

TEST_F(WriteAheadLogTest, segmentOfAnEarlierProcessIsNeverAppendedTo) {
  for (int i = 0; i < 3; ++i) {
    auto log = open();
    ASSERT_TRUE(log->append(std::to_string(i), at(1)));
    ASSERT_TRUE(log->sync().ok());
    files->crash(7);
  }
  EXPECT_THAT(open()->segments(), ElementsAre("log-1000-1", "log-1000-2", "log-1000-3"));
  EXPECT_THAT(recovered(), ElementsAre("0", "1", "2"));
}

TEST_F(WriteAheadLogTest, tornTailStaysCutWhenNewSegmentsFollow) {
  auto log = open();
  ASSERT_TRUE(log->append("kept", at(1)));
  ASSERT_TRUE(log->sync().ok());
  ASSERT_TRUE(log->append("torn away", at(1)));
  files->crash(12);
  log = open();
  ASSERT_TRUE(log->append("next", at(2)));
  ASSERT_TRUE(log->sync().ok());
  warnings.clear();
  EXPECT_THAT(recovered(), ElementsAre("kept", "next"));
  EXPECT_TRUE(warnings.empty()) << "the end of the first segment is known by now";
}

TEST_F(WriteAheadLogTest, anyPrefixOfTheLastSegmentGivesAPrefixOfTheRecords) {
  auto log = open();
  const Records records = {"one", "two", std::string(50, 'x'), ""};
  for (const std::string& record : records) ASSERT_TRUE(log->append(record, at(1)));
  ASSERT_TRUE(log->sync().ok());
  const std::string bytes = *files->readFile("/wal/log-1000-1");
  for (size_t size = 0; size < bytes.size(); ++size) {
    ASSERT_TRUE(files->corrupt("/wal/log-1000-1", bytes.substr(0, size)).ok());
    const Records found = recovered();
    ASSERT_LT(found.size(), records.size());
    EXPECT_TRUE(std::equal(found.begin(), found.end(), records.begin()));
  }
}

TEST_F(WriteAheadLogTest, damageInTheMiddleIsRefusedWithFileAndOffset) {
  auto log = open();
  const WalHandle damaged = *log->append("aaaa", at(1));
  ASSERT_TRUE(log->append("bbbb", at(1)));
  ASSERT_TRUE(log->sync().ok());
  for (size_t i = 0; i < WalRecordHeader::kSize + damaged.length; ++i) {
    flip("/wal/log-1000-1", damaged.offset + i);
    const Status status = recoveryError();
    EXPECT_EQ(status.code(), StatusCode::kCorrupt) << i;
    EXPECT_THAT(status.message(), HasSubstr("/wal/log-1000-1 is corrupt at offset 48"));
    flip("/wal/log-1000-1", damaged.offset + i);
  }
  EXPECT_TRUE(recoveryError().ok());
}

TEST_F(WriteAheadLogTest, damageAtTheEndOfAnOlderSegmentIsRefused) {
  auto log = open();
  ASSERT_TRUE(log->append("aaaa", at(1)));
  const WalHandle last = *log->append("bbbb", at(1));
  ASSERT_TRUE(log->append("cccc", at(100)));
  ASSERT_TRUE(log->sync().ok());
  flip("/wal/log-1000-1", last.offset + WalRecordHeader::kSize);
  EXPECT_EQ(recoveryError().code(), StatusCode::kCorrupt);
  const std::string bytes = *files->readFile("/wal/log-1000-1");
  ASSERT_TRUE(files->corrupt("/wal/log-1000-1", bytes.substr(0, bytes.size() - 1)).ok());
  EXPECT_EQ(recoveryError().code(), StatusCode::kCorrupt);
  ASSERT_TRUE(files->corrupt("/wal/log-1000-1", "").ok());
  EXPECT_EQ(recoveryError().code(), StatusCode::kCorrupt);
}

TEST_F(WriteAheadLogTest, missingSegmentInTheMiddleIsRefused) {
  auto log = open();
  for (const int second : {0, 100, 200}) ASSERT_TRUE(log->append("r", at(second)));
  ASSERT_TRUE(log->sync().ok());
  ASSERT_TRUE(files->removeAll("/wal/log-100000-2").ok());
  EXPECT_EQ(recoveryError().code(), StatusCode::kCorrupt);
  EXPECT_THAT(recoveryError().message(), HasSubstr("lacks the segment 2"));
}

TEST_F(WriteAheadLogTest, recordThatHoldsAWholeRecordIsNotTakenForTwo) {
  auto log = open();
  ASSERT_TRUE(log->append("inner", at(1)));
  ASSERT_TRUE(log->sync().ok());
  const std::string segment = *files->readFile("/wal/log-1000-1");
  ASSERT_TRUE(log->append(segment + std::string(100, 'z'), at(1)));
  files->crash(segment.size() + 40);  // torn behind the copy
  EXPECT_THAT(recovered(), ElementsAre("inner"));
}

TEST_F(WriteAheadLogTest, fullDiskLeavesTheLogUsable) {
  auto faulty = std::make_shared<FaultyFileSystem>(files);
  auto log = *WriteAheadLog::open(options(faulty));
  const WalHandle before = *log->append("before", at(1));
  faulty->limitSpace(30);
  EXPECT_EQ(log->append("does not fit", at(2)).error().code(), StatusCode::kDiskFull);
  EXPECT_EQ(log->append("nor this", at(2)).error().code(), StatusCode::kDiskFull);
  EXPECT_TRUE(log->sync(before).ok());
  faulty->freeSpace();
  const auto after = log->append("after", at(3));
  ASSERT_TRUE(after) << after.error().toString();
  EXPECT_TRUE(log->sync(*after).ok());
  EXPECT_THAT(*replayed(*log), ElementsAre("before", "after"));
  files->crash();
  EXPECT_THAT(recovered(), ElementsAre("before", "after"));
}

TEST_F(WriteAheadLogTest, recordWhoseSyncFailedIsReportedToEveryWriterAndIsGone) {
  auto faulty = std::make_shared<FaultyFileSystem>(files);
  auto log = *WriteAheadLog::open(options(faulty));
  const WalHandle kept = *log->append("kept", at(1));
  ASSERT_TRUE(log->sync(kept).ok());
  const WalHandle a = *log->append("a", at(1));
  const WalHandle b = *log->append("b", at(1));
  faulty->failAt(FaultyFileSystem::Call::kSync, 1, Status::ioError("broken device"));
  EXPECT_FALSE(log->sync(a).ok());
  EXPECT_FALSE(log->sync(b).ok());
  EXPECT_TRUE(log->sync(kept).ok());
  const WalHandle c = *log->append("c", at(1));
  EXPECT_TRUE(log->sync(c).ok());
  EXPECT_THAT(recovered(), ElementsAre("kept", "c"));
}

TEST_F(WriteAheadLogTest, oneSyncCoversAllRecordsBeforeIt) {
  auto faulty = std::make_shared<FaultyFileSystem>(files);
  auto log = *WriteAheadLog::open(options(faulty));
  const WalHandle a = *log->append("a", at(1));
  const WalHandle b = *log->append("b", at(1));
  ASSERT_TRUE(log->sync(b).ok());
  faulty->failAt(FaultyFileSystem::Call::kSync, 1, Status::ioError("a second sync"));
  EXPECT_TRUE(log->sync(a).ok());
}

TEST_F(WriteAheadLogTest, cleanDeletesOldestSegmentsWhoseRecordsAreAllOlder) {
  {
    auto log = open();
    for (const int second : {0, 30, 60, 90, 120}) ASSERT_TRUE(log->append("r", at(second)));
    ASSERT_TRUE(log->sync().ok());
  }
  auto log = open();
  ASSERT_TRUE(log->append("new", at(150)));
  ASSERT_TRUE(log->clean(at(30)).ok());
  EXPECT_EQ(log->segments().size(), 4u) << "a record of second 30 is not older than 30";
  ASSERT_TRUE(log->clean(at(31)).ok());
  EXPECT_THAT(log->segments(), ElementsAre("log-60000-2", "log-120000-3", "log-150000-4"));
  ASSERT_TRUE(log->clean(at(1000)).ok());
  EXPECT_THAT(log->segments(), ElementsAre("log-150000-4")) << "it is being written to";
  EXPECT_FALSE(files->exists("/wal/log-0-1"));
  ASSERT_TRUE(log->sync().ok());
  EXPECT_THAT(recovered(), ElementsAre("new"));
}

TEST_F(WriteAheadLogTest, writersOnManyThreadsLoseNothing) {
  auto small = options();
  small.rollingBytes = 2000;
  auto log = *WriteAheadLog::open(small);
  std::vector<std::thread> writers;
  for (int writer = 0; writer < 4; ++writer) {
    writers.emplace_back([&log, writer] {
      for (int i = 0; i < 100; ++i) {
        const auto handle = log->append(std::to_string(writer * 100 + i), at(i));
        ASSERT_TRUE(handle);
        ASSERT_TRUE(log->sync(*handle).ok());
        ASSERT_EQ(*log->read(*handle), std::to_string(writer * 100 + i));
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  files->crash();
  Records records = recovered();
  std::sort(records.begin(), records.end());
  EXPECT_EQ(std::unique(records.begin(), records.end()), records.end());
  EXPECT_EQ(records.size(), 400u);
}

// Against a plain list: what was synced comes back, in order; nothing comes back that was not
// appended; failures and power cuts anywhere.
TEST_F(WriteAheadLogTest, randomHistoriesKeepWhatWasSynced) {
  rc::check([this] {
    files = std::make_shared<InMemoryFileSystem>();
    auto faulty = std::make_shared<FaultyFileSystem>(files);
    auto small = options(faulty);
    small.rollingBytes = 300;
    auto log = *WriteAheadLog::open(small);
    Records synced;
    std::vector<std::pair<WalHandle, std::string>> pending;
    int number = 0;
    for (int step : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 100))) {
      if (step < 55) {
        const std::string record(*rc::gen::inRange(0, 120), static_cast<char>('a' + number++ % 26));
        if (const auto handle = log->append(record, at(number)))
          pending.push_back({*handle, record});
      } else if (step < 75) {
        for (const auto& [handle, record] : pending) {
          if (log->sync(handle).ok()) synced.push_back(record);
        }
        pending.clear();
      } else if (step < 80) {
        faulty->failAt(FaultyFileSystem::Call::kSync, 1, Status::ioError("sync"));
      } else if (step < 85) {
        faulty->tearWriteAt(1, *rc::gen::inRange<size_t>(0, 60));
      } else if (step < 90) {
        faulty->limitSpace(*rc::gen::inRange<uint64_t>(0, 100));
      } else {
        faulty->heal();
        faulty->freeSpace();
        files->crash(*rc::gen::inRange<size_t>(0, 200));
        log = *WriteAheadLog::open(small);
        const auto records = replayed(*log);
        RC_ASSERT(records.has_value());
        // Records that were not synced may be there too, between the others.
        size_t next = 0;
        for (const std::string& record : *records)
          if (next < synced.size() && record == synced[next]) ++next;
        RC_ASSERT(next == synced.size());
        synced = *records;
        pending.clear();
      }
    }
  });
}

}  // namespace
}  // namespace spate
