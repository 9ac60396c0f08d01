#include "spate/types/ArrowStatus.h"

#include <memory>
#include <string>

namespace spate {
namespace {

constexpr const char* kTypeId = "spate::Status";

class CarriedStatus final : public arrow::StatusDetail {
 public:
  explicit CarriedStatus(Status status) : status_(std::move(status)) {}
  const char* type_id() const override { return kTypeId; }
  std::string ToString() const override { return status_.toString(); }
  const Status& status() const { return status_; }

 private:
  const Status status_;
};

arrow::StatusCode arrowCode(StatusCode code) {
  switch (code) {
    case StatusCode::kOk: return arrow::StatusCode::OK;
    case StatusCode::kInvalidArgument: return arrow::StatusCode::Invalid;
    case StatusCode::kNotFound: return arrow::StatusCode::KeyError;
    case StatusCode::kAlreadyExists: return arrow::StatusCode::AlreadyExists;
    case StatusCode::kIoError:
    case StatusCode::kDiskFull:
    case StatusCode::kCorrupt: return arrow::StatusCode::IOError;
    case StatusCode::kUnsupported: return arrow::StatusCode::NotImplemented;
    case StatusCode::kCancelled: return arrow::StatusCode::Cancelled;
    case StatusCode::kUserCode:
    case StatusCode::kInternal: return arrow::StatusCode::UnknownError;
  }
  return arrow::StatusCode::UnknownError;
}

StatusCode codeOf(const arrow::Status& status) {
  switch (status.code()) {
    case arrow::StatusCode::Invalid:
    case arrow::StatusCode::TypeError:
    case arrow::StatusCode::IndexError: return StatusCode::kInvalidArgument;
    case arrow::StatusCode::KeyError: return StatusCode::kNotFound;
    case arrow::StatusCode::AlreadyExists: return StatusCode::kAlreadyExists;
    case arrow::StatusCode::IOError:
    case arrow::StatusCode::SerializationError: return StatusCode::kIoError;
    case arrow::StatusCode::NotImplemented: return StatusCode::kUnsupported;
    case arrow::StatusCode::Cancelled: return StatusCode::kCancelled;
    default: return StatusCode::kInternal;
  }
}

}  // namespace

arrow::Status toArrowStatus(const Status& status) {
  if (status.ok()) return arrow::Status::OK();
  return arrow::Status(arrowCode(status.code()), status.message(),
                       std::make_shared<CarriedStatus>(status));
}

Status fromArrow(const arrow::Status& status) {
  if (status.ok()) return Status::OK();
  const auto& detail = status.detail();
  if (detail != nullptr && std::string_view(detail->type_id()) == kTypeId)
    return static_cast<const CarriedStatus&>(*detail).status();
  return Status(codeOf(status), status.message());
}

}  // namespace spate
