#include "spate/connect/service/GrpcErrors.h"

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <spark/connect/base.pb.h>

#include <optional>

#include "spate/connect/ErrorDetails.h"
#include "spate/connect/ServedSession.h"

namespace spate::connect {
namespace {

/// Clients accept 8 KiB of metadata, in which the message stands twice and in a longer form. What
/// does not fit is fetched by the client.
constexpr size_t kMaxMessageBytes = 1024;
constexpr size_t kMaxParametersBytes = 1024;

/// Not inside of a character.
std::string abbreviate(const std::string& text, size_t maxBytes) {
  if (text.size() <= maxBytes) return text;
  size_t end = maxBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

}  // namespace

grpc::Status toGrpcStatus(const Status& status, ServedSession* session) {
  if (status.ok()) return {};
  const ErrorDetails details = describeError(status);
  google::rpc::ErrorInfo info;
  info.set_reason(details.classes.front());
  info.set_domain("org.apache.spark");
  auto& metadata = *info.mutable_metadata();
  metadata["classes"] = jsonOf(details.classes);
  if (!details.errorClass.empty()) {
    metadata["errorClass"] = details.errorClass;
    const std::string parameters = jsonOf(details.parameters);
    if (parameters.size() <= kMaxParametersBytes) metadata["messageParameters"] = parameters;
  }
  if (!details.sqlState.empty()) metadata["sqlState"] = details.sqlState;
  const std::string message = abbreviate(details.message, kMaxMessageBytes);
  if (session != nullptr) metadata["errorId"] = session->keepError(details);

  google::rpc::Status rpc;
  rpc.set_code(grpc::StatusCode::INTERNAL);
  rpc.set_message(message);
  rpc.add_details()->PackFrom(info);
  return {grpc::StatusCode::INTERNAL, message, rpc.SerializeAsString()};
}

void writeErrorDetails(const ServedSession& session, const std::string& errorId,
                       ::spark::connect::FetchErrorDetailsResponse* message) {
  const std::optional<ErrorDetails> details = session.error(errorId);
  if (!details) return;
  message->set_root_error_idx(0);
  auto* error = message->add_errors();
  for (const std::string& name : details->classes) error->add_error_type_hierarchy(name);
  error->set_message(details->message);
  if (details->errorClass.empty()) return;
  auto* throwable = error->mutable_spark_throwable();
  throwable->set_error_class(details->errorClass);
  throwable->mutable_message_parameters()->insert(details->parameters.begin(),
                                                  details->parameters.end());
  if (!details->sqlState.empty()) throwable->set_sql_state(details->sqlState);
}

}  // namespace spate::connect
