#include <algorithm>
#include <fstream>
#include <string_view>
#include <thread>

#include "../WordTable.h"
#include "Harness.h"
#include "spate/rdd/Split.h"

namespace spate::bench {
namespace {

using Lines = std::vector<std::string>;
using Counts = std::vector<std::pair<std::string, int64_t>>;

// --- the hand-written loop: one pass over the lines, views as keys until a word is new

void countByHand(const Lines& lines, size_t from, size_t to, WordTable& table) {
  for (size_t i = from; i < to; ++i) {
    const char* p = lines[i].data();
    const char* end = p + lines[i].size();
    while (p < end) {
      while (p < end && isSpace(*p)) ++p;
      const char* begin = p;
      while (p < end && !isSpace(*p)) ++p;
      if (p == begin) continue;
      const std::string_view word(begin, static_cast<size_t>(p - begin));
      const auto found = table.find(word);
      if (found == table.end())
        table.emplace(std::string(word), 1);
      else
        ++found->second;
    }
  }
}

double runByHand(const Lines& lines, size_t threads, Counts& counts) {
  const auto begin = Stopwatch::now();
  std::vector<WordTable> tables(threads);
  std::vector<std::thread> running;
  for (size_t t = 0; t < threads; ++t)
    running.emplace_back([&, t] {
      countByHand(lines, lines.size() * t / threads, lines.size() * (t + 1) / threads, tables[t]);
    });
  for (std::thread& thread : running) thread.join();
  for (size_t t = 1; t < threads; ++t)
    for (const auto& [word, count] : tables[t]) tables[0][word] += count;
  counts.assign(tables[0].begin(), tables[0].end());
  return millisSince(begin);
}

// --- the same as a DStream program
// -----------------------------------------------------------------

/// Times of `batches` batches that each count all lines.
template <class SplitLine>
std::vector<double> runStream(const Lines& lines, int threads, int batches, SplitLine splitLine,
                              Counts& counts) {
  Application application("local[" + std::to_string(threads) + "]", "");
  const RDD<std::string> batch = application.sparkContext().parallelize(lines, threads);
  application.context()
      .queueStream(std::vector<RDD<std::string>>(static_cast<size_t>(batches), batch))
      .flatMap(splitLine)
      .map([](auto word) { return std::pair(std::move(word), int64_t{1}); })
      .reduceByKey(std::plus<>())
      .foreachRDD([&](const auto& rdd) { counts = rdd.collect(); });
  application.start();
  std::vector<double> times;
  for (int i = 0; i < batches; ++i) times.push_back(application.runBatch().total);
  return times;
}

void check(const std::string& what, Counts counts, Counts expected) {
  std::sort(counts.begin(), counts.end());
  std::sort(expected.begin(), expected.end());
  if (counts != expected) fail(what + " counted other words than the loop");
}

Lines readLines(const Settings& settings) {
  std::ifstream file(settings.text);
  Lines text;
  for (std::string line; std::getline(file, line);) text.push_back(line);
  if (text.empty()) fail("no lines in " + settings.text + "; ./dev setup makes it");
  Lines lines;
  for (int copy = 0; copy < (settings.quick ? 1 : 10); ++copy)
    lines.insert(lines.end(), text.begin(), text.end());
  return lines;
}

}  // namespace

void benchWordCount(const Settings& settings) {
  const Lines lines = readLines(settings);
  const int rounds = settings.quick ? 1 : 5;
  const auto views = [](const std::string& line) { return splitWords(line); };
  const auto strings = [](const std::string& line) {
    std::vector<std::string> words;
    for (const std::string_view word : splitWords(line)) words.emplace_back(word);
    return words;
  };
  double gainByHand = 0, gainStream = 0;
  std::vector<double> handBest, streamBest;
  for (const int threads : {1, 2}) {
    std::vector<double> hand, viewTimes, stringTimes;
    Counts expected, counts;
    // In turns, so that a change of the machine's mood meets all of them.
    for (int round = 0; round < rounds; ++round) {
      hand.push_back(runByHand(lines, static_cast<size_t>(threads), expected));
      viewTimes.push_back(runStream(lines, threads, 2, views, counts).back());
      check("the stream of views", counts, expected);
      stringTimes.push_back(runStream(lines, threads, 2, strings, counts).back());
      check("the stream of strings", counts, expected);
    }
    const std::string where = "local[" + std::to_string(threads) + "]: ";
    report(where + "hand-written loop", milliseconds(median(hand)),
           std::to_string(static_cast<int64_t>(static_cast<double>(lines.size()) / median(hand))) +
               " k lines/s");
    report(where + "DStream (views of words)", milliseconds(median(viewTimes)));
    report(where + "speed / hand-written loop", ratio(median(hand) / median(viewTimes)),
           "bound 0.5");
    report(where + "DStream (a vector of strings per line)", milliseconds(median(stringTimes)));
    report(where + "speed / hand-written loop", ratio(median(hand) / median(stringTimes)));
    handBest.push_back(median(hand));
    streamBest.push_back(median(viewTimes));
  }
  gainByHand = handBest[0] / handBest[1];
  gainStream = streamBest[0] / streamBest[1];
  report("gain of the second thread, hand-written", ratio(gainByHand));
  report("gain of the second thread, DStream", ratio(gainStream));
  report("DStream's gain / hand-written gain", ratio(gainStream / gainByHand), "bound 0.9");
}

}  // namespace spate::bench
