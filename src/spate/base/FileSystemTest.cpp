#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "spate/base/FileSystem.h"
#include "spate/base/InMemoryFileSystem.h"
#include "spate/base/LocalFileSystem.h"

namespace spate {
namespace {

/// What every file system promises, tried on the machine's and on the model.
class AnyFileSystem : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (std::string_view(GetParam()) == "memory") {
      files_ = std::make_shared<InMemoryFileSystem>();
      root_ = "/work";
      ASSERT_TRUE(files_->createDirectories(root_).ok());
    } else {
      std::string pattern = ::testing::TempDir() + "spate-files-XXXXXX";
      ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
      files_ = FileSystem::local();
      root_ = pattern;
    }
  }
  ~AnyFileSystem() override {
    if (files_) static_cast<void>(files_->removeAll(root_));
  }

  std::string in(const std::string& name) const { return joinPath(root_, name); }
  std::vector<std::string> names(const std::string& directory) {
    std::vector<std::string> result;
    const auto entries = files_->list(directory);
    EXPECT_TRUE(entries.has_value());
    if (entries)
      for (const FileInfo& entry : *entries) result.emplace_back(fileName(entry.path));
    return result;
  }

  std::shared_ptr<FileSystem> files_;
  std::string root_;
};

INSTANTIATE_TEST_SUITE_P(, AnyFileSystem, ::testing::Values("local", "memory"),
                         [](const auto& parameter) { return std::string(parameter.param); });

TEST_P(AnyFileSystem, writtenContentIsReadBackAndNothingElseIsLeft) {
  const std::string bytes("a\0b\n", 4);
  ASSERT_TRUE(files_->writeAtomically(in("f"), "old").ok());
  ASSERT_TRUE(files_->writeAtomically(in("f"), bytes).ok());
  EXPECT_EQ(files_->readFile(in("f")).value(), bytes);
  EXPECT_EQ(names(root_), std::vector<std::string>{"f"});
  EXPECT_EQ(files_->stat(in("f")).value().size, 4u);
}

TEST_P(AnyFileSystem, largeAndEmptyFilesAreReadWhole) {
  const std::string large(3'000'001, 'x');
  ASSERT_TRUE(files_->writeAtomically(in("large"), large).ok());
  ASSERT_TRUE(files_->writeAtomically(in("empty"), "").ok());
  EXPECT_EQ(files_->readFile(in("large")).value(), large);
  EXPECT_EQ(files_->readFile(in("empty")).value(), "");
}

TEST_P(AnyFileSystem, writersMakeParentDirectories) {
  ASSERT_TRUE(files_->writeAtomically(in("a/b/f"), "1").ok());
  ASSERT_TRUE(files_->openAppend(in("c/d/g")).has_value());
  EXPECT_TRUE(files_->stat(in("a/b")).value().isDirectory);
  EXPECT_EQ(names(in("c/d")), std::vector<std::string>{"g"});
}

TEST_P(AnyFileSystem, appendsGoToTheEndAlsoAfterReopening) {
  for (const char* part : {"one,", "two,"}) {
    auto file = files_->openAppend(in("log"));
    ASSERT_TRUE(file.has_value());
    ASSERT_TRUE((*file)->append(part).ok());
    ASSERT_TRUE((*file)->append(part).ok());
    ASSERT_TRUE((*file)->sync().ok());
  }
  EXPECT_EQ(files_->readFile(in("log")).value(), "one,one,two,two,");
}

TEST_P(AnyFileSystem, listIsSortedAndTellsFilesFromDirectories) {
  for (const char* name : {"b", "10", "9", "c/x"})
    ASSERT_TRUE(files_->writeAtomically(in(name), "1").ok());
  EXPECT_EQ(names(root_), (std::vector<std::string>{"10", "9", "b", "c"}));
  const auto entries = files_->list(root_).value();
  EXPECT_EQ(entries[0].path, in("10"));
  EXPECT_FALSE(entries[0].isDirectory);
  EXPECT_TRUE(entries[3].isDirectory);
}

TEST_P(AnyFileSystem, missingPathsAreNotFoundAndNamed) {
  const Status missing = files_->readFile(in("nowhere")).error();
  EXPECT_EQ(missing.code(), StatusCode::kNotFound);
  EXPECT_NE(missing.message().find(in("nowhere")), std::string::npos);
  EXPECT_EQ(files_->stat(in("nowhere")).error().code(), StatusCode::kNotFound);
  EXPECT_EQ(files_->list(in("nowhere")).error().code(), StatusCode::kNotFound);
  EXPECT_EQ(files_->rename(in("nowhere"), in("x")).code(), StatusCode::kNotFound);
  EXPECT_TRUE(files_->removeAll(in("nowhere")).ok());
  EXPECT_FALSE(files_->exists(in("nowhere")));
}

