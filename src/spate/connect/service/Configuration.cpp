#include "spate/connect/service/Configuration.h"

#include <spark/connect/base.pb.h>

#include <optional>
#include <string>

#include "spate/connect/ConfDefaults.h"
#include "spate/connect/ErrorDetails.h"
#include "spate/connect/ServedSession.h"

namespace spate::connect {

namespace sc = ::spark::connect;

namespace {

Result<std::optional<std::string>> valueOf(ServedSession& session, const std::string& key) {
  SPATE_ASSIGN_OR_FAIL(std::optional<std::string> value, session.engine().conf(key));
  if (!value) value = clientConfDefault(key);
  return value;
}

void addPair(const std::string& key, const std::optional<std::string>& value,
             sc::ConfigResponse* response) {
  sc::KeyValue* pair = response->add_pairs();
  pair->set_key(key);
  if (value) pair->set_value(*value);
}

Status set(ServedSession& session, const sc::ConfigRequest_Set& request) {
  for (const sc::KeyValue& pair : request.pairs()) {
    const Status status = session.engine().setConf(pair.key(), pair.value());
    // Silently, as a builder does with what the server decides alone.
    if (!status.ok() && !request.silent()) return status;
  }
  return Status::OK();
}

Status get(ServedSession& session, const sc::ConfigRequest_Get& request,
           sc::ConfigResponse* response) {
  for (const std::string& key : request.keys()) {
    SPATE_ASSIGN_OR_RETURN(const auto value, valueOf(session, key));
    if (!value) {
      return Status::notFound("The SQL config \"" + key +
                              "\" cannot be found. Please verify that the config exists.")
          .withErrorClass("SQL_CONF_NOT_FOUND", "42K0I", {{"sqlConf", "\"" + key + "\""}});
    }
    addPair(key, value, response);
  }
  return Status::OK();
}

}  // namespace

Status configure(ServedSession& session, const sc::ConfigRequest& request,
                 sc::ConfigResponse* response) {
  const sc::ConfigRequest_Operation& operation = request.operation();
  switch (operation.op_type_case()) {
    case sc::ConfigRequest_Operation::kSet: return set(session, operation.set());
    case sc::ConfigRequest_Operation::kGet: return get(session, operation.get(), response);
    case sc::ConfigRequest_Operation::kGetWithDefault:
      for (const sc::KeyValue& pair : operation.get_with_default().pairs()) {
        SPATE_ASSIGN_OR_RETURN(auto value, valueOf(session, pair.key()));
        if (!value && pair.has_value()) value = pair.value();
        addPair(pair.key(), value, response);
      }
      return Status::OK();
    case sc::ConfigRequest_Operation::kGetOption:
      for (const std::string& key : operation.get_option().keys()) {
        SPATE_ASSIGN_OR_RETURN(const auto value, valueOf(session, key));
        addPair(key, value, response);
      }
      return Status::OK();
    case sc::ConfigRequest_Operation::kGetAll: {
      // Keys come back without the prefix that was asked for.
      const std::string prefix = operation.get_all().prefix();
      for (const auto& [key, value] : session.engine().allConf(prefix)) {
        const bool hasPrefix = key.compare(0, prefix.size(), prefix) == 0;
        addPair(hasPrefix ? key.substr(prefix.size()) : key, value, response);
      }
      return Status::OK();
    }
    case sc::ConfigRequest_Operation::kUnset:
      for (const std::string& key : operation.unset().keys()) {
        SPATE_RETURN_IF_ERROR(session.engine().unsetConf(key));
      }
      return Status::OK();
    case sc::ConfigRequest_Operation::kIsModifiable:
      for (const std::string& key : operation.is_modifiable().keys()) {
        addPair(key, session.engine().isModifiable(key) ? "true" : "false", response);
      }
      return Status::OK();
    case sc::ConfigRequest_Operation::OP_TYPE_NOT_SET: break;
  }
  return invalidPlan("An operation on the configuration is not set");
}

}  // namespace spate::connect
