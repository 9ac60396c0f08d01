#pragma once

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "spate/base/Logging.h"
#include "spate/rdd/SparkContext.h"

// For the tests of this room.

namespace spate {

/// A context that is stopped at the end of its test, with a directory of its own.
class TestContext {
 public:
  explicit TestContext(const std::string& master = "local[2]",
                       std::vector<std::pair<std::string, std::string>> settings = {})
      : sc(SparkConf().setMaster(master).setAppName("test").setAll(settings)) {
    // Lost tasks are what many of these tests make on purpose.
    setLogLevel(LogLevel::kOff);
    std::string pattern = (std::filesystem::temp_directory_path() / "spate-rdd-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
  }
  ~TestContext() {
    sc.stop();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
    setLogLevel(LogLevel::kWarn);
  }
  TestContext(const TestContext&) = delete;
  TestContext& operator=(const TestContext&) = delete;

  std::string path(const std::string& name) const { return directory_ + "/" + name; }
  std::string write(const std::string& name, const std::string& text) const {
    const Status written = FileSystem::local()->writeAtomically(path(name), text);
    if (!written.ok()) throwStatus(written);
    return path(name);
  }
  std::string read(const std::string& name) const {
    return valueOrThrow(FileSystem::local()->readFile(path(name)));
  }

  SparkContext sc;

 private:
  std::string directory_;
};

template <class T>
std::vector<T> sorted(std::vector<T> values) {
  std::sort(values.begin(), values.end());
  return values;
}

/// How many stages `body` runs.
template <class Body>
int64_t stagesOf(const SparkContext& sc, Body body) {
  const int64_t before = sc.context()->scheduler().stagesRun();
  body();
  return sc.context()->scheduler().stagesRun() - before;
}

/// The message of the exception that `body` throws; empty when it throws none.
template <class Body>
std::string messageOf(Body body) {
  try {
    body();
  } catch (const std::exception& e) {
    return e.what();
  }
  return {};
}

}  // namespace spate