TEST_P(AnyFileSystem, filesAndDirectoriesAreNotMistakenForEachOther) {
  ASSERT_TRUE(files_->writeAtomically(in("d/f"), "1").ok());
  EXPECT_EQ(files_->readFile(in("d")).error().code(), StatusCode::kIoError);
  EXPECT_EQ(files_->list(in("d/f")).error().code(), StatusCode::kNotFound);
  EXPECT_FALSE(files_->writeAtomically(in("d"), "1").ok());
  EXPECT_FALSE(files_->openAppend(in("d")).has_value());
  EXPECT_FALSE(files_->createDirectories(in("d/f")).ok());
  EXPECT_EQ(names(root_), std::vector<std::string>{"d"});
}

TEST_P(AnyFileSystem, renameReplacesFilesAndMovesDirectories) {
  ASSERT_TRUE(files_->writeAtomically(in("a"), "new").ok());
  ASSERT_TRUE(files_->writeAtomically(in("b"), "old").ok());
  ASSERT_TRUE(files_->rename(in("a"), in("b")).ok());
  EXPECT_EQ(files_->readFile(in("b")).value(), "new");
  EXPECT_FALSE(files_->exists(in("a")));
  ASSERT_TRUE(files_->writeAtomically(in("d/e/f"), "deep").ok());
  ASSERT_TRUE(files_->rename(in("d"), in("moved")).ok());
  EXPECT_EQ(files_->readFile(in("moved/e/f")).value(), "deep");
  EXPECT_EQ(files_->rename(in("b"), in("none/b")).code(), StatusCode::kNotFound);
}

TEST_P(AnyFileSystem, removeTakesAllBelow) {
  ASSERT_TRUE(files_->writeAtomically(in("d/e/f"), "1").ok());
  ASSERT_TRUE(files_->writeAtomically(in("d2"), "1").ok());
  ASSERT_TRUE(files_->removeAll(in("d")).ok());
  EXPECT_EQ(names(root_), std::vector<std::string>{"d2"});
}

TEST_P(AnyFileSystem, readersNeverSeeAPartOfAnAtomicWrite) {
  ASSERT_TRUE(files_->writeAtomically(in("f"), std::string(10'000, '0')).ok());
  std::thread writer([&] {
    for (char c = '1'; c <= '9'; ++c)
      EXPECT_TRUE(files_->writeAtomically(in("f"), std::string(10'000, c)).ok());
  });
  for (int i = 0; i < 200; ++i) {
    const std::string seen = files_->readFile(in("f")).value();
    ASSERT_EQ(seen.size(), 10'000u);
    ASSERT_EQ(seen.find_first_not_of(seen[0]), std::string::npos);
  }
  writer.join();
}

TEST(LocalFileSystem, failedAtomicWriteLeavesTheOldContentAndNoTemporaryFile) {
  std::string root = ::testing::TempDir() + "spate-files-XXXXXX";
  ASSERT_NE(::mkdtemp(root.data()), nullptr);
  LocalFileSystem files;
  ASSERT_TRUE(files.writeAtomically(root + "/d/f", "1").ok());
  // Renaming a file onto a directory fails after the temporary file was written.
  EXPECT_FALSE(files.writeAtomically(root + "/d", "1").ok());
  EXPECT_EQ(files.list(root).value().size(), 1u);
  EXPECT_EQ(files.readFile(root + "/d/f").value(), "1");
  ASSERT_TRUE(files.removeAll(root).ok());
}

TEST(LocalFileSystem, fullDeviceIsDiskFull) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full";
  LocalFileSystem files;
  auto file = files.openAppend("/dev/full");
  ASSERT_TRUE(file.has_value()) << file.error().toString();
  EXPECT_EQ((*file)->append("x").code(), StatusCode::kDiskFull);
}

TEST(LocalFileSystem, filesWithoutAKnownSizeAreReadWhole) {
  if (!std::filesystem::exists("/proc/self/status")) GTEST_SKIP() << "no /proc";
  EXPECT_NE(LocalFileSystem().readFile("/proc/self/status").value().find("Threads:"),
            std::string::npos);
}

TEST(Paths, areJoinedAndTakenApart) {
  EXPECT_EQ(joinPath("a", "b"), "a/b");
  EXPECT_EQ(joinPath("a/", "b"), "a/b");
  EXPECT_EQ(joinPath("", "b"), "b");
  EXPECT_EQ(fileName("a/b"), "b");
  EXPECT_EQ(fileName("b"), "b");
  EXPECT_EQ(parentPath("a/b"), "a");
  EXPECT_EQ(parentPath("b"), ".");
  EXPECT_EQ(parentPath("/b"), "/");
}

}  // namespace
}  // namespace spate
