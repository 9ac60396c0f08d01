#include "spate/connect/ErrorDetails.h"

#include <nlohmann/json.hpp>
#include <string_view>

namespace spate::connect {
namespace {

bool startsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

std::string textOf(const Status& status) {
  if (status.errorClass().empty()) return status.message();
  std::string text = status.message();
  // Errors that have no name of their own are told by their text alone.
  const bool isNamed = !startsWith(status.errorClass(), "_LEGACY_ERROR_TEMP_");
  if (isNamed && !startsWith(text, "[" + status.errorClass() + "]")) {
    text = "[" + status.errorClass() + "] " + text;
  }
  if (!status.sqlState().empty() && text.find("SQLSTATE: ") == std::string::npos) {
    text += " SQLSTATE: " + status.sqlState();
  }
  return text;
}

using Classes = std::vector<std::string>;

/// The exceptions that Spark throws for errors of running rows, where the client tells them apart.
Classes runtimeClasses(const Status& status) {
  const std::string& name = status.errorClass();
  if (startsWith(name, "INVALID_ARRAY_INDEX")) {
    return {"org.apache.spark.SparkArrayIndexOutOfBoundsException",
            "java.lang.ArrayIndexOutOfBoundsException", "java.lang.IndexOutOfBoundsException",
            "java.lang.RuntimeException"};
  }
  static constexpr std::string_view kArithmetic[] = {"DIVIDE_BY_ZERO",
                                                     "REMAINDER_BY_ZERO",
                                                     "INTERVAL_DIVIDED_BY_ZERO",
                                                     "ARITHMETIC_OVERFLOW",
                                                     "BINARY_ARITHMETIC_OVERFLOW",
                                                     "CAST_OVERFLOW",
                                                     "CAST_OVERFLOW_IN_TABLE_INSERT",
                                                     "NUMERIC_VALUE_OUT_OF_RANGE",
                                                     "DATETIME_OVERFLOW",
                                                     "INTERVAL_ARITHMETIC_OVERFLOW",
                                                     "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION"};
  for (const std::string_view arithmetic : kArithmetic) {
    if (name == arithmetic || startsWith(name, std::string(arithmetic) + ".")) {
      return {"org.apache.spark.SparkArithmeticException", "java.lang.ArithmeticException",
              "java.lang.RuntimeException"};
    }
  }
  if (name == "CAST_INVALID_INPUT") {
    const auto target = status.parameters().find("targetType");
    const std::string type = target == status.parameters().end() ? "" : target->second;
    if (type.find("DATE") != std::string::npos || type.find("TIME") != std::string::npos) {
      return {"org.apache.spark.SparkDateTimeException", "java.time.DateTimeException",
              "java.lang.RuntimeException"};
    }
    if (type.find("BOOLEAN") != std::string::npos) {
      return {"org.apache.spark.SparkRuntimeException", "java.lang.RuntimeException"};
    }
    return {"org.apache.spark.SparkNumberFormatException", "java.lang.NumberFormatException",
            "java.lang.IllegalArgumentException", "java.lang.RuntimeException"};
  }
  if (startsWith(name, "CANNOT_PARSE_TIMESTAMP") || startsWith(name, "DATETIME_FIELD") ||
      startsWith(name, "INVALID_FRACTION_OF_SECOND") || startsWith(name, "CANNOT_PARSE_TIME")) {
    return {"org.apache.spark.SparkDateTimeException", "java.time.DateTimeException",
            "java.lang.RuntimeException"};
  }
  if (startsWith(name, "INVALID_VARIANT") || startsWith(name, "VARIANT_")) {
    return {"org.apache.spark.SparkRuntimeException", "java.lang.RuntimeException"};
  }
  if (startsWith(name, "MALFORMED_RECORD_IN_PARSING")) {
    return {"org.apache.spark.SparkException", "java.lang.Exception"};
  }
  if (startsWith(name, "INCONSISTENT_BEHAVIOR_CROSS_VERSION")) {
    return {"org.apache.spark.SparkUpgradeException", "java.lang.RuntimeException"};
  }
  return {};
}

Classes classesOf(const Status& status) {
  const std::string& name = status.errorClass();
  const std::string& state = status.sqlState();
  // Those of analysis that have no class of their own and no SQLSTATE, and two with one of another
  // kind.
  if (startsWith(name, "_LEGACY_ERROR_TEMP_1") || startsWith(name, "_LEGACY_ERROR_TEMP_3") ||
      name == "TRANSPOSE_EXCEED_ROW_LIMIT" || name == "FAILED_FUNCTION_CALL") {
    return {"org.apache.spark.sql.AnalysisException", "java.lang.Exception"};
  }
  if (name == "STREAM_FAILED") {
    return {"org.apache.spark.sql.streaming.StreamingQueryException"};
  }
  if (startsWith(name, "PARSE_") || startsWith(name, "_LEGACY_ERROR_TEMP_0") ||
      startsWith(name, "UNCLOSED_BRACKETED_COMMENT") || startsWith(name, "INVALID_SQL_SYNTAX") ||
      startsWith(name, "FAILED_TO_PARSE_TOO_COMPLEX") || name == "UNSUPPORTED_DATATYPE" ||
      startsWith(name, "INCOMPLETE_TYPE_DEFINITION") || name == "DATATYPE_MISSING_SIZE") {
    return {"org.apache.spark.sql.catalyst.parser.ParseException",
            "org.apache.spark.sql.AnalysisException"};
  }
  if (startsWith(name, "INVALID_HANDLE") || startsWith(name, "INVALID_CURSOR") ||
      name == "OPERATION_CANCELED") {
    return {"org.apache.spark.SparkSQLException", "java.sql.SQLException"};
  }
  if (startsWith(name, "CONNECT_INVALID_PLAN")) {
    return {"org.apache.spark.sql.connect.common.InvalidPlanInput",
            "org.apache.spark.SparkRuntimeException", "java.lang.RuntimeException"};
  }
  if (name == "STREAMING_PYTHON_RUNNER_INITIALIZATION_FAILURE") {
    return {
        "org.apache.spark.api.python.StreamingPythonRunner"
        "$StreamingPythonRunnerInitializationException",
        "org.apache.spark.SparkPythonException", "java.lang.RuntimeException"};
  }
  if (name == "SQL_CONF_NOT_FOUND") {
    return {"org.apache.spark.SparkNoSuchElementException", "java.util.NoSuchElementException",
            "java.lang.RuntimeException"};
  }
  if (name == "INVALID_CONF_VALUE.TIME_ZONE" || startsWith(name, "INVALID_CONF_VALUE") ||
      name == "STREAMING_OUTPUT_MODE.INVALID") {
    return {"org.apache.spark.SparkIllegalArgumentException", "java.lang.IllegalArgumentException",
            "java.lang.RuntimeException"};
  }
  if (Classes classes = runtimeClasses(status); !classes.empty()) return classes;
  if (startsWith(name, "PYTHON_EXCEPTION") || startsWith(name, "UDF_USER_CODE_ERROR")) {
    return {"org.apache.spark.api.python.PythonException", "java.lang.RuntimeException"};
  }
  if (name == "LOCATION_ALREADY_EXISTS" || name == "ARTIFACT_ALREADY_EXISTS" ||
      name == "INVALID_ARTIFACT_PATH") {
    return {"org.apache.spark.SparkRuntimeException", "java.lang.RuntimeException"};
  }
  if (startsWith(state, "21S") || startsWith(state, "2BP") || startsWith(state, "KD0") ||
      name == "VIEW_EXCEED_MAX_NESTED_DEPTH") {
    return {"org.apache.spark.sql.AnalysisException", "java.lang.Exception"};
  }
  if (startsWith(state, "42") || startsWith(state, "0A") || startsWith(state, "07")) {
    // What a query may not say; what the engine cannot do is an UnsupportedOperationException.
    if (status.code() == StatusCode::kUnsupported && !startsWith(state, "42")) {
      return {"org.apache.spark.SparkUnsupportedOperationException",
              "java.lang.UnsupportedOperationException", "java.lang.RuntimeException"};
    }
    return {"org.apache.spark.sql.AnalysisException", "java.lang.Exception"};
  }
  switch (status.code()) {
    case StatusCode::kInvalidArgument:
      // With a class, and out of rows: a bad value rather than a bad argument.
      if (startsWith(state, "22") && state != "22023") {
        return {"org.apache.spark.SparkRuntimeException", "java.lang.RuntimeException"};
      }
      return {"org.apache.spark.SparkIllegalArgumentException",
              "java.lang.IllegalArgumentException", "java.lang.RuntimeException"};
    case StatusCode::kUnsupported:
      return {"org.apache.spark.SparkUnsupportedOperationException",
              "java.lang.UnsupportedOperationException", "java.lang.RuntimeException"};
    default:
      if (!name.empty() && !startsWith(name, "INTERNAL_ERROR")) {
        return {"org.apache.spark.SparkRuntimeException", "java.lang.RuntimeException"};
      }
      return {"org.apache.spark.SparkException", "java.lang.Exception"};
  }
}

std::string_view messageOfHandle(std::string_view condition) {
  if (condition == "FORMAT") {
    return "Handle must be an UUID string of the format '00112233-4455-6677-8899-aabbccddeeff'";
  }
  if (condition == "OPERATION_ABANDONED") {
    return "Operation was considered abandoned because of inactivity and removed.";
  }
  if (condition == "OPERATION_ALREADY_EXISTS") return "Operation already exists.";
  if (condition == "OPERATION_NOT_FOUND") return "Operation not found.";
  if (condition == "SESSION_CHANGED") {
    return "The existing Spark server driver instance has restarted. Please reconnect.";
  }
  if (condition == "SESSION_CLOSED") return "Session was closed.";
  return "Session not found.";
}

}  // namespace

ErrorDetails describeError(const Status& status) {
  return {.classes = classesOf(status),
          .message = textOf(status),
          .errorClass = status.errorClass(),
          .sqlState = status.sqlState(),
          .parameters = status.parameters()};
}

std::string jsonOf(const std::vector<std::string>& texts) {
  return nlohmann::json(texts).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string jsonOf(const std::map<std::string, std::string>& texts) {
  return nlohmann::json(texts).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Status invalidHandle(const std::string& condition, const std::string& handle) {
  return Status::invalidArgument("The handle " + handle + " is invalid. " +
                                 std::string(messageOfHandle(condition)))
      .withErrorClass("INVALID_HANDLE." + condition, "HY000", {{"handle", handle}});
}

Status invalidCursor(const std::string& condition, const std::string& responseId) {
  std::string why = "The cursor position id " + responseId + " is not found.";
  if (condition == "DISCONNECTED") why = "The cursor has been disconnected by the server.";
  if (condition == "NOT_REATTACHABLE") why = "The cursor is not reattachable.";
  if (condition == "POSITION_NOT_AVAILABLE") {
    why = "The cursor position id " + responseId + " is no longer available.";
  }
  return Status::invalidArgument("The cursor is invalid. " + why)
      .withErrorClass("INVALID_CURSOR." + condition, "HY109", {{"responseId", responseId}});
}

Status invalidPlan(const std::string& what) {
  return Status::invalidArgument("The Spark Connect plan is invalid. " + what)
      .withErrorClass("CONNECT_INVALID_PLAN", "56K00");
}

Status unsupportedFeature(const std::string& what) {
  return Status::unsupported("The feature is not supported: " + what + ".")
      .withErrorClass("UNSUPPORTED_FEATURE", "0A000", {{"feature", what}});
}

Status operationCanceled() {
  return Status::cancelled("Operation has been canceled.")
      .withErrorClass("OPERATION_CANCELED", "HY008");
}

}  // namespace spate::connect
