#pragma once

#include "spate/base/Status.h"

namespace spark::connect {
class ConfigRequest;
class ConfigResponse;
}  // namespace spark::connect

namespace spate::connect {

class ServedSession;

/// spark.conf: reads and changes the configuration of a session.
///
/// Errors SQL_CONF_NOT_FOUND, and those of Session::setConf
/// Threads any
Status configure(ServedSession& session, const ::spark::connect::ConfigRequest& request,
                 ::spark::connect::ConfigResponse* response);

}  // namespace spate::connect
