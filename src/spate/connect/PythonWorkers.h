#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <utility>

#include "spate/planner/Lowering.h"
#include "spate/python/WorkerPool.h"

namespace spate {

/// Runs the Python functions of one query in the server's workers.
///
/// Errors  also those of starting Python; what the functions give is not of the type that they were
///         declared with
/// Threads any
class PythonWorkers final : public PythonFunctions {
 public:
  /// `settings` outlive it. What runs ends soon after `stop` is requested.
  PythonWorkers(std::shared_ptr<python::WorkerPool> pool, std::string configuredPython,
                std::shared_ptr<const SessionSettings> settings, std::stop_token stop)
      : pool_(std::move(pool)),
        configuredPython_(std::move(configuredPython)),
        settings_(std::move(settings)),
        stop_(std::move(stop)) {}

  Result<std::unique_ptr<PythonRun>> start(const PythonTask& task) override;

 private:
  const std::shared_ptr<python::WorkerPool> pool_;
  const std::string configuredPython_;
  const std::shared_ptr<const SessionSettings> settings_;
  const std::stop_token stop_;
};

}  // namespace spate
