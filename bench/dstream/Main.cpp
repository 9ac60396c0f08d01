#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "Harness.h"

namespace {

using namespace spate::bench;

struct Part {
  const char* name;
  const char* title;
  void (*run)(const Settings&);
};

constexpr Part kParts[] = {
    {"wordcount", "word count over lines in memory, against a hand-written loop", &benchWordCount},
    {"latency", "an empty and a small batch, checkpointing on", &benchLatency},
    {"state", "1 M keys, of which 10 k get new values in a batch", &benchState},
    {"window", "reduceByKeyAndWindow with an inverse, sliding by one batch", &benchWindow},
};

/// Each part in a process of its own, so that its peak memory is its own.
bool runPart(const Part& part, const Settings& settings) {
  std::printf("%s: %s\n", part.name, part.title);
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    part.run(settings);
    std::fflush(stdout);
    ::_exit(anyFailed() ? 1 : 0);
  }
  int status = 0;
  rusage usage{};
  ::wait4(child, &status, 0, &usage);
  report("peak memory", std::to_string(usage.ru_maxrss / 1024) + " MiB");
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "The hot paths of DStreams: ratios to a hand-written loop, and times of a batch. Every part "
      "checks its results; the exit code is 1 when one is wrong. Times never decide it."};
  Settings settings;
  settings.text = "build/data/shakespeare.txt";
  settings.directory = "build/bench-checkpoint";
  std::vector<std::string> names;
  app.add_option("part", names, "wordcount, latency, state, window; all when none is named");
  app.add_option("--text", settings.text, "a text of a few MB")->capture_default_str();
  app.add_option("--directory", settings.directory, "for checkpoints; is emptied")
      ->capture_default_str();
  app.add_flag("--quick", settings.quick, "small sizes: does it run, is it right");
  CLI11_PARSE(app, argc, argv);
  bool ok = true;
  for (const Part& part : kParts) {
    if (!names.empty() && std::find(names.begin(), names.end(), part.name) == names.end()) continue;
    ok = runPart(part, settings) && ok;
  }
  if (!ok) std::printf("some results were wrong\n");
  return ok ? 0 : 1;
}
