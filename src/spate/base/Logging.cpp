#include "spate/base/Logging.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <memory>
#include <mutex>

namespace spate {
namespace {

std::atomic<LogLevel> threshold{LogLevel::kWarn};

struct Observer {
  std::mutex mutex;
  std::function<void(LogLevel, std::string_view, std::string_view)> function;
};

// Neither is ever destroyed: a thread may log while the process ends.
Observer& observer() {
  static Observer* const o = new Observer;
  return *o;
}

spdlog::level::level_enum spdlogLevel(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace: return spdlog::level::trace;
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarn: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
    case LogLevel::kOff: break;
  }
  return spdlog::level::off;
}

spdlog::logger& logger() {
  static spdlog::logger* const l = [] {
    auto* made = new spdlog::logger("spate", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%C/%m/%d %H:%M:%S %v");
    made->set_level(spdlog::level::trace);
    return made;
  }();
  return *l;
}

std::string_view levelName(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace: return "TRACE";
    case LogLevel::kDebug: return "DEBUG";
    case LogLevel::kInfo: return "INFO";
    case LogLevel::kWarn: return "WARN";
    case LogLevel::kError: return "ERROR";
    case LogLevel::kOff: break;
  }
  return "OFF";
}

}  // namespace

void log(LogLevel level, std::string_view component, std::string_view message) {
  if (level < threshold.load(std::memory_order_relaxed)) return;
  {
    std::lock_guard lock(observer().mutex);
    if (observer().function) {
      observer().function(level, component, message);
      return;
    }
  }
  logger().log(spdlogLevel(level), "{} {}: {}", levelName(level), component, message);
}

void setLogLevel(LogLevel level) { threshold.store(level); }

bool setLogLevel(std::string_view name) {
  std::string upper(name);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (upper == "ALL" || upper == "TRACE")
    setLogLevel(LogLevel::kTrace);
  else if (upper == "DEBUG")
    setLogLevel(LogLevel::kDebug);
  else if (upper == "INFO")
    setLogLevel(LogLevel::kInfo);
  else if (upper == "WARN")
    setLogLevel(LogLevel::kWarn);
  else if (upper == "ERROR" || upper == "FATAL")
    setLogLevel(LogLevel::kError);
  else if (upper == "OFF")
    setLogLevel(LogLevel::kOff);
  else
    return false;
  return true;
}

void setLogObserver(std::function<void(LogLevel, std::string_view, std::string_view)> function) {
  std::lock_guard lock(observer().mutex);
  observer().function = std::move(function);
}

}  // namespace spate
