#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "spate/base/Status.h"

namespace spate {

/// The configuration that a streaming query keeps over its restarts: the keys, and the values of a
/// new query, of Spark 4.3. They are logged with each batch.
///
/// In      `session`, the value of a key in the session that starts the query, none if it is not
///         set; `logged`, what the newest batch has in its log, empty for a new query
/// Out     what to run with and to log: of a query that is resumed, the logged value wins, with a
///         WARN; for a key that its log has not, what Spark did before there was such a key
/// Errors  UNSUPPORTED_FEATURE: a value that this engine has no other half for, as RocksDB
Result<std::map<std::string, std::string>> stickyConf(
    const std::function<std::optional<std::string>(const std::string& key)>& session,
    const std::map<std::string, std::string>& logged);

}  // namespace spate
