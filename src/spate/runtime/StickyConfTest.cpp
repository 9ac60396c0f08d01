#include <gtest/gtest.h>

#include "spate/runtime/StickyConf.h"

namespace spate {
namespace {

using Conf = std::map<std::string, std::string>;

constexpr const char* kPolicy = "spark.sql.streaming.multipleWatermarkPolicy";
constexpr const char* kPartitions = "spark.sql.shuffle.partitions";

auto sessionWith(Conf conf) {
  return [conf = std::move(conf)](const std::string& key) -> std::optional<std::string> {
    const auto found = conf.find(key);
    if (found == conf.end()) return std::nullopt;
    return found->second;
  };
}

TEST(StickyConf, aNewQueryLogsAllKeysThatSpark43Logs) {
  const Conf conf = stickyConf(sessionWith({{kPartitions, "3"}}), {}).value();
  EXPECT_EQ(17u, conf.size());
  EXPECT_EQ("3", conf.at(kPartitions));
  EXPECT_EQ("min", conf.at(kPolicy));
  EXPECT_EQ("2", conf.at("spark.sql.streaming.aggregation.stateFormatVersion"));
  EXPECT_EQ("true", conf.at("spark.sql.streaming.statefulOperator.useStrictDistribution"));
}

TEST(StickyConf, theLogWinsOverTheSession) {
  Conf logged = stickyConf(sessionWith({{kPartitions, "3"}, {kPolicy, "max"}}), {}).value();
  logged["spark.sql.a.key.of.later"] = "x";
  const Conf conf = stickyConf(sessionWith({{kPartitions, "8"}, {kPolicy, "min"}}), logged).value();
  EXPECT_EQ(logged, conf);
}

TEST(StickyConf, whatTheLogOfAnOlderSparkHasNotIsAsItWasThen) {
  const Conf logged = {{"spark.sql.streaming.aggregation.stateFormatVersion", "2"},
                       {kPartitions, "2"}};
  const Conf conf = stickyConf(sessionWith({{kPolicy, "max"}}), logged).value();
  EXPECT_EQ("min", conf.at(kPolicy));
  EXPECT_EQ("false", conf.at("spark.sql.streaming.statefulOperator.useStrictDistribution"));
}

TEST(StickyConf, stateThatIsKeptOtherwiseIsRefusedByName) {
  const std::string provider = "spark.sql.streaming.stateStore.providerClass";
  const auto refused = stickyConf(sessionWith({{provider, "RocksDBStateStoreProvider"}}), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ("UNSUPPORTED_FEATURE", refused.error().errorClass());
  EXPECT_NE(std::string::npos, refused.error().message().find(provider));
  // A log without the version is of the time when there was but the first.
  EXPECT_FALSE(stickyConf(sessionWith({}), {{kPartitions, "2"}}));
}

}  // namespace
}  // namespace spate
