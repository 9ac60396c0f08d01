#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "spate/base/FileSystem.h"
#include "spate/python/ChildProcess.h"
#include "spate/python/SessionFiles.h"

namespace spate::python {
namespace {

std::string contentOf(const std::string& path) {
  return FileSystem::local()->readFile(path).value_or("nothing");
}

TEST(SessionFiles, whatIsAddedIsInTheFolderAsLongAsTheyAre) {
  std::string folder;
  {
    const auto files = SessionFiles::make().value();
    folder = files->folder();
    ASSERT_TRUE(files->add("pyfiles/mine.py", "x = 1", "").ok());
    ASSERT_TRUE(files->add("pyfiles/wheel.zip", "PK", "").ok());
    ASSERT_TRUE(files->add("files/data.zip", "PK", "").ok());
    EXPECT_EQ(contentOf(folder + "/mine.py"), "x = 1");
    EXPECT_EQ(contentOf(folder + "/data.zip"), "PK");
    EXPECT_EQ(files->packages(), std::vector<std::string>{"wheel.zip"});
  }
  EXPECT_FALSE(std::filesystem::exists(folder));
}

TEST(SessionFiles, sameContentMayComeAgainButNoOther) {
  const auto files = SessionFiles::make().value();
  ASSERT_TRUE(files->add("pyfiles/mine.py", "x = 1", "").ok());
  EXPECT_TRUE(files->add("pyfiles/./mine.py", "x = 1", "").ok());
  const Status status = files->add("pyfiles/mine.py", "x = 2", "");
  EXPECT_EQ(status.errorClass(), "ARTIFACT_ALREADY_EXISTS");
  EXPECT_EQ(status.parameters().at("normalizedRemoteRelativePath"), "pyfiles/mine.py");
  EXPECT_EQ(contentOf(files->folder() + "/mine.py"), "x = 1");
}

TEST(SessionFiles, archivesAreUnpacked) {
  const auto files = SessionFiles::make().value();
  const std::string program =
      "import io, sys, zipfile; b = io.BytesIO(); z = zipfile.ZipFile(b, 'w'); "
      "z.writestr('in/side.txt', 'hello'); z.close(); sys.stdout.buffer.write(b.getvalue())";
  const std::string zip = ChildProcess::outputOf({SPATE_TEST_PYTHON, "-c", program}).value();
  ASSERT_TRUE(files->add("archives/a.zip#there", zip, SPATE_TEST_PYTHON).ok());
  EXPECT_EQ(contentOf(files->folder() + "/there/in/side.txt"), "hello");
  ASSERT_TRUE(files->add("archives/b.zip", zip, SPATE_TEST_PYTHON).ok());
  EXPECT_EQ(contentOf(files->folder() + "/b.zip/in/side.txt"), "hello");
  EXPECT_EQ(files->add("archives/c.zip", "no zip", SPATE_TEST_PYTHON).code(),
            StatusCode::kInvalidArgument);
  EXPECT_TRUE(files->add("archives/c.zip", zip, SPATE_TEST_PYTHON).ok()) << "the bad one is gone";
  for (const char* folder : {"../out", "..", ".", "/out", "a#b"})
    EXPECT_FALSE(files->add(std::string("archives/d.zip#") + folder, zip, SPATE_TEST_PYTHON).ok())
        << folder;

  const auto copy = files->copy().value();
  EXPECT_EQ(contentOf(copy->folder() + "/there/in/side.txt"), "hello");
  EXPECT_NE(copy->folder(), files->folder());
}

}  // namespace
}  // namespace spate::python
