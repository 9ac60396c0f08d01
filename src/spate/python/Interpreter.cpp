#include "spate/python/Interpreter.h"

#include <chrono>
#include <cstdlib>
#include <sstream>

#include "spate/python/ChildProcess.h"

namespace spate::python {
namespace {

constexpr std::chrono::minutes kAnswerTime{1};

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

constexpr const char* kQuestion =
    "import sys, importlib.util as u; p = u.find_spec('pyspark').submodule_search_locations[0]; "
    "v = {}; exec(open(p + '/version.py').read(), v); "
    "print('%d.%d' % sys.version_info[:2], v['__version__'], p, sep='\\n')";

}  // namespace

Result<Interpreter> Interpreter::find(const std::string& configured, const std::string& folder,
                                      const std::stop_token& stop) {
  Interpreter found;
  found.executable = configured;
  if (found.executable.empty()) found.executable = variable("PYSPARK_PYTHON");
  if (found.executable.empty() && !variable("VIRTUAL_ENV").empty()) {
    found.executable = variable("VIRTUAL_ENV") + "/bin/python";
  }
  if (found.executable.empty()) found.executable = "python3";
  const auto answer = ChildProcess::outputOf({found.executable, "-c", kQuestion}, folder, stop,
                                             std::chrono::steady_clock::now() + kAnswerTime);
  if (stop.stop_requested()) return failure(Status::cancelled("The start of Python was stopped"));
  if (answer) {
    std::istringstream lines(*answer);
    std::getline(lines, found.version);
    std::getline(lines, found.pysparkVersion);
    std::getline(lines, found.pysparkFolder);
    if (!found.pysparkFolder.empty()) return found;
  }
  return failure(Status::invalidArgument(
                     "Python functions need a Python with pyspark or pyspark-client, and " +
                     found.executable + " is none; set spark.pyspark.python or PYSPARK_PYTHON")
                     .withErrorClass("PYTHON_EXCEPTION", "38000"));
}

std::map<std::string, std::string> Interpreter::environment(const SessionFiles* files) const {
  std::string path;
  if (files != nullptr) {
    path = files->folder() + ":";
    for (const std::string& package : files->packages())
      path += files->folder() + "/" + package + ":";
  }
  path += variable("PYTHONPATH");
  while (!path.empty() && path.back() == ':') path.pop_back();
  return {{"PYTHONPATH", path},
          {"PYTHONUNBUFFERED", "YES"},
          {"PYTHON_UNIX_DOMAIN_ENABLED", "true"},
          // The client looks for an installation of Spark, of which it needs only this.
          {"SPARK_HOME", pysparkFolder},
          {"SPARK_AUTH_SOCKET_TIMEOUT", "15"},
          {"SPARK_BUFFER_SIZE", "65536"}};
}

bool Interpreter::isAtLeast43() const {
  int major = 0;
  int minor = 0;
  char point = 0;
  std::istringstream(pysparkVersion) >> major >> point >> minor;
  return major > 4 || (major == 4 && minor >= 3);
}

}  // namespace spate::python
