#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace spate {

enum class LogLevel { kTrace, kDebug, kInfo, kWarn, kError, kOff };

/// Writes one line to standard error in the layout of Spark's default log4j pattern,
/// "17/10/22 19:57:43 WARN Component: message". Below the level set it is one comparison.
///
/// Threads: any. Never pass secrets: a caller that has some redacts them first.
void log(LogLevel level, std::string_view component, std::string_view message);

inline void logDebug(std::string_view c, std::string_view m) { log(LogLevel::kDebug, c, m); }
inline void logInfo(std::string_view c, std::string_view m) { log(LogLevel::kInfo, c, m); }
inline void logWarn(std::string_view c, std::string_view m) { log(LogLevel::kWarn, c, m); }
inline void logError(std::string_view c, std::string_view m) { log(LogLevel::kError, c, m); }

/// The lowest level that is written; WARN at the start, as in Spark's shells.
void setLogLevel(LogLevel level);

/// Spark's names: ALL, DEBUG, ERROR, FATAL, INFO, OFF, TRACE, WARN, in any case. False if unknown.
bool setLogLevel(std::string_view name);

/// Tests see each line instead of standard error; an empty function restores it. Lines come one at
/// a time, from the threads that log; the function must not log itself.
void setLogObserver(std::function<void(LogLevel, std::string_view, std::string_view)> observer);

}  // namespace spate
