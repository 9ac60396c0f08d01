#pragma once

#include <string>
#include <string_view>

#include "spate/base/Status.h"

namespace spate {

/// A local path as Spark's logs and its _metadata column have it: "file:///data/a%20b.txt".
/// A relative path is made absolute first.
std::string uriOfFilePath(const std::string& path);

/// The way back; a text without a scheme is taken as it is, as Hadoop's Path does.
///
/// Errors kUnsupported: another scheme than file: ("hdfs", "s3a"); kCorrupt: malformed escapes
Result<std::string> filePathOfUri(std::string_view uri);

/// What a user gave as a path, "/data", "file:/data", "file:///data": without unescaping, as
/// Hadoop's Path keeps '%' as it is, made absolute and without a trailing slash.
///
/// Errors kUnsupported: another scheme than file:
Result<std::string> filePathOfUser(std::string_view text);

}  // namespace spate
