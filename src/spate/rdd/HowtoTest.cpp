#include <gmock/gmock.h>

#include <sstream>

#include "spate/rdd/TestContext.h"

// The snippets of docs/howto/rdd.md, each between "// [name]" and "// [end]". Change both together.

namespace spate {
namespace {

using testing::ElementsAre;

TEST(Howto, wordCount) {
  TestContext context("local[1]");
  const SparkContext& sc = context.sc;
  const std::string path = context.write("speech.txt", "to be\nor not\nto be\n");
  // [wordCount]
  auto counts = sc.textFile(path)
                    .flatMap([](const std::string& line) {
                      std::vector<std::string> words;
                      std::istringstream in(line);
                      for (std::string word; in >> word;) words.push_back(word);
                      return words;
                    })
                    .map([](const std::string& word) { return std::pair(word, 1); })
                    .reduceByKey(std::plus<>());
  auto top = counts.sortBy([](const auto& pair) { return pair.second; }, false).take(10);
  // [end]
  EXPECT_EQ(2, top[0].second);
  EXPECT_EQ(4u, top.size());
}

TEST(Howto, keeping) {
  TestContext context;
  const SparkContext& sc = context.sc;
  auto numbers = sc.range(0, 100);
  // [keeping]
  RDD<int64_t> squares = numbers.map([](int64_t i) { return i * i; });
  squares.persist(StorageLevel::MEMORY_AND_DISK);
  double mean = squares.mean();  // computes and keeps
  auto over = squares.filter([=](int64_t s) { return static_cast<double>(s) > mean; });
  int64_t count = over.count();  // reads what was kept
  squares.unpersist();
  // [end]
  EXPECT_EQ(42, count);
}

TEST(Howto, counting) {
  TestContext context;
  const SparkContext& sc = context.sc;
  auto lines = sc.parallelize(std::vector<std::string>{"1", "x", "2"});
  // [counting]
  auto bad = sc.longAccumulator("bad lines");
  auto known = sc.broadcast(std::map<std::string, int>{{"1", 10}, {"2", 20}});
  auto values = lines.flatMap([bad, known](const std::string& line) -> std::optional<int> {
    const auto found = known->find(line);
    if (found != known->end()) return found->second;
    bad.add(1);
    return std::nullopt;
  });
  auto sum = values.sum();  // bad.value() is 1 now
  // [end]
  EXPECT_EQ(30, sum);
  EXPECT_EQ(1, bad.value());
}

// [ownType]
struct Trip {
  std::string from;
  std::string to;
  double miles = 0;
};
// [end]

}  // namespace

// [ownCodec]
template <>
struct Codec<Trip> : FieldsCodec<&Trip::from, &Trip::to, &Trip::miles> {};
// [end]

namespace {

TEST(Howto, joining) {
  TestContext context;
  const SparkContext& sc = context.sc;
  // [joining]
  auto trips = sc.parallelize(std::vector<Trip>{{"A", "B", 2.5}, {"A", "C", 1.0}});
  auto names = sc.parallelize(std::vector<std::pair<std::string, std::string>>{{"A", "Main St"}});
  auto milesFrom = trips.map([](const Trip& trip) { return std::pair(trip.from, trip.miles); })
                       .reduceByKey(std::plus<>())
                       .join(names)  // (station, (miles, name))
                       .values();
  // [end]
  EXPECT_THAT(milesFrom.collect(), ElementsAre(std::pair(3.5, std::string("Main St"))));
  trips.saveAsObjectFile(context.path("trips"));
  EXPECT_EQ(2, sc.objectFile<Trip>(context.path("trips")).count());
}

}  // namespace
}  // namespace spate
