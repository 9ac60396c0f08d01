#pragma once

#include <map>
#include <string>
#include <vector>

#include "spate/base/Status.h"

namespace spate::python {

/// The Python that workers run in.
struct Interpreter {
  std::string executable;
  std::string version;         ///< "3.11"
  std::string pysparkVersion;  ///< "4.2.0"
  std::string pysparkFolder;   ///< .../site-packages/pyspark

  /// spark.pyspark.python if it is not empty, else what PYSPARK_PYTHON, then VIRTUAL_ENV, says,
  /// else python3; asks it for the versions, which takes a moment.
  ///
  /// Errors PYTHON_EXCEPTION: it does not start, or has no pyspark
  static Result<Interpreter> find(const std::string& configured);

  /// What a worker needs in its environment, with `folders` in front of its search path.
  std::map<std::string, std::string> environment(const std::vector<std::string>& folders) const;

  /// Since 4.3 the first message of a task is wrapped, and foreachBatch names a session.
  bool isAtLeast43() const;
};

}  // namespace spate::python
