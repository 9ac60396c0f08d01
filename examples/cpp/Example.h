#pragma once

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "spate/dstream/StreamingContext.h"

/// What the command line of an example says.
struct ExampleOptions {
  std::string master = "local[2]";
  std::string host = "localhost";
  int port = 9999;
  std::string directory = ".";
  double batchSeconds = 1;
  std::string checkpoint = {};
  int stopAfterBatches = 0;
};

/// The command line of the examples, and their end: after --stop-after-batches, or on SIGINT and
/// SIGTERM, which let the batches finish that have data.
class Example {
 public:
  Example(const std::string& about, ExampleOptions defaults)
      : options_(std::move(defaults)), app_(about) {
    // In all threads, so that only the one that waits for signals sees them.
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    app_.option_defaults()->always_capture_default();
    add("--master", options_.master, "local, local[N] or local[*]");
    add("--batch-seconds", options_.batchSeconds, "Length of a batch; fractions are allowed")
        ->check(CLI::PositiveNumber);
    add("--stop-after-batches", options_.stopAfterBatches, "End after so many batches; 0: never")
        ->check(CLI::NonNegativeNumber);
  }

  Example& withSocket() {
    add("--host", options_.host, "Host to read lines from");
    add("--port", options_.port, "Its port")->check(CLI::Range(1, 65535));
    return *this;
  }
  Example& withDirectory(const std::string& meaning) {
    add("--directory", options_.directory, meaning);
    return *this;
  }
  Example& withCheckpoint() {
    add("--checkpoint", options_.checkpoint, "Directory to keep what a restart needs");
    return *this;
  }
  template <class T>
  CLI::Option* add(const std::string& name, T& value, const std::string& meaning) {
    return app_.add_option(name, value, meaning);
  }

  /// Runs the program; the result is for main() to return.
  int run(int argc, char** argv, const std::function<void(const ExampleOptions&)>& program) {
    try {
      app_.parse(argc, argv);
      std::thread([signals = signals_] { stopOnSignal(signals); }).detach();
      program(options_);
      return 0;
    } catch (const CLI::ParseError& e) {
      return app_.exit(e);
    } catch (const std::exception& e) {
      std::fprintf(stderr, "%s\n", e.what());
      return 1;
    }
  }

  /// Ends the stream after as many batches as the command line says.
  static void stopAfterBatches(spate::StreamingContext& ssc, int batches) {
    if (batches > 0) ssc.addStreamingListener(std::make_shared<StopAfter>(batches));
  }

 private:
  class StopAfter final : public spate::StreamingListener {
   public:
    explicit StopAfter(int batches) : left_(batches) {}
    void onBatchCompleted(const spate::BatchInfo&) override {
      if (--left_ > 0) return;
      // The batch that this is told of was the last one; no other begins.
      if (auto active = spate::StreamingContext::getActive()) active->stop(false);
    }

   private:
    int left_;
  };

  static void stopOnSignal(const sigset_t& signals) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (auto active = spate::StreamingContext::getActive())
      active->stop(false, true);
    else
      std::_Exit(128 + signal);
  }

  ExampleOptions options_;
  CLI::App app_;
  sigset_t signals_{};
};
