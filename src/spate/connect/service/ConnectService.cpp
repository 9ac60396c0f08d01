#include "spate/connect/service/ConnectService.h"

#include <grpcpp/server_context.h>
#include <spark/connect/base.grpc.pb.h>

#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "spate/connect/ErrorDetails.h"
#include "spate/connect/OperationThreads.h"
#include "spate/connect/SessionTable.h"
#include "spate/connect/Uuid.h"
#include "spate/connect/service/Analysis.h"
#include "spate/connect/service/Answers.h"
#include "spate/connect/service/ArtifactReceiver.h"
#include "spate/connect/service/Configuration.h"
#include "spate/connect/service/Execution.h"
#include "spate/connect/service/GrpcErrors.h"

namespace spate::connect {

namespace sc = ::spark::connect;

namespace {

using ServedPtr = std::shared_ptr<ServedSession>;
using Writer = grpc::ServerWriter<sc::ExecutePlanResponse>;

/// As long for a wrong text as for the right one.
bool isEqual(std::string_view a, std::string_view b) {
  size_t difference = a.size() ^ b.size();
  for (size_t i = 0; i < a.size(); ++i) {
    difference |= static_cast<size_t>(static_cast<unsigned char>(a[i]) ^
                                      static_cast<unsigned char>(b[b.empty() ? 0 : i % b.size()]));
  }
  return difference == 0;
}

template <class Request>
SessionIdentity identityOf(const Request& request) {
  return {request.user_context().user_id(), request.session_id()};
}

template <class Response>
void writeIds(const ServedSession& session, Response* response) {
  response->set_session_id(session.identity().sessionId);
  response->set_server_side_session_id(session.serverSideId());
}

class ConnectService final : public sc::SparkConnectService::Service {
 public:
  ConnectService(SessionTable& sessions, OperationThreads& threads, ServiceOptions options)
      : sessions_(sessions), threads_(threads), options_(std::move(options)) {}

  grpc::Status ExecutePlan(grpc::ServerContext* context, const sc::ExecutePlanRequest* request,
                           Writer* writer) override;
  grpc::Status ReattachExecute(grpc::ServerContext* context,
                               const sc::ReattachExecuteRequest* request, Writer* writer) override;
  grpc::Status ReleaseExecute(grpc::ServerContext* context,
                              const sc::ReleaseExecuteRequest* request,
                              sc::ReleaseExecuteResponse* response) override;
  grpc::Status AnalyzePlan(grpc::ServerContext* context, const sc::AnalyzePlanRequest* request,
                           sc::AnalyzePlanResponse* response) override {
    return answer(*context, *request, response,
                  [&](ServedSession& session) { return analyze(session, *request, response); });
  }
  grpc::Status Config(grpc::ServerContext* context, const sc::ConfigRequest* request,
                      sc::ConfigResponse* response) override {
    return answer(*context, *request, response,
                  [&](ServedSession& session) { return configure(session, *request, response); });
  }
  grpc::Status AddArtifacts(grpc::ServerContext* context,
                            grpc::ServerReader<sc::AddArtifactsRequest>* reader,
                            sc::AddArtifactsResponse* response) override;
  grpc::Status ArtifactStatus(grpc::ServerContext* context,
                              const sc::ArtifactStatusesRequest* request,
                              sc::ArtifactStatusesResponse* response) override;
  grpc::Status Interrupt(grpc::ServerContext* context, const sc::InterruptRequest* request,
                         sc::InterruptResponse* response) override;
  grpc::Status ReleaseSession(grpc::ServerContext* context,
                              const sc::ReleaseSessionRequest* request,
                              sc::ReleaseSessionResponse* response) override;
  grpc::Status FetchErrorDetails(grpc::ServerContext* context,
                                 const sc::FetchErrorDetailsRequest* request,
                                 sc::FetchErrorDetailsResponse* response) override;
  grpc::Status CloneSession(grpc::ServerContext* context, const sc::CloneSessionRequest* request,
                            sc::CloneSessionResponse* response) override;
  grpc::Status GetStatus(grpc::ServerContext* context, const sc::GetStatusRequest* request,
                         sc::GetStatusResponse* response) override;

 private:
  grpc::Status authorize(const grpc::ServerContext& context) const;

