#include "spate/connect/ArrowStatus.h"

#include <memory>
#include <string>
#include <utility>

namespace spate {
namespace {

constexpr const char* kDetailType = "spate::Status";

class StatusInside : public arrow::StatusDetail {
 public:
  explicit StatusInside(Status status) : status_(std::move(status)) {}
  const char* type_id() const override { return kDetailType; }
  std::string ToString() const override { return status_.errorClass(); }
  const Status& status() const { return status_; }

 private:
  Status status_;
};

arrow::StatusCode arrowCode(StatusCode code) {
  switch (code) {
    case StatusCode::kInvalidArgument: return arrow::StatusCode::Invalid;
    case StatusCode::kIoError:
    case StatusCode::kDiskFull: return arrow::StatusCode::IOError;
    case StatusCode::kUnsupported: return arrow::StatusCode::NotImplemented;
    case StatusCode::kCancelled: return arrow::StatusCode::Cancelled;
    default: return arrow::StatusCode::ExecutionError;
  }
}

}  // namespace

arrow::Status toArrowStatus(const Status& status) {
  if (status.ok()) return arrow::Status::OK();
  return {arrowCode(status.code()), status.message(), std::make_shared<StatusInside>(status)};
}

Status fromArrowStatus(const arrow::Status& status) {
  if (status.ok()) return Status::OK();
  if (status.detail() != nullptr && std::string_view(status.detail()->type_id()) == kDetailType) {
    return static_cast<const StatusInside&>(*status.detail()).status();
  }
  switch (status.code()) {
    case arrow::StatusCode::Cancelled: return Status::cancelled(status.message());
    case arrow::StatusCode::IOError: return Status::ioError(status.message());
    case arrow::StatusCode::NotImplemented: return Status::unsupported(status.message());
    case arrow::StatusCode::Invalid: return Status::invalidArgument(status.message());
    default: return Status::internal(status.ToString());
  }
}

}  // namespace spate
