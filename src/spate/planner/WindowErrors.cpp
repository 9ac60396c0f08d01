#include "spate/planner/WindowErrors.h"

#include "spate/planner/PlanErrors.h"

namespace spate {
namespace {

Status outOfRange(const std::string& function, const std::string& name, int64_t value) {
  const std::string now = std::to_string(value);
  return analysisError("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", "42K09",
                       "Cannot resolve \"" + function + "\" due to data type mismatch: The `" +
                           name + "` must be between (0, 2147483647] (current value = " + now +
                           ").",
                       {{"sqlExpr", "\"" + function + "\""},
                        {"exprName", "`" + name + "`"},
                        {"valueRange", "(0, 2147483647]"},
                        {"currentValue", now}});
}

}  // namespace

Status frameNotOrderedError(const std::string& name, const std::string& function) {
  return analysisError("WINDOW_FUNCTION_FRAME_NOT_ORDERED", "42601",
                       "Window function " + name +
                           " requires the window to be ordered. You need to add an ORDER BY "
                           "clause. For example: SELECT " +
                           function +
                           " OVER (PARTITION BY window_partition ORDER BY window_ordering) FROM "
                           "table.",
                       {{"wf_name", name}, {"wf_expr", function}});
}

Status frameOfOffsetError(const std::string& name) {
  return analysisError("_LEGACY_ERROR_TEMP_1035", "",
                       "Cannot specify window frame for " + name + " function.",
                       {{"prettyName", name}});
}

Status wrongFrameError(const std::string& frame, const std::string& required) {
  return analysisError("_LEGACY_ERROR_TEMP_1036", "",
                       "Window Frame " + frame + " must match the required frame " + required + ".",
                       {{"wf", frame}, {"required", required}});
}

Status distinctWindowError(const std::string& window) {
  return analysisError("DISTINCT_WINDOW_FUNCTION_UNSUPPORTED", "0A000",
                       "Distinct window functions are not supported: \"" + window + "\".",
                       {{"windowExpr", "\"" + window + "\""}});
}

Status notForWindowsError(const std::string& expression) {
  return analysisError("UNSUPPORTED_EXPR_FOR_WINDOW", "42P20",
                       "Expression \"" + expression + "\" not supported within a window function.",
                       {{"sqlExpr", "\"" + expression + "\""}});
}

Status bucketsOutOfRangeError(const std::string& function, int64_t value) {
  return outOfRange(function, "buckets", value);
}

Status offsetOutOfRangeError(const std::string& function, int64_t value) {
  return outOfRange(function, "offset", value);
}

Status windowNotAllowedError(const std::string& clause) {
  return analysisError("WINDOW_FUNCTION_NOT_ALLOWED_IN_CLAUSE", "42601",
                       "It is not allowed to use window functions inside " + clause + " clause.",
                       {{"clauseName", clause}});
}

Status frameMismatchError(const std::string& reason, const std::string& frame,
                          const std::string& message) {
  return analysisError("DATATYPE_MISMATCH." + reason, "42K09",
                       "Cannot resolve \"" + frame + "\" due to data type mismatch: " + message,
                       {{"sqlExpr", "\"" + frame + "\""}});
}

}  // namespace spate
