#include "spate/base/Status.h"

namespace spate {

std::string_view toString(StatusCode code) {
  switch (code) {
    case StatusCode::kOk: return "OK";
    case StatusCode::kInvalidArgument: return "InvalidArgument";
    case StatusCode::kNotFound: return "NotFound";
    case StatusCode::kAlreadyExists: return "AlreadyExists";
    case StatusCode::kIoError: return "IoError";
    case StatusCode::kDiskFull: return "DiskFull";
    case StatusCode::kCorrupt: return "Corrupt";
    case StatusCode::kUnsupported: return "Unsupported";
    case StatusCode::kCancelled: return "Cancelled";
    case StatusCode::kUserCode: return "UserCode";
    case StatusCode::kInternal: return "Internal";
  }
  return "Unknown";
}

Status Status::withContext(std::string_view context) const {
  if (ok()) return *this;
  Status wider = *this;
  wider.message_ = std::string(context) + ": " + message_;
  return wider;
}

std::string Status::toString() const {
  if (ok()) return "OK";
  return std::string(spate::toString(code_)) + ": " + message_;
}

}  // namespace spate
