#pragma once

#include <map>
#include <stop_token>
#include <string>

#include "spate/base/Status.h"
#include "spate/python/SessionFiles.h"

namespace spate::python {

/// The Python that workers run in.
struct Interpreter {
  std::string executable;
  std::string version;         ///< "3.11"
  std::string pysparkVersion;  ///< "4.2.0"
  std::string pysparkFolder;   ///< .../site-packages/pyspark

  /// spark.pyspark.python if it is not empty, else what PYSPARK_PYTHON, then VIRTUAL_ENV, says,
  /// else python3; asks it for the versions, which takes a moment. A relative path counts from
  /// `folder`, if that is not empty.
  ///
  /// Errors PYTHON_EXCEPTION: it does not start, has no pyspark, or does not answer within a
  ///        minute; kCancelled: `stop`
  static Result<Interpreter> find(const std::string& configured, const std::string& folder = "",
                                  const std::stop_token& stop = {});

  /// What a worker needs in its environment; it imports from `files` first, unless that is null.
  std::map<std::string, std::string> environment(const SessionFiles* files) const;

  /// Since 4.3 the first message of a task is wrapped, and foreachBatch names a session.
  bool isAtLeast43() const;
};

}  // namespace spate::python
