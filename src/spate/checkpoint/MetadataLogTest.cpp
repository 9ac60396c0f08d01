#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spate/base/FaultyFileSystem.h"
#include "spate/base/InMemoryFileSystem.h"
#include "spate/base/Logging.h"
#include "spate/checkpoint/HadoopChecksum.h"
#include "spate/checkpoint/MetadataLog.h"

namespace spate {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class MetadataLogTest : public testing::Test {
 protected:
  void SetUp() override {
    setLogObserver([this](LogLevel, std::string_view, std::string_view message) {
      warnings.emplace_back(message);
    });
  }
  void TearDown() override { setLogObserver({}); }

  MetadataLogOptions options() {
    MetadataLogOptions options;
    options.files = files;
    options.directory = "/log";
    options.check = [](std::string_view bytes) {
      const auto lines = logLines(bytes);
      const auto version = logVersion(lines.empty() ? "" : lines[0], 1);
      if (!version) return version.error();
      return lines.size() == 2 && lines[1].ends_with('}') ? Status::OK()
                                                          : Status::corrupt("Incomplete log file");
    };
    return options;
  }
  std::unique_ptr<MetadataLog> open() {
    auto log = MetadataLog::open(options());
    EXPECT_TRUE(log) << log.error().toString();
    return std::move(log).value();
  }
  Status openError() {
    auto log = MetadataLog::open(options());
    return log ? Status::OK() : log.error();
  }
  void write(int count) {
    auto log = open();
    for (int64_t i = 0; i < count; ++i) ASSERT_TRUE(log->add({i}, content(i)).ok());
  }
  static std::string content(int64_t i) { return "v1\n{\"batch\":" + std::to_string(i) + "}"; }

  std::shared_ptr<InMemoryFileSystem> files = std::make_shared<InMemoryFileSystem>();
  std::vector<std::string> warnings;
};

TEST_F(MetadataLogTest, keepsWhatWasAddedOverAPowerCut) {
  write(3);
  files->crash();
  auto log = open();
  EXPECT_THAT(log->listIds(), ElementsAre(BatchId{0}, BatchId{1}, BatchId{2}));
  EXPECT_EQ(*log->get({1}), content(1));
  const auto latest = log->latest();
  ASSERT_TRUE(latest && *latest);
  EXPECT_EQ((*latest)->first, BatchId{2});
  EXPECT_EQ((*latest)->second, content(2));
  EXPECT_EQ(*log->get({3}), std::nullopt);
  EXPECT_TRUE(warnings.empty());
}

TEST_F(MetadataLogTest, emptyDirectoryIsAnEmptyLog) {
  auto log = open();
  EXPECT_EQ(log->latestId(), std::nullopt);
  EXPECT_EQ(*log->latest(), std::nullopt);
}

TEST_F(MetadataLogTest, refusesToChangeABatchButNotToRepeatIt) {
  write(2);
  auto log = open();
  EXPECT_TRUE(log->add({1}, content(1)).ok());
  const Status status = log->add({1}, content(7));
  EXPECT_EQ(status.code(), StatusCode::kAlreadyExists);
  EXPECT_THAT(status.message(), HasSubstr("/log/1"));
  EXPECT_EQ(*log->get({1}), content(1));
}

TEST_F(MetadataLogTest, refusesAFileThatAnotherWriterAddedMeanwhile) {
  auto log = open();
  ASSERT_TRUE(files->writeAtomically("/log/0", content(0)).ok());
  EXPECT_EQ(log->add({0}, content(1)).code(), StatusCode::kAlreadyExists);
}

TEST_F(MetadataLogTest, refusesAGap) {
  write(2);
  auto log = open();
  EXPECT_EQ(log->add({3}, content(3)).code(), StatusCode::kInvalidArgument);
}

TEST_F(MetadataLogTest, appendCostsOneAtomicWriteAndNoSyncOfTheChecksums) {
  write(1);
  auto faulty = std::make_shared<FaultyFileSystem>(files);
  auto faultyOptions = options();
  faultyOptions.files = faulty;
  auto log = *MetadataLog::open(faultyOptions);
  faulty->failAt(FaultyFileSystem::Call::kSync, 1, Status::ioError("no sync expected"), 1000);
  faulty->failAt(FaultyFileSystem::Call::kWriteAtomically, 3, Status::ioError("third write"), 1000);
  EXPECT_TRUE(log->add({1}, content(1)).ok());
  EXPECT_TRUE(log->add({2}, content(2)).ok());
  EXPECT_TRUE(warnings.empty());
}

TEST_F(MetadataLogTest, emptyNewestFileIsDroppedWithAWarningThatNamesIt) {
  write(3);
  ASSERT_TRUE(files->corrupt("/log/2", "").ok());
  auto log = open();
  EXPECT_EQ(log->latestId(), BatchId{1});
  ASSERT_EQ(warnings.size(), 1u);
  EXPECT_THAT(warnings[0], HasSubstr("/log/2"));
  EXPECT_TRUE(log->add({2}, content(77)).ok());
  EXPECT_EQ(*open()->get({2}), content(77));
}

TEST_F(MetadataLogTest, tornNewestFileIsDropped) {
  write(3);
  for (size_t size = 0; size < content(2).size(); ++size) {
    ASSERT_TRUE(files->corrupt("/log/2", content(2).substr(0, size)).ok());
    auto log = open();
    EXPECT_EQ(log->latestId(), BatchId{1}) << size;
    ASSERT_TRUE(log->add({2}, content(2)).ok());
  }
}

TEST_F(MetadataLogTest, tornNewestFileOfABatchKnownToBeCompleteIsRefused) {
  write(3);
  ASSERT_TRUE(files->corrupt("/log/2", "v1\n{").ok());
  auto strict = options();
  strict.complete = BatchId{2};
  const auto log = MetadataLog::open(strict);
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code(), StatusCode::kCorrupt);
  EXPECT_THAT(log.error().message(), HasSubstr("/log/2"));
}

