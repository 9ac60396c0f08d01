#include <string_view>
#include <utility>

#include "spate/base/FileSystem.h"
#include "spate/connect/EngineSession.h"
#include "spate/planner/PlanErrors.h"

namespace spate {
namespace {

/// SparkSession.copyFromLocalToFs: the absolute path of the destination follows.
constexpr std::string_view kForwardToFs = "forward_to_fs";

bool isForPython(const std::string& name) {
  return name.starts_with("pyfiles/") || name.starts_with("files/") ||
         name.starts_with("archives/");
}

}  // namespace

std::shared_ptr<python::WorkerPool> EngineSession::pythonWorkers() const {
  std::lock_guard lock(mutex_);
  return ownPythonWorkers_ ? ownPythonWorkers_ : pythonWorkers_;
}

std::string EngineSession::configuredPython() const {
  return conf_.get("spark.sql.execution.pyspark.python", conf_.get("spark.pyspark.python", ""));
}

void EngineSession::setFiles(std::shared_ptr<python::SessionFiles> files) {
  ownPythonWorkers_ =
      std::make_shared<python::WorkerPool>(static_cast<size_t>(pool_->slots()), files);
  files_ = std::move(files);
}

Status EngineSession::addArtifact(const std::string& name, std::string bytes) {
  if (name.starts_with("cache/")) {
    std::lock_guard lock(mutex_);
    artifacts_[name] = std::move(bytes);
    return Status::OK();
  }
  if (name.starts_with(std::string(kForwardToFs) + "/"))
    return forwardToFileSystem(name.substr(kForwardToFs.size()), bytes);
  if (!isForPython(name))
    return unsupportedHereError("the artifact " + name + ", which only a JVM could load");
  std::string python;
  if (name.starts_with("archives/")) {
    SPATE_ASSIGN_OR_RETURN(auto interpreter, pythonWorkers_->interpreter("", {}));
    python = std::move(interpreter.executable);
  }
  std::shared_ptr<python::SessionFiles> files;
  {
    std::lock_guard lock(mutex_);
    if (!files_) {
      SPATE_ASSIGN_OR_RETURN(auto made, python::SessionFiles::make());
      setFiles(std::move(made));
    }
    files = files_;
  }
  return files->add(name, bytes, python);
}

Status EngineSession::forwardToFileSystem(const std::string& path, const std::string& bytes) {
  // As in Spark: a client may write over any file of the server only where that is wanted.
  if (!conf_.isTrue("spark.sql.artifact.copyFromLocalToFs.allowDestLocal") &&
      !conf_.isTrue("spark.connect.copyFromLocalToFs.allowDestLocal"))
    return Status::unsupported(
               "Uploading artifact file to local file system destination path is not supported.")
        .withErrorClass("_LEGACY_ERROR_TEMP_3161", "");
  return FileSystem::local()->writeAtomically(path, bytes);
}

std::optional<std::string> EngineSession::artifact(const std::string& name) const {
  std::lock_guard lock(mutex_);
  const auto found = artifacts_.find(name);
  if (found == artifacts_.end()) return std::nullopt;
  return found->second;
}

}  // namespace spate
