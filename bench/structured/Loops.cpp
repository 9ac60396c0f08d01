// The hand-written loops that bench/structured measures the server against, and the events that it
// measures with. Each prints one line of JSON and leaves its counts in a file, by which run.py sees
// that the engines count the same.

#include <absl/container/flat_hash_map.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "../WordTable.h"
#include "Events.h"

namespace {

using namespace spate::bench;

struct Settings {
  std::string directory;
  std::string counts;
  int threads = 2;
  int rounds = 3;
  int64_t events = 10'000'000;
  int files = 40;
};

// --- reading -------------------------------------------------------------------------------------

std::vector<std::string> filesIn(const std::string& directory) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

void readWhole(const std::string& path, std::string& bytes) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  bytes.resize(static_cast<size_t>(file.tellg()));
  file.seekg(0);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file) std::exit((std::fprintf(stderr, "cannot read %s\n", path.c_str()), 1));
}

/// The files are dealt out to the threads; each has a table, and they are merged in the end.
template <class Table, class Count>
void measure(const char* name, const Settings& settings, Count count, const auto& put) {
  const auto files = filesIn(settings.directory);
  for (int round = 0; round < settings.rounds; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    const auto threads = static_cast<size_t>(settings.threads);
    std::vector<Table> tables(threads);
    std::vector<int64_t> rows(threads, 0);
    std::vector<std::thread> running;
    for (size_t t = 0; t < threads; ++t)
      running.emplace_back([&, t] {
        std::string bytes;
        for (size_t i = t; i < files.size(); i += threads) {
          readWhole(files[i], bytes);
          rows[t] += count(bytes, tables[t]);
        }
      });
    for (std::thread& thread : running) thread.join();
    for (size_t t = 1; t < threads; ++t)
      for (const auto& [key, n] : tables[t]) tables[0][key] += n;
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    int64_t sum = 0;
    for (const int64_t n : rows) sum += n;
    std::printf("{\"case\": \"%s\", \"engine\": \"loop\", \"rows\": %lld, \"seconds\": %.4f}\n",
                name, static_cast<long long>(sum), seconds);
    std::fflush(stdout);
    if (round > 0 || settings.counts.empty()) continue;
    std::vector<std::string> lines;
    for (const auto& entry : tables[0]) lines.push_back(put(entry));
    std::sort(lines.begin(), lines.end());
    std::ofstream out(settings.counts, std::ios::binary);
    for (const std::string& line : lines) out << line;
  }
}

// --- word count ----------------------------------------------------------------------------------

/// Line by line, as the record is the line; then word by word.
int64_t countWords(const std::string& bytes, WordTable& words) {
  int64_t lines = 0;
  const char* p = bytes.data();
  const char* const end = p + bytes.size();
  while (p < end) {
    const auto* newline = static_cast<const char*>(std::memchr(p, '\n', end - p));
    const char* const lineEnd = newline == nullptr ? end : newline;
    ++lines;
    while (p < lineEnd) {
      while (p < lineEnd && isSpace(*p)) ++p;
      const char* const begin = p;
      while (p < lineEnd && !isSpace(*p)) ++p;
      if (p == begin) continue;
      const std::string_view word(begin, static_cast<size_t>(p - begin));
      const auto found = words.find(word);
      if (found == words.end())
        words.emplace(std::string(word), 1);
      else
        ++found->second;
    }
    p = lineEnd + 1;
  }
  return lines;
}

void wordCount(const Settings& settings) {
  measure<WordTable>("wordcount", settings, countWords, [](const auto& entry) {
    return entry.first + "\t" + std::to_string(entry.second) + "\n";
  });
}

// --- events: views of ads, counted per campaign and ten seconds ----------------------------------

using Windows = absl::flat_hash_map<uint64_t, int64_t>;

/// Knows the shape of a line, and reads no more of it than it must.
int64_t countEvents(const std::string& bytes, Windows& windows) {
  int64_t rows = 0;
  const char* p = bytes.data();
  const char* const end = p + bytes.size();
  const auto skipTo = [&](char c) {
    p = static_cast<const char*>(std::memchr(p, c, static_cast<size_t>(end - p))) + 1;
  };
  while (p < end) {
    skipTo(':');
    int64_t ad = 0;
    for (; *p >= '0' && *p <= '9'; ++p) ad = ad * 10 + *p - '0';
    skipTo(':');
    const bool isView = p[1] == 'v';
    skipTo(':');
    int64_t time = 0;
    for (; *p >= '0' && *p <= '9'; ++p) time = time * 10 + *p - '0';
    skipTo('\n');
    ++rows;
    if (isView) ++windows[static_cast<uint64_t>(time / kWindowMillis * 128 + ad / kAdsOfACampaign)];
  }
  return rows;
}

void events(const Settings& settings) {
  measure<Windows>("ysb json", settings, countEvents, [](const auto& entry) {
    return std::to_string(static_cast<int64_t>(entry.first / 128) * kWindowMillis) + "\t" +
           std::to_string(entry.first % 128) + "\t" + std::to_string(entry.second) + "\n";
  });
}

int generate(const Settings& settings) {
  std::filesystem::create_directories(settings.directory);
  const int64_t each = settings.events / settings.files;
  for (int file = 0; file < settings.files; ++file) {
    char name[32];
    std::snprintf(name, sizeof name, "/events-%03d.json", file);
    FILE* out = std::fopen((settings.directory + name).c_str(), "w");
    if (out == nullptr) return 1;
    for (int64_t i = each * file; i < each * (file + 1); ++i) {
      const Event event = eventAt(i);
      std::fprintf(out, "{\"ad_id\":%d,\"event_type\":\"%s\",\"event_time\":%lld}\n",
                   static_cast<int>(event.ad), event.type, static_cast<long long>(event.millis));
    }
    std::fclose(out);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The hand-written loops of bench/structured");
  Settings settings;
  std::string what;
  app.add_option("what", what, "generate, wordcount or events")->required();
  app.add_option("directory", settings.directory, "of the files")->required();
  app.add_option("--counts", settings.counts, "file for the counts");
  app.add_option("--threads", settings.threads)->capture_default_str();
  app.add_option("--rounds", settings.rounds)->capture_default_str();
  app.add_option("--events", settings.events)->capture_default_str();
  app.add_option("--files", settings.files)->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (what == "generate") return generate(settings);
  if (what == "wordcount") {
    wordCount(settings);
  } else if (what == "events") {
    events(settings);
  } else {
    return 1;
  }
  return 0;
}
