#include "ServerProgram.h"

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "spate/base/FaultPoints.h"
#include "spate/connect/ConnectServer.h"

namespace spate {
namespace {

struct CommandLine {
  connect::ServerOptions server;
  EngineOptions engine;
  std::string tokenFile;
  std::string certificateFile;
  std::string keyFile;
  std::vector<std::string> conf;
  std::vector<std::string> kills;
  std::string faultPointFile;
};

void describe(CLI::App& app, CommandLine& line) {
  app.add_option("--host", line.server.host,
                 "Address to listen on; any but a loopback address needs a token")
      ->capture_default_str();
  app.add_option("--port", line.server.port, "Port to listen on; 0 chooses a free one")
      ->capture_default_str()
      ->check(CLI::Range(0, 65535));
  auto* token = app.add_option("--token", line.server.token,
                               "Token that clients must have: sc://host:port/;token=...");
  app.add_option("--token-file", line.tokenFile,
                 "The same out of a file, which other users of the machine cannot read")
      ->check(CLI::ExistingFile)
      ->excludes(token);
  auto* certificate = app.add_option("--tls-cert", line.certificateFile,
                                     "Certificate (PEM); clients say ;use_ssl=true")
                          ->check(CLI::ExistingFile);
  app.add_option("--tls-key", line.keyFile, "Its private key (PEM)")
      ->check(CLI::ExistingFile)
      ->needs(certificate);
  certificate->needs("--tls-key");
  app.add_option("--master", line.engine.master, "local, local[N] or local[*]: tasks at a time")
      ->capture_default_str();
  app.add_option("--conf", line.conf, "KEY=VALUE that every session begins with; may be repeated");
  // For tests of recovery: not in --help.
  app.add_option("--kill", line.kills, "POINT:NTH, where the server ends itself by SIGKILL")
      ->group("");
  app.add_option("--fault-points", line.faultPointFile, "File for the names of those reached")
      ->group("");
}

std::optional<std::string> readFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

Status readFiles(CommandLine& line) {
  const auto read = [](const std::string& path, std::string* text) {
    if (path.empty()) return Status::OK();
    auto content = readFile(path);
    if (!content) return Status::ioError("Cannot read " + path);
    *text = *std::move(content);
    return Status::OK();
  };
  SPATE_RETURN_IF_ERROR(read(line.tokenFile, &line.server.token));
  SPATE_RETURN_IF_ERROR(read(line.certificateFile, &line.server.tlsCertificate));
  SPATE_RETURN_IF_ERROR(read(line.keyFile, &line.server.tlsKey));
  while (!line.server.token.empty() &&
         (line.server.token.back() == '\n' || line.server.token.back() == '\r')) {
    line.server.token.pop_back();
  }
  if (!line.tokenFile.empty() && line.server.token.empty()) {
    return Status::invalidArgument("There is no token in " + line.tokenFile);
  }
  for (const std::string& pair : line.conf) {
    const size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Status::invalidArgument("--conf wants KEY=VALUE, not " + pair);
    }
    line.engine.conf[pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return Status::OK();
}

Status arm(const CommandLine& line, FaultPoints& points) {
  for (const std::string& kill : line.kills) SPATE_RETURN_IF_ERROR(points.armKill(kill));
  if (line.faultPointFile.empty()) return Status::OK();
  // The names are there however the server ends.
  points.observe([file = std::make_shared<std::ofstream>(line.faultPointFile),
                  seen = std::set<std::string, std::less<>>()](std::string_view name) mutable {
    if (seen.emplace(name).second) *file << name << std::endl;
  });
  return Status::OK();
}

int complain(const Status& status) {
  std::fprintf(stderr, "spate: %s\n", status.message().c_str());
  return 1;
}

/// What a client on this machine connects to.
std::string urlOf(const CommandLine& line, int port) {
  const bool isAnyAddress = line.server.host == "0.0.0.0" || line.server.host == "::";
  // With a token clients want TLS, but for this name.
  const bool isLocal = isAnyAddress || connect::isLoopback(line.server.host);
  std::string host = isLocal ? "localhost" : line.server.host;
  if (host.find(':') != std::string::npos) host = "[" + host + "]";
  std::string url = "sc://" + host + ":" + std::to_string(port) + "/";
  if (!line.server.token.empty()) url += ";token=" + line.server.token;
  if (!line.server.tlsKey.empty()) url += ";use_ssl=true";
  return url;
}

int serve(CommandLine& line, const EngineMaker& makeEngine) {
  if (Status status = readFiles(line); !status.ok()) return complain(status);

  // Threads inherit the mask: the signals are for sigwait() below alone.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  FaultPoints points;
  if (Status status = arm(line, points); !status.ok()) return complain(status);
  line.engine.faultPoints = &points;
  auto engine = makeEngine(line.engine);
  if (!engine) return complain(engine.error());
  auto server = connect::ConnectServer::start(line.server, **engine);
  if (!server) return complain(server.error());
  (*engine)->onServing(urlOf(line, (*server)->port()));

  const bool isIpv6 = line.server.host.find(':') != std::string::npos;
  std::printf("Spate serves Spark Connect on sc://%s%s%s:%d\n", isIpv6 ? "[" : "",
              line.server.host.c_str(), isIpv6 ? "]" : "", (*server)->port());
  std::fflush(stdout);

  int signal = 0;
  sigwait(&signals, &signal);
  (*server)->stop();
  return 0;
}

}  // namespace

int runServerProgram(int argc, const char* const* argv, const EngineMaker& makeEngine) {
  CLI::App app("Spate: a native stream engine that speaks Spark", "spate");
  app.require_subcommand(1);
  CLI::App* server = app.add_subcommand(
      "server", "Serves Spark Connect: SparkSession.builder.remote(\"sc://localhost:15002\")");
  CommandLine line;
  describe(*server, line);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  return serve(line, makeEngine);
}

}  // namespace spate
