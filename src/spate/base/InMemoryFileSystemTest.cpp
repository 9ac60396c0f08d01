#include <gtest/gtest.h>

#include <memory>

#include "spate/base/FaultyFileSystem.h"
#include "spate/base/InMemoryFileSystem.h"

namespace spate {
namespace {

std::unique_ptr<AppendFile> opened(FileSystem& files, const std::string& path) {
  return files.openAppend(path).value();
}

TEST(InMemoryFileSystem, crashLosesWhatWasNotSynced) {
  InMemoryFileSystem files;
  auto log = opened(files, "/wal/log");
  ASSERT_TRUE(log->append("synced,").ok());
  ASSERT_TRUE(log->sync().ok());
  ASSERT_TRUE(log->append("lost").ok());
  EXPECT_EQ(files.readFile("/wal/log").value(), "synced,lost");
  files.crash();
  EXPECT_EQ(files.readFile("/wal/log").value(), "synced,");
}

TEST(InMemoryFileSystem, crashMayTearTheEndOfALog) {
  InMemoryFileSystem files;
  auto log = opened(files, "/log");
  ASSERT_TRUE(log->append("ab").ok());
  ASSERT_TRUE(log->sync().ok());
  ASSERT_TRUE(log->append("cdef").ok());
  files.crash(2);
  EXPECT_EQ(files.readFile("/log").value(), "abcd");
  files.crash();
  EXPECT_EQ(files.readFile("/log").value(), "abcd");
}

TEST(InMemoryFileSystem, filesOpenedBeforeTheCrashAreDead) {
  InMemoryFileSystem files;
  auto log = opened(files, "/log");
  files.crash();
  EXPECT_EQ(log->append("x").code(), StatusCode::kIoError);
  EXPECT_EQ(log->sync().code(), StatusCode::kIoError);
  EXPECT_TRUE(opened(files, "/log")->append("x").ok());
}

TEST(InMemoryFileSystem, atomicWritesRenamesAndDirectoriesSurvive) {
  InMemoryFileSystem files;
  ASSERT_TRUE(files.writeAtomically("/a/f", "1").ok());
  ASSERT_TRUE(files.createDirectories("/b/c").ok());
  ASSERT_TRUE(files.rename("/a/f", "/b/c/g").ok());
  files.crash();
  EXPECT_EQ(files.readFile("/b/c/g").value(), "1");
  EXPECT_FALSE(files.exists("/a/f"));
}

TEST(InMemoryFileSystem, renamedDirectoryKeepsOnlySyncedContent) {
  InMemoryFileSystem files;
  auto log = opened(files, "/a/b/log");
  ASSERT_TRUE(log->append("lost").ok());
  ASSERT_TRUE(files.writeAtomically("/a/b/kept", "1").ok());
  ASSERT_TRUE(files.rename("/a", "/z").ok());
  files.crash();
  EXPECT_EQ(files.readFile("/z/b/log").value(), "");
  EXPECT_EQ(files.readFile("/z/b/kept").value(), "1");
  EXPECT_FALSE(files.exists("/a"));
}

TEST(InMemoryFileSystem, removedFileIsBackUnlessItsDirectoryWasSynced) {
  InMemoryFileSystem files;
  ASSERT_TRUE(files.writeAtomically("/d/f", "1").ok());
  ASSERT_TRUE(files.removeAll("/d/f").ok());
  EXPECT_FALSE(files.exists("/d/f"));
  files.crash();
  EXPECT_EQ(files.readFile("/d/f").value(), "1");
  ASSERT_TRUE(files.removeAll("/d/f").ok());
  ASSERT_TRUE(files.writeAtomically("/d/g", "2").ok());
  files.crash();
  EXPECT_FALSE(files.exists("/d/f"));
}

TEST(InMemoryFileSystem, directoryMadeAnewHasNothingOfTheOldOne) {
  InMemoryFileSystem files;
  ASSERT_TRUE(files.writeAtomically("/d/f", "1").ok());
  ASSERT_TRUE(files.removeAll("/d").ok());
  ASSERT_TRUE(files.createDirectories("/d").ok());
  files.crash();
  EXPECT_TRUE(files.exists("/d"));
  EXPECT_FALSE(files.exists("/d/f"));
}

TEST(InMemoryFileSystem, modificationTimesComeFromTheClock) {
  auto clock = std::make_shared<ManualClock>(timestampOfMillis(100));
  InMemoryFileSystem files(clock);
  auto log = opened(files, "/log");
  clock->setTime(timestampOfMillis(200));
  ASSERT_TRUE(log->append("x").ok());
  EXPECT_EQ(files.stat("/log").value().modificationTime, timestampOfMillis(200));
  ASSERT_TRUE(files.setModificationTime("/log", timestampOfMillis(50)).ok());
  EXPECT_EQ(files.stat("/log").value().modificationTime, timestampOfMillis(50));
}

TEST(InMemoryFileSystem, pathsAreNormalized) {
  InMemoryFileSystem files;
  ASSERT_TRUE(files.writeAtomically("/a//b/f", "1").ok());
  EXPECT_EQ(files.readFile("/a/b/f").value(), "1");
  EXPECT_EQ(files.list("/a/b/").value()[0].path, "/a/b/f");
  ASSERT_TRUE(files.writeAtomically("relative/f", "2").ok());
  EXPECT_EQ(files.list(".").value().size(), 1u);
}

class FaultyFiles : public ::testing::Test {
 protected:
  std::shared_ptr<InMemoryFileSystem> inner_ = std::make_shared<InMemoryFileSystem>();
  FaultyFileSystem files_{inner_};
};

TEST_F(FaultyFiles, failTheNthCallOfAKind) {
  files_.failAt(FaultyFileSystem::Call::kWriteAtomically, 2, Status::diskFull("full"));
  EXPECT_TRUE(files_.writeAtomically("/a", "1").ok());
  EXPECT_TRUE(files_.readFile("/a").has_value());
  EXPECT_EQ(files_.writeAtomically("/b", "1").code(), StatusCode::kDiskFull);
  EXPECT_FALSE(inner_->exists("/b"));
  EXPECT_TRUE(files_.writeAtomically("/b", "1").ok());
}

TEST_F(FaultyFiles, failEveryCallOnAPath) {
  ASSERT_TRUE(files_.writeAtomically("/commits/0", "1").ok());
  files_.failPath("/commits/", Status::ioError("bad sector"));
  EXPECT_FALSE(files_.readFile("/commits/0").has_value());
  EXPECT_FALSE(files_.writeAtomically("/commits/1", "1").ok());
  EXPECT_TRUE(files_.writeAtomically("/offsets/1", "1").ok());
  files_.heal();
  EXPECT_TRUE(files_.readFile("/commits/0").has_value());
}

TEST_F(FaultyFiles, tornWriteStoresItsBegin) {
  auto log = opened(files_, "/log");
  files_.tearWriteAt(2, 3);
  EXPECT_TRUE(log->append("first,").ok());
  EXPECT_EQ(log->append("second").code(), StatusCode::kIoError);
  EXPECT_EQ(inner_->readFile("/log").value(), "first,sec");
  files_.tearWriteAt(1, 1);
  EXPECT_FALSE(files_.writeAtomically("/f", "xyz").ok());
  EXPECT_EQ(inner_->readFile("/f").value(), "x");
}

TEST_F(FaultyFiles, diskIsFullUntilSpaceIsFreed) {
  auto log = opened(files_, "/log");
  files_.limitSpace(5);
  EXPECT_TRUE(log->append("abc").ok());
  EXPECT_EQ(files_.writeAtomically("/f", "xyz").code(), StatusCode::kDiskFull);
  EXPECT_FALSE(inner_->exists("/f"));
  EXPECT_EQ(log->append("def").code(), StatusCode::kDiskFull);
  EXPECT_EQ(inner_->readFile("/log").value(), "abcde");
  files_.freeSpace();
  EXPECT_TRUE(log->append("f").ok());
  EXPECT_TRUE(log->sync().ok());
}

TEST_F(FaultyFiles, syncMayFail) {
  auto log = opened(files_, "/log");
  files_.failAt(FaultyFileSystem::Call::kSync, 1, Status::ioError("lost"));
  EXPECT_TRUE(log->append("x").ok());
  EXPECT_FALSE(log->sync().ok());
  inner_->crash();
  EXPECT_EQ(inner_->readFile("/log").value(), "");
}

}  // namespace
}  // namespace spate