  /// What most calls are: find the session, name it in the response, do something in it.
  template <class Request, class Response, class Work>
  grpc::Status answer(const grpc::ServerContext& context, const Request& request,
                      Response* response, const Work& work) {
    if (grpc::Status denied = authorize(context); !denied.ok()) return denied;
    auto session =
        sessions_.getOrMake(identityOf(request), request.client_observed_server_side_session_id());
    if (!session) return toGrpcStatus(session.error(), nullptr);
    writeIds(**session, response);
    return toGrpcStatus(work(**session), session->get());
  }

  grpc::Status sendAnswers(grpc::ServerContext* context, const ServedPtr& session,
                           const std::shared_ptr<Operation>& operation, uint64_t stream,
                           Writer* writer) const;

  SessionTable& sessions_;
  OperationThreads& threads_;
  const ServiceOptions options_;
};

grpc::Status ConnectService::authorize(const grpc::ServerContext& context) const {
  if (options_.token.empty()) return {};
  const auto found = context.client_metadata().find("authorization");
  if (found != context.client_metadata().end()) {
    const std::string_view given(found->second.data(), found->second.size());
    if (isEqual(given, "Bearer " + options_.token)) return {};
  }
  return {grpc::StatusCode::UNAUTHENTICATED,
          "This server asks for its token: sc://host:port/;token=..."};
}

grpc::Status ConnectService::ExecutePlan(grpc::ServerContext* context,
                                         const sc::ExecutePlanRequest* request, Writer* writer) {
  if (grpc::Status denied = authorize(*context); !denied.ok()) return denied;
  auto session =
      sessions_.getOrMake(identityOf(*request), request->client_observed_server_side_session_id());
  if (!session) return toGrpcStatus(session.error(), nullptr);
  const ServedPtr served = *session;
  const std::string id = request->has_operation_id() ? request->operation_id() : randomUuid();
  if (!isUuid(id)) return toGrpcStatus(invalidHandle("FORMAT", id), served.get());
  bool isReattachable = false;
  for (const sc::ExecutePlanRequest_RequestOption& option : request->request_options()) {
    isReattachable = isReattachable || option.reattach_options().reattachable();
  }
  auto begun = served->begin(id, {request->tags().begin(), request->tags().end()}, isReattachable);
  if (!begun) return toGrpcStatus(begun.error(), served.get());
  const std::shared_ptr<Operation> operation = *begun;
  const auto stream = operation->responses().attach(std::nullopt);
  if (!stream) return toGrpcStatus(stream.error(), served.get());

  threads_.start(
      [served, operation, plan = std::make_shared<const sc::ExecutePlanRequest>(*request)] {
        operation->responses().finish(execute(*served, *operation, *plan));
        served->touch();
      });
  return sendAnswers(context, served, operation, *stream, writer);
}

grpc::Status ConnectService::ReattachExecute(grpc::ServerContext* context,
                                             const sc::ReattachExecuteRequest* request,
                                             Writer* writer) {
  if (grpc::Status denied = authorize(*context); !denied.ok()) return denied;
  auto session =
      sessions_.get(identityOf(*request), request->client_observed_server_side_session_id());
  if (!session) return toGrpcStatus(session.error(), nullptr);
  auto operation = (*session)->operation(request->operation_id());
  if (!operation) return toGrpcStatus(operation.error(), session->get());
  if (!(*operation)->isReattachable()) {
    return toGrpcStatus(invalidCursor("NOT_REATTACHABLE", request->last_response_id()),
                        session->get());
  }
  std::optional<std::string> last;
  if (request->has_last_response_id()) last = request->last_response_id();
  const auto stream = (*operation)->responses().attach(last);
  if (!stream) return toGrpcStatus(stream.error(), session->get());
  return sendAnswers(context, *session, *operation, *stream, writer);
}

grpc::Status ConnectService::sendAnswers(grpc::ServerContext* context, const ServedPtr& session,
                                         const std::shared_ptr<Operation>& operation,
                                         uint64_t stream, Writer* writer) const {
  using Taken = ResponseBuffer::Taken;
  const auto end = ResponseBuffer::Clock::now() + options_.maxStreamTime;
  ResponseBuffer& responses = operation->responses();
  // A client that has gone away is noticed when the wait is over.
  constexpr std::chrono::seconds kWait(1);
  grpc::Status outcome;
  bool isOver = false;
  while (!isOver) {
    Taken taken = responses.take(stream, ResponseBuffer::Clock::now() + kWait);
    switch (taken.kind) {
      case Taken::Kind::kResponse: isOver = !writer->Write(messageOf(*taken.response)); break;
      case Taken::Kind::kEnd:
        outcome = toGrpcStatus(taken.outcome, session.get());
        isOver = true;
        break;
      case Taken::Kind::kDisconnected: {
        // Interrupted by the release of the operation, or by another stream.
        const bool isReleased = session->findOperation(operation->id()) != operation;
        outcome = toGrpcStatus(isReleased ? operationCanceled() : invalidCursor("DISCONNECTED", ""),
                               session.get());
        isOver = true;
        break;
      }
      case Taken::Kind::kTimeout: break;
    }
    if (context->IsCancelled()) isOver = true;
    if (operation->isReattachable() && ResponseBuffer::Clock::now() >= end) isOver = true;
  }
  responses.detach(stream);
  if (!operation->isReattachable()) session->release(operation->id());
  return outcome;
}

grpc::Status ConnectService::ReleaseExecute(grpc::ServerContext* context,
                                            const sc::ReleaseExecuteRequest* request,
                                            sc::ReleaseExecuteResponse* response) {
  if (grpc::Status denied = authorize(*context); !denied.ok()) return denied;
  auto session =
      sessions_.get(identityOf(*request), request->client_observed_server_side_session_id());
  if (!session) return toGrpcStatus(session.error(), nullptr);
  writeIds(**session, response);
  // Released before: fine, the operation id is left out.
  const auto operation = (*session)->findOperation(request->operation_id());
  if (operation == nullptr) return {};
  response->set_operation_id(operation->id());
  if (request->has_release_until()) {
    operation->responses().releaseUntil(request->release_until().response_id());
  } else if (request->has_release_all()) {
    (*session)->release(operation->id());
  } else {
    return toGrpcStatus(invalidPlan("A release says neither what nor all"), session->get());
  }
  return {};
}

grpc::Status ConnectService::AddArtifacts(grpc::ServerContext* context,
                                          grpc::ServerReader<sc::AddArtifactsRequest>* reader,
                                          sc::AddArtifactsResponse* response) {
  if (grpc::Status denied = authorize(*context); !denied.ok()) return denied;
  ServedPtr session;
  std::optional<ArtifactReceiver> receiver;
  sc::AddArtifactsRequest request;
  while (reader->Read(&request)) {
    if (session == nullptr) {
      auto found = sessions_.getOrMake(identityOf(request),
                                       request.client_observed_server_side_session_id());
      if (!found) return toGrpcStatus(found.error(), nullptr);
      session = *found;
      writeIds(*session, response);
      receiver.emplace(session->engine());
    }
    if (Status status = receiver->receive(request, response); !status.ok()) {
      return toGrpcStatus(status, session.get());
    }
  }
  if (session == nullptr) {
    return toGrpcStatus(Status::invalidArgument("No artifact was sent"), nullptr);
  }
  return toGrpcStatus(receiver->finish(), session.get());
}

grpc::Status ConnectService::ArtifactStatus(grpc::ServerContext* context,
                                            const sc::ArtifactStatusesRequest* request,
                                            sc::ArtifactStatusesResponse* response) {
  return answer(*context, *request, response, [&](ServedSession& session) {
    for (const std::string& name : request->names()) {
      // Only what is named by its content can be known to be the same.
      const bool exists =
          name.rfind("cache/", 0) == 0 && session.engine().artifact(name).has_value();
      (*response->mutable_statuses())[name].set_exists(exists);
    }
    return Status::OK();
  });
}

grpc::Status ConnectService::Interrupt(grpc::ServerContext* context,
                                       const sc::InterruptRequest* request,
                                       sc::InterruptResponse* response) {
  return answer(*context, *request, response, [&](ServedSession& session) {
    std::vector<std::string> ids;
    // Streaming queries run on behalf of operations that have ended.
    const auto stopStarted = [&](const std::optional<std::string>& tag) {
      for (const auto& [id, query] : session.started(tag)) {
        ids.push_back(id);
        threads_.start([query] { static_cast<void>(query->stop()); });
      }
    };
    switch (request->interrupt_type()) {
      case sc::InterruptRequest::INTERRUPT_TYPE_ALL:
        ids = session.interrupt(std::nullopt);
        stopStarted(std::nullopt);
        break;
      case sc::InterruptRequest::INTERRUPT_TYPE_TAG:
        ids = session.interrupt(request->operation_tag());
        stopStarted(request->operation_tag());
        break;
      case sc::InterruptRequest::INTERRUPT_TYPE_OPERATION_ID:
        if (const auto operation = session.findOperation(request->operation_id());
            operation != nullptr && !operation->responses().isFinished()) {
          operation->interrupt();
          ids.push_back(operation->id());
        }
        break;
      default: return invalidPlan("An interrupt of an unknown type");
    }
    for (std::string& id : ids) response->add_interrupted_ids(std::move(id));
    return Status::OK();
  });
}

grpc::Status ConnectService::ReleaseSession(grpc::ServerContext* context,
                                            const sc::ReleaseSessionRequest* request,
                                            sc::ReleaseSessionResponse* response) {
  if (grpc::Status denied = authorize(*context); !denied.ok()) return denied;
  const auto released = sessions_.release(identityOf(*request), request->allow_reconnect());
  if (!released) return toGrpcStatus(released.error(), nullptr);
  response->set_session_id(request->session_id());
  response->set_server_side_session_id(*released);
  return {};
}

grpc::Status ConnectService::FetchErrorDetails(grpc::ServerContext* context,
                                               const sc::FetchErrorDetailsRequest* request,
                                               sc::FetchErrorDetailsResponse* response) {
  if (grpc::Status denied = authorize(*context); !denied.ok()) return denied;
  auto session =
      sessions_.get(identityOf(*request), request->client_observed_server_side_session_id());
  if (!session) return toGrpcStatus(session.error(), nullptr);
  writeIds(**session, response);
  writeErrorDetails(**session, request->error_id(), response);
  return {};
}

grpc::Status ConnectService::CloneSession(grpc::ServerContext* context,
                                          const sc::CloneSessionRequest* request,
                                          sc::CloneSessionResponse* response) {
  return answer(*context, *request, response, [&](ServedSession& session) -> Status {
    std::optional<std::string> newId;
    if (request->has_new_session_id()) newId = request->new_session_id();
    SPATE_ASSIGN_OR_RETURN(const ServedPtr copy,
                           sessions_.clone(session.identity(), session.serverSideId(), newId));
    response->set_new_session_id(copy->identity().sessionId);
    response->set_new_server_side_session_id(copy->serverSideId());
    return Status::OK();
  });
}

grpc::Status ConnectService::GetStatus(grpc::ServerContext* context,
                                       const sc::GetStatusRequest* request,
                                       sc::GetStatusResponse* response) {
  return answer(*context, *request, response, [&](ServedSession& session) {
    using State = sc::GetStatusResponse_OperationStatus;
    for (const std::string& id : request->operation_status().operation_ids()) {
      auto* status = response->add_operation_statuses();
      status->set_operation_id(id);
      const auto operation = session.findOperation(id);
      if (operation == nullptr) {
        status->set_state(State::OPERATION_STATE_UNKNOWN);
      } else if (!operation->responses().isFinished()) {
        status->set_state(operation->stopToken().stop_requested()
                              ? State::OPERATION_STATE_TERMINATING
                              : State::OPERATION_STATE_RUNNING);
      } else if (operation->stopToken().stop_requested()) {
        status->set_state(State::OPERATION_STATE_CANCELLED);
      } else {
        status->set_state(operation->responses().hasFailed() ? State::OPERATION_STATE_FAILED
                                                             : State::OPERATION_STATE_SUCCEEDED);
      }
    }
    return Status::OK();
  });
}

}  // namespace

std::unique_ptr<grpc::Service> makeConnectService(SessionTable& sessions, OperationThreads& threads,
                                                  ServiceOptions options) {
  return std::make_unique<ConnectService>(sessions, threads, std::move(options));
}

}  // namespace spate::connect
