#include "spate/connect/ConnectServer.h"

#include <arpa/inet.h>
#include <grpcpp/impl/codegen/service_type.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <thread>

#include "spate/connect/OperationThreads.h"
#include "spate/connect/SessionTable.h"
#include "spate/connect/service/ConnectService.h"

namespace spate::connect {
namespace {

class GrpcServer final : public ConnectServer {
 public:
  GrpcServer(const ServerOptions& options, SessionFactory& factory)
      : options_(options),
        sessions_(factory),
        service_(
            makeConnectService(sessions_, threads_,
                               {.token = options.token, .maxStreamTime = options.maxStreamTime})) {}
  ~GrpcServer() override { stop(); }
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  Status bind();
  int port() const override { return port_; }
  void stop() override;

 private:
  void keepTidy(const std::stop_token& stop);

  const ServerOptions options_;
  OperationThreads threads_;
  SessionTable sessions_;
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
  std::once_flag stopped_;
  std::jthread tidier_;
};

Status GrpcServer::bind() {
  std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials();
  if (!options_.tlsKey.empty()) {
    grpc::SslServerCredentialsOptions ssl;
    ssl.pem_key_cert_pairs.push_back({options_.tlsKey, options_.tlsCertificate});
    credentials = grpc::SslServerCredentials(ssl);
  }
  const bool isIpv6 = options_.host.find(':') != std::string::npos;
  const std::string host = isIpv6 ? "[" + options_.host + "]" : options_.host;
  const std::string address = host + ":" + std::to_string(options_.port);
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, credentials, &port_);
  builder.RegisterService(service_.get());
  builder.SetMaxReceiveMessageSize(options_.maxMessageBytes);
  builder.SetMaxSendMessageSize(-1);
  // Clients of Spark 4.3 send pings all the time, which gRPC would take for an attack.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 1000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
  // Two servers on one port would each get a part of the requests.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port_ == 0) {
    return Status::ioError("Cannot listen on " + address + ": is the port in use?");
  }
  tidier_ = std::jthread([this](const std::stop_token& stop) { keepTidy(stop); });
  return Status::OK();
}

void GrpcServer::keepTidy(const std::stop_token& stop) {
  const auto interval = std::min(std::min(options_.sessionTimeout, options_.abandonedTimeout) / 5,
                                 std::chrono::milliseconds(std::chrono::seconds(30)));
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    never.wait_for(lock, stop, interval, [] { return false; });
    if (stop.stop_requested()) return;
    sessions_.releaseIdle(options_.sessionTimeout, options_.abandonedTimeout);
  }
}

void GrpcServer::stop() {
  std::call_once(stopped_, [this] {
    if (tidier_.joinable()) {
      tidier_.request_stop();
      tidier_.join();
    }
    // Sessions first: calls that wait for an operation come back then.
    sessions_.closeAll();
    if (server_ != nullptr) {
      server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5));
      server_->Wait();
    }
    // What was begun between the two.
    sessions_.closeAll();
    threads_.wait();
  });
}

}  // namespace

bool isLoopback(const std::string& host) {
  if (host == "localhost" || host == "::1") return true;
  in_addr address{};
  if (inet_pton(AF_INET, host.c_str(), &address) != 1) return false;
  return (ntohl(address.s_addr) >> 24) == 127;
}

Result<std::unique_ptr<ConnectServer>> ConnectServer::start(const ServerOptions& options,
                                                            SessionFactory& factory) {
  if (options.token.empty() && !isLoopback(options.host)) {
    return failure(Status::invalidArgument(
        "Without a token only a loopback address is served, and " + options.host +
        " is none: whoever reaches the port could run programs here"));
  }
  if (options.tlsCertificate.empty() != options.tlsKey.empty()) {
    return failure(Status::invalidArgument("TLS needs a certificate and its key"));
  }
  auto server = std::make_unique<GrpcServer>(options, factory);
  SPATE_FAIL_IF_ERROR(server->bind());
  return server;
}

}  // namespace spate::connect
