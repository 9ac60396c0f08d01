#include <spark/connect/base.pb.h>
#include <spark/connect/commands.pb.h>

#include <utility>

#include "spate/connect/ErrorDetails.h"
#include "spate/connect/service/Answers.h"
#include "spate/connect/service/Execution.h"

namespace spate::connect {

namespace sc = ::spark::connect;

namespace {

void writeId(const StreamingQuery& query, sc::StreamingQueryInstanceId* id) {
  id->set_id(query.id());
  id->set_run_id(query.runId());
}

template <class Message>
std::optional<std::chrono::milliseconds> timeoutOf(const Message& message) {
  if (!message.has_timeout_ms()) return std::nullopt;
  return std::chrono::milliseconds(message.timeout_ms());
}

Status start(ServedSession& session, const Operation& operation,
             const sc::WriteStreamOperationStart& message, Answers& answers) {
  PlanReader reader = readerFor(session);
  SPATE_ASSIGN_OR_RETURN(const plan::WriteStreamCommand write, reader.writeStream(message));
  SPATE_ASSIGN_OR_RETURN(const std::shared_ptr<StreamingQuery> query,
                         session.engine().start(write));
  session.keepStarted(operation, query);
  sc::ExecutePlanResponse answer = answers.make();
  sc::WriteStreamOperationStartResult* result =
      answer.mutable_write_stream_operation_start_result();
  writeId(*query, result->mutable_query_id());
  result->set_name(query->name());
  if (const auto bus = session.listenerBus()) {
    if (auto started = bus->takeStarted(query->runId())) {
      result->set_query_started_event_json(*std::move(started));
    }
  }
  return answers.send(std::move(answer));
}

Status answerQuery(const StreamingQuery& query, sc::StreamingQueryCommandResult* result) {
  const StreamingQueryStatus status = query.status();
  result->mutable_status()->set_status_message(status.message);
  result->mutable_status()->set_is_data_available(status.isDataAvailable);
  result->mutable_status()->set_is_trigger_active(status.isTriggerActive);
  result->mutable_status()->set_is_active(query.isActive());
  return Status::OK();
}

void writeException(const StreamingQuery& query, sc::StreamingQueryCommandResult* result) {
  result->mutable_exception();
  const std::optional<Status> exception = query.exception();
  if (!exception) return;
  const ErrorDetails details = describeError(*exception);
  result->mutable_exception()->set_exception_message(details.message);
  if (!details.errorClass.empty()) result->mutable_exception()->set_error_class(details.errorClass);
}

Status askQuery(ServedSession& session, Operation& operation,
                const sc::StreamingQueryCommand& message, Answers& answers) {
  SPATE_ASSIGN_OR_RETURN(const std::shared_ptr<StreamingQuery> query,
                         session.query(message.query_id().id(), message.query_id().run_id()));
  sc::ExecutePlanResponse answer = answers.make();
  sc::StreamingQueryCommandResult* result = answer.mutable_streaming_query_command_result();
  writeId(*query, result->mutable_query_id());
  switch (message.command_case()) {
    case sc::StreamingQueryCommand::kStatus:
      SPATE_RETURN_IF_ERROR(answerQuery(*query, result));
      break;
    case sc::StreamingQueryCommand::kLastProgress:
    case sc::StreamingQueryCommand::kRecentProgress: {
      std::vector<std::string> progress = query->recentProgress();
      if (message.command_case() == sc::StreamingQueryCommand::kLastProgress &&
          progress.size() > 1) {
        progress.erase(progress.begin(), progress.end() - 1);
      }
      result->mutable_recent_progress();
      for (std::string& one : progress) {
        result->mutable_recent_progress()->add_recent_progress_json(std::move(one));
      }
      break;
    }
    case sc::StreamingQueryCommand::kStop: SPATE_RETURN_IF_ERROR(query->stop()); break;
    case sc::StreamingQueryCommand::kProcessAllAvailable:
      SPATE_RETURN_IF_ERROR(query->processAllAvailable(operation.stopToken()));
      break;
    case sc::StreamingQueryCommand::kExplain: {
      SPATE_ASSIGN_OR_RETURN(std::string text, query->explain(message.explain().extended()));
      result->mutable_explain()->set_result(std::move(text));
      break;
    }
    case sc::StreamingQueryCommand::kException: writeException(*query, result); break;
    case sc::StreamingQueryCommand::kAwaitTermination: {
      SPATE_ASSIGN_OR_RETURN(
          const bool isTerminated,
          query->awaitTermination(timeoutOf(message.await_termination()), operation.stopToken()));
      result->mutable_await_termination()->set_terminated(isTerminated);
      break;
    }
    case sc::StreamingQueryCommand::COMMAND_NOT_SET:
      return invalidPlan("A command of a query is not set, or of a later version of Spark");
  }
  return answers.send(std::move(answer));
}

Status askStreams(ServedSession& session, Operation& operation,
                  const sc::StreamingQueryManagerCommand& message, Answers& answers) {
  StreamingQueryManager& streams = session.engine().streams();
  sc::ExecutePlanResponse answer = answers.make();
  sc::StreamingQueryManagerCommandResult* result =
      answer.mutable_streaming_query_manager_command_result();
  const auto write = [&](const std::shared_ptr<StreamingQuery>& query,
                         sc::StreamingQueryManagerCommandResult_StreamingQueryInstance* instance) {
    session.keepQuery(query);
    writeId(*query, instance->mutable_id());
    if (!query->name().empty()) instance->set_name(query->name());
  };
  switch (message.command_case()) {
    case sc::StreamingQueryManagerCommand::kActive:
      result->mutable_active();
      for (const auto& query : streams.active()) {
        write(query, result->mutable_active()->add_active_queries());
      }
      break;
    case sc::StreamingQueryManagerCommand::kGetQuery:
      // No answer of that kind: the client has None.
      if (const auto query = streams.get(message.get_query())) {
        write(query, result->mutable_query());
      }
      break;
    case sc::StreamingQueryManagerCommand::kAwaitAnyTermination: {
      SPATE_ASSIGN_OR_RETURN(const bool isTerminated,
                             streams.awaitAnyTermination(timeoutOf(message.await_any_termination()),
                                                         operation.stopToken()));
      result->mutable_await_any_termination()->set_terminated(isTerminated);
      break;
    }
    case sc::StreamingQueryManagerCommand::kResetTerminated:
      streams.resetTerminated();
      result->set_reset_terminated(true);
      break;
    case sc::StreamingQueryManagerCommand::kAddListener:
    case sc::StreamingQueryManagerCommand::kRemoveListener:
    case sc::StreamingQueryManagerCommand::kListListeners:
      return unsupportedFeature("Listeners that run in the server");
    case sc::StreamingQueryManagerCommand::COMMAND_NOT_SET:
      return invalidPlan("A command of spark.streams is not set, or of a later version of Spark");
  }
  return answers.send(std::move(answer));
}

sc::StreamingQueryEventType eventType(StreamingQueryEventType type) {
  switch (type) {
    case StreamingQueryEventType::kProgress: return sc::QUERY_PROGRESS_EVENT;
    case StreamingQueryEventType::kTerminated: return sc::QUERY_TERMINATED_EVENT;
    case StreamingQueryEventType::kIdle: return sc::QUERY_IDLE_EVENT;
    case StreamingQueryEventType::kStarted: break;
  }
  return sc::QUERY_PROGRESS_UNSPECIFIED;
}

/// Lasts until the client removes its last listener, or goes away.
Status sendEvents(ServedSession& session, Operation& operation, Answers& answers) {
  operation.refuseInterrupts();
  const std::shared_ptr<ListenerBus> bus = session.openListenerBus();
  sc::ExecutePlanResponse added = answers.make();
  added.mutable_streaming_query_listener_events_result()->set_listener_bus_listener_added(true);
  Status status = answers.send(std::move(added));
  while (status.ok()) {
    const std::vector<StreamingQueryEvent> events = bus->wait(operation.stopToken());
    if (events.empty()) break;
    sc::ExecutePlanResponse answer = answers.make();
    for (const StreamingQueryEvent& event : events) {
      sc::StreamingQueryListenerEvent* message =
          answer.mutable_streaming_query_listener_events_result()->add_events();
      message->set_event_json(event.json);
      message->set_event_type(eventType(event.type));
    }
    status = answers.send(std::move(answer));
  }
  session.closeListenerBus(bus);
  return status;
}

}  // namespace

Result<bool> runStreamingCommand(ServedSession& session, Operation& operation,
                                 const sc::Command& command, Answers& answers) {
  Status status;
  switch (command.command_type_case()) {
    case sc::Command::kWriteStreamOperationStart:
      status = start(session, operation, command.write_stream_operation_start(), answers);
      break;
    case sc::Command::kStreamingQueryCommand:
      status = askQuery(session, operation, command.streaming_query_command(), answers);
      break;
    case sc::Command::kStreamingQueryManagerCommand:
      status = askStreams(session, operation, command.streaming_query_manager_command(), answers);
      break;
    case sc::Command::kStreamingQueryListenerBusCommand: {
      const auto& bus = command.streaming_query_listener_bus_command();
      if (bus.add_listener_bus_listener()) {
        status = sendEvents(session, operation, answers);
      } else {
        session.closeListenerBus();
      }
      break;
    }
    default: return false;
  }
  if (!status.ok()) return failure(std::move(status));
  return true;
}

}  // namespace spate::connect
