#pragma once

#include <memory>
#include <string>

#include "spate/base/FileSystem.h"

namespace spate {

/// A new file for what lives no longer than the process: shuffle runs, partitions on disk. Unlike
/// FileSystem::openAppend it never waits for the device, not for the file's name either. Replaces a
/// file that is there; creates its directory.
///
/// Errors  kDiskFull, kIoError; every message names the path
Result<std::unique_ptr<AppendFile>> openScratchFile(const std::string& path);

}  // namespace spate
