#pragma once

#include <memory>

#include "spate/base/Status.h"
#include "spate/connect/Engine.h"

namespace spate {

/// An engine that runs almost nothing, for tests of the service in front of it: ranges, local
/// relations, views of them, and tables whose names ask for an error ("error_divide") or for no end
/// ("endless"). explain() shows the plan as it arrived.
Result<std::unique_ptr<SessionFactory>> makeFakeEngine(const EngineOptions& options);

}  // namespace spate
