#include "spate/dstream/BatchPrinter.h"

#include <cstdio>

namespace spate {
namespace {

void write(const std::string& time, const std::vector<std::string>& records, bool more) {
  static constexpr const char* kRule = "-------------------------------------------\n";
  std::string text = std::string(kRule) + "Time: " + time + "\n" + kRule;
  for (const std::string& record : records) text += record + "\n";
  if (more) text += "...\n";
  text += "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace

void pprintBatch(Time time, const std::vector<std::string>& records, bool more) {
  write(formatLocalTime(time.toTimestamp()), records, more);
}

void printBatch(Time time, const std::vector<std::string>& records, bool more) {
  write(time.toString(), records, more);
}

}  // namespace spate
