#include "spate/connect/service/Answers.h"

#include <spark/connect/base.pb.h>

#include <memory>
#include <utility>

#include "spate/connect/ErrorDetails.h"
#include "spate/connect/Uuid.h"

namespace spate::connect {

namespace sc = ::spark::connect;

namespace {

class MessageResponse : public Response {
 public:
  explicit MessageResponse(sc::ExecutePlanResponse message)
      : message_(std::move(message)), bytes_(message_.ByteSizeLong()) {}
  size_t byteSize() const override { return bytes_; }
  const sc::ExecutePlanResponse& message() const { return message_; }

 private:
  sc::ExecutePlanResponse message_;
  size_t bytes_;
};

}  // namespace

sc::ExecutePlanResponse Answers::make() const {
  sc::ExecutePlanResponse answer;
  answer.set_session_id(session_.identity().sessionId);
  answer.set_server_side_session_id(session_.serverSideId());
  answer.set_operation_id(operation_.id());
  answer.set_response_id(randomUuid());
  return answer;
}

Status Answers::send(sc::ExecutePlanResponse answer) {
  if (operation_.stopToken().stop_requested()) return operationCanceled();
  const std::string id = answer.response_id();
  if (operation_.responses().add(id, std::make_shared<MessageResponse>(std::move(answer)))) {
    return Status::OK();
  }
  return operationCanceled();
}

const sc::ExecutePlanResponse& messageOf(const Response& response) {
  return static_cast<const MessageResponse&>(response).message();
}

}  // namespace spate::connect