TEST_F(MetadataLogTest, tornFileInTheMiddleIsRefused) {
  write(3);
  ASSERT_TRUE(files->corrupt("/log/1", "v1\n{").ok());
  EXPECT_EQ(openError().code(), StatusCode::kCorrupt);
  EXPECT_THAT(openError().message(), HasSubstr("/log/1"));
}

TEST_F(MetadataLogTest, missingFileInTheMiddleIsRefused) {
  write(4);
  ASSERT_TRUE(files->removeAll("/log/2").ok());
  EXPECT_EQ(openError().code(), StatusCode::kCorrupt);
  EXPECT_THAT(openError().message(), HasSubstr("/log/2"));
}

TEST_F(MetadataLogTest, flippedByteIsRefusedInTheMiddleAndAtTheEnd) {
  write(3);
  for (const char* file : {"/log/0", "/log/1", "/log/2"}) {
    std::string bytes = *files->readFile(file);
    bytes[bytes.size() - 2] ^= 1;  // another digit: it parses all the same
    ASSERT_TRUE(files->corrupt(file, bytes).ok());
    EXPECT_EQ(openError().code(), StatusCode::kCorrupt);
    EXPECT_THAT(openError().message(), HasSubstr(file));
    bytes[bytes.size() - 2] ^= 1;
    ASSERT_TRUE(files->corrupt(file, bytes).ok());
  }
  EXPECT_TRUE(openError().ok());
}

TEST_F(MetadataLogTest, hadoopChecksumIsVerifiedWhenThereIsOne) {
  for (int64_t i = 0; i < 3; ++i) {  // a log of Spark
    const std::string path = "/log/" + std::to_string(i);
    ASSERT_TRUE(files->writeAtomically(path, content(i)).ok());
    ASSERT_TRUE(
        files->writeAtomically(hadoopChecksumPath(path), hadoopChecksumFile(content(i))).ok());
  }
  EXPECT_TRUE(openError().ok());
  ASSERT_TRUE(files->corrupt("/log/1", content(7)).ok());
  EXPECT_EQ(openError().code(), StatusCode::kCorrupt);
  EXPECT_THAT(openError().message(), HasSubstr("/log/.1.crc"));
  ASSERT_TRUE(files->corrupt("/log/.1.crc", "crc").ok());
  EXPECT_TRUE(openError().ok()) << "a torn checksum file says nothing";
  EXPECT_THAT(warnings.back(), HasSubstr("/log/.1.crc"));
}

TEST_F(MetadataLogTest, fileThatSparkRewroteIsBelievedByItsOwnChecksum) {
  write(2);
  ASSERT_TRUE(files->corrupt("/log/1", content(5)).ok());
  ASSERT_TRUE(files->writeAtomically("/log/.1.crc", hadoopChecksumFile(content(5))).ok());
  EXPECT_EQ(*open()->get({1}), content(5));
}

TEST_F(MetadataLogTest, staleHadoopChecksumDoesNotCondemnANewFile) {
  ASSERT_TRUE(files->writeAtomically("/log/.0.crc", hadoopChecksumFile("other")).ok());
  write(1);
  EXPECT_TRUE(openError().ok());
}

TEST_F(MetadataLogTest, batchThatWasRemovedByHandCanBeAddedAnewAcrossAPowerCut) {
  write(3);
  ASSERT_TRUE(files->removeAll("/log/2").ok());
  ASSERT_TRUE(open()->add({2}, content(9)).ok());
  files->crash();  // the checksum line of the new file was not synced; the old one must be gone
  EXPECT_EQ(*open()->get({2}), content(9));
}

TEST_F(MetadataLogTest, tornChecksumJournalIsIgnoredAndGoesOn) {
  write(3);
  files->crash(20);
  auto log = open();
  ASSERT_TRUE(log->add({3}, content(3)).ok());
  ASSERT_TRUE(log->add({4}, content(4)).ok());
  EXPECT_TRUE(openError().ok());
  ASSERT_TRUE(files->corrupt("/log/3", content(8)).ok());
  EXPECT_EQ(openError().code(), StatusCode::kCorrupt) << "line 3 must not be glued to the torn one";
}

