#pragma once

#include <map>
#include <memory>
#include <string>

#include "spate/base/FaultPoints.h"
#include "spate/base/Status.h"
#include "spate/connect/Session.h"

namespace spate {

/// What the server's command line says about the engine behind it.
struct EngineOptions {
  /// "local", "local[4]", "local[*]".
  std::string master = "local[*]";
  /// What every session begins with.
  std::map<std::string, std::string> conf;
  /// Reached by the batches of all queries; must outlive the engine.
  FaultPoints* faultPoints = &FaultPoints::none();
};

/// The engine of this project: sessions over `planner` and `runtime`.
///
/// Errors kInvalidArgument: a master or a configuration that it does not know
Result<std::unique_ptr<SessionFactory>> makeEngine(const EngineOptions& options);

}  // namespace spate
