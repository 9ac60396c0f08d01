#include <gtest/gtest.h>

#include "spate/base/InMemoryFileSystem.h"
#include "spate/runtime/OperatorMetadata.h"

namespace spate {
namespace {

const std::string kPath = "/c/state/0/_metadata/metadata";

TEST(OperatorMetadata, bytesAreThoseOfSpark43) {
  const OperatorMetadata metadata{"stateStoreSave", 2};
  const std::string bytes =
      "v1\n{\"operatorInfo\":{\"operatorId\":0,\"operatorName\":\"stateStoreSave\"},"
      "\"stateStoreInfo\":[{\"storeName\":\"default\",\"numColsPrefixKey\":0,"
      "\"numPartitions\":2}]}";
  EXPECT_EQ(bytes, metadata.toBytes(0));
  EXPECT_EQ(metadata, OperatorMetadata::fromBytes(bytes, 0).value());
}

TEST(OperatorMetadata, whatIsNoMetadataIsRefused) {
  for (const char* bytes : {"", "v1", "v1\n{}", "v1\n{\"operatorInfo\":{}}", "v3\n{}"})
    EXPECT_EQ(StatusCode::kCorrupt, OperatorMetadata::fromBytes(bytes, 0).error().code()) << bytes;
  EXPECT_EQ(StatusCode::kUnsupported, OperatorMetadata::fromBytes("v2\n{}", 0).error().code());
}

TEST(OperatorMetadata, aNewQueryWritesItsOperators) {
  InMemoryFileSystem files;
  ASSERT_TRUE(checkOperators(files, "/c", {{"stateStoreSave", 2}}, true).ok());
  EXPECT_EQ((OperatorMetadata{"stateStoreSave", 2}.toBytes(0)), files.readFile(kPath).value());
  // The first batch was never committed, and the query is another one now.
  ASSERT_TRUE(checkOperators(files, "/c", {{"dedupe", 2}}, true).ok());
  EXPECT_EQ((OperatorMetadata{"dedupe", 2}.toBytes(0)), files.readFile(kPath).value());
}

TEST(OperatorMetadata, otherOperatorsAreRefusedAfterARestart) {
  InMemoryFileSystem files;
  ASSERT_TRUE(checkOperators(files, "/c", {{"stateStoreSave", 2}}, true).ok());
  EXPECT_TRUE(checkOperators(files, "/c", {{"stateStoreSave", 2}}, false).ok());
  const Status changed = checkOperators(files, "/c", {{"dedupe", 2}}, false);
  EXPECT_EQ("STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA", changed.errorClass());
  EXPECT_EQ("(OperatorId: 0 -> OperatorName: stateStoreSave)",
            changed.parameters().at("OpsInMetadataSeq"));
  EXPECT_FALSE(checkOperators(files, "/c", {}, false).ok());
  EXPECT_FALSE(
      checkOperators(files, "/c", {{"stateStoreSave", 2}, {"stateStoreSave", 2}}, false).ok());
  EXPECT_EQ("STREAMING_STATEFUL_OPERATOR_MISSING_STATE_DIRECTORY",
            checkOperators(files, "/other", {{"dedupe", 2}}, false).errorClass());
  EXPECT_TRUE(checkOperators(files, "/other", {}, false).ok());
}

}  // namespace
}  // namespace spate
