#pragma once

#include <functional>
#include <memory>

#include "spate/base/Status.h"
#include "spate/connect/Engine.h"

namespace spate {

/// Makes the engine once the command line is read.
using EngineMaker =
    std::function<Result<std::unique_ptr<SessionFactory>>(const EngineOptions& options)>;

/// `spate server ...`: reads the command line, serves until SIGINT or SIGTERM, and returns the exit
/// status. To be called from main(), before other threads are there.
int runServerProgram(int argc, const char* const* argv, const EngineMaker& makeEngine);

}  // namespace spate
