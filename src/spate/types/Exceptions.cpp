#include "spate/types/Exceptions.h"

#include <exception>
#include <string_view>

namespace spate {
namespace {

std::string exceptionText(const Status& status) {
  if (status.errorClass().empty()) return status.message();
  std::string text;
  // A message that came over a wire may carry its decoration already.
  if (status.message().rfind("[" + status.errorClass() + "]", 0) == 0) {
    text = status.message();
  } else {
    text = "[" + status.errorClass() + "] " + status.message();
  }
  if (!status.sqlState().empty() && text.find("SQLSTATE: ") == std::string::npos) {
    text += " SQLSTATE: " + status.sqlState();
  }
  return text;
}

bool startsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

}  // namespace

SparkException::SparkException(Status status)
    : std::runtime_error(exceptionText(status)), status_(std::move(status)) {}

std::string stageFailureMessage(int stageId, int taskIndex, int failures,
                                const std::string& cause) {
  const std::string stage = std::to_string(stageId) + ".0";
  const std::string task = std::to_string(taskIndex);
  return "Job aborted due to stage failure: Task " + task + " in stage " + stage + " failed " +
         std::to_string(failures) + " times, most recent failure: Lost task " + task + "." +
         std::to_string(failures - 1) + " in stage " + stage + ": " + cause;
}

void throwStatus(Status status) {
  if (status.errorClass() == "STREAM_FAILED") throw StreamingQueryException(std::move(status));
  if (startsWith(status.errorClass(), "PARSE_")) throw ParseException(std::move(status));
  if (startsWith(status.sqlState(), "42")) throw AnalysisException(std::move(status));
  switch (status.code()) {
    case StatusCode::kInvalidArgument: throw IllegalArgumentException(std::move(status));
    case StatusCode::kUnsupported: throw SparkUnsupportedOperationException(std::move(status));
    case StatusCode::kUserCode: throw SparkTaskException(std::move(status));
    case StatusCode::kOk: throw SparkException("throwStatus() was called with an ok status");
    default: throw SparkException(std::move(status));
  }
}

Status statusOfCurrentException() {
  try {
    throw;
  } catch (const SparkException& e) {
    return e.status();
  } catch (const std::exception& e) {
    return Status::userCode(e.what());
  } catch (...) {
    return Status::userCode("unknown exception");
  }
}

}  // namespace spate