TEST_F(MetadataLogTest, logWithoutAnyChecksumIsRead) {
  write(3);
  ASSERT_TRUE(files->removeAll("/log/.checksums").ok());
  EXPECT_EQ(open()->latestId(), BatchId{2});
}

TEST_F(MetadataLogTest, temporaryAndForeignFilesAreIgnored) {
  write(2);
  for (const char* name : {"/log/.2.tmp-12-0", "/log/.2.uuid.tmp", "/log/_tmp", "/log/2x"})
    ASSERT_TRUE(files->writeAtomically(name, "x").ok());
  EXPECT_EQ(open()->latestId(), BatchId{1});
}

TEST_F(MetadataLogTest, purgeRemovesWhatLiesBeforeAndPurgeAfterWhatLiesBehind) {
  write(6);
  auto log = open();
  ASSERT_TRUE(log->purge({2}).ok());
  ASSERT_TRUE(log->purgeAfter({3}).ok());
  EXPECT_THAT(log->listIds(), ElementsAre(BatchId{2}, BatchId{3}));
  ASSERT_TRUE(log->add({4}, content(44)).ok());
  files->crash();
  EXPECT_THAT(open()->listIds(), ElementsAre(BatchId{2}, BatchId{3}, BatchId{4}));
  EXPECT_EQ(*open()->get({4}), content(44));
}

TEST_F(MetadataLogTest, journalStaysShortOverALongLife) {
  auto log = open();
  for (int64_t i = 0; i < 5000; ++i) {
    ASSERT_TRUE(log->add({i}, content(i)).ok());
    ASSERT_TRUE(log->purge({i - 10}).ok());
  }
  EXPECT_LT(files->stat("/log/.checksums")->size, 1100u * 30);
  EXPECT_TRUE(openError().ok());
}

TEST_F(MetadataLogTest, fullDiskLeavesTheBatchToBeAddedLater) {
  auto faulty = std::make_shared<FaultyFileSystem>(files);
  auto faultyOptions = options();
  faultyOptions.files = faulty;
  auto log = *MetadataLog::open(faultyOptions);
  ASSERT_TRUE(log->add({0}, content(0)).ok());
  faulty->limitSpace(3);
  EXPECT_EQ(log->add({1}, content(1)).code(), StatusCode::kDiskFull);
  faulty->freeSpace();
  EXPECT_TRUE(log->add({1}, content(11)).ok());
  EXPECT_EQ(*open()->get({1}), content(11));
}

TEST_F(MetadataLogTest, faultPointsStandBeforeAndBehindTheWrite) {
  FaultPoints faults;
  faults.failAt("offsets.beforeWrite", 1, Status::ioError("before"));
  faults.failAt("offsets.afterWrite", 1, Status::ioError("after"));
  auto faulted = options();
  faulted.faults = &faults;
  faulted.faultName = "offsets";
  auto log = *MetadataLog::open(faulted);
  EXPECT_EQ(log->add({0}, content(0)).message(), "before");
  EXPECT_FALSE(files->exists("/log/0"));
  EXPECT_EQ(log->add({0}, content(0)).message(), "after");
  EXPECT_TRUE(files->exists("/log/0"));
  EXPECT_TRUE(log->add({0}, content(0)).ok());
}

TEST_F(MetadataLogTest, readOnlyLogLeavesATornFileAlone) {
  write(2);
  ASSERT_TRUE(files->corrupt("/log/1", "").ok());
  auto reading = options();
  reading.readOnly = true;
  auto log = *MetadataLog::open(reading);
  EXPECT_EQ(log->latestId(), BatchId{0});
  EXPECT_TRUE(files->exists("/log/1"));
  EXPECT_EQ(log->add({1}, content(1)).code(), StatusCode::kInvalidArgument);
}

TEST_F(MetadataLogTest, newerVersionIsRefusedAndNeverTakenForTorn) {
  write(1);
  ASSERT_TRUE(files->writeAtomically("/log/1", "v9\n{\"x\":1}").ok());
  EXPECT_EQ(openError().code(), StatusCode::kUnsupported);
  EXPECT_THAT(openError().message(),
              HasSubstr("UnsupportedLogVersion: maximum supported log version is v1, but "
                        "encountered v9. The log file was produced by a newer version of Spark"));
}

TEST(LogVersion, saysWhatSparkSays) {
  EXPECT_EQ(*logVersion("v1", 2), 1);
  EXPECT_EQ(*logVersion("v2", 2), 2);
  for (const char* bad : {"", "v", "v0", "v-1", "vx", "1", "v1 ", "v99999999999"}) {
    const auto version = logVersion(bad, 1);
    ASSERT_FALSE(version) << bad;
    EXPECT_EQ(version.error().message(),
              std::string("Log file was malformed: failed to read correct log version from ") +
                  bad + ".");
  }
}

}  // namespace
}  // namespace spate
