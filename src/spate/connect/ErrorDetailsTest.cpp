#include <arrow/status.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "spate/connect/ArtifactAssembly.h"
#include "spate/connect/ConfDefaults.h"
#include "spate/connect/ErrorDetails.h"
#include "spate/connect/Uuid.h"
#include "spate/types/ArrowStatus.h"

namespace spate::connect {
namespace {

std::string classOf(Status status, const std::string& errorClass, const std::string& state,
                    std::map<std::string, std::string> parameters = {}) {
  status.withErrorClass(errorClass, state, std::move(parameters));
  return describeError(status).classes.front();
}

TEST(ErrorDetails, messageIsInSparksForm) {
  Status status = Status::invalidArgument("Division by zero.");
  status.withErrorClass("DIVIDE_BY_ZERO", "22012", {{"config", "c"}});
  const ErrorDetails details = describeError(status);
  EXPECT_EQ(details.message, "[DIVIDE_BY_ZERO] Division by zero. SQLSTATE: 22012");
  EXPECT_EQ(details.parameters.at("config"), "c");
  EXPECT_EQ(describeError(Status::internal("plain")).message, "plain");
}

TEST(ErrorDetails, messageThatIsInSparksFormStays) {
  const std::string text = "[PARSE_SYNTAX_ERROR] Syntax error. SQLSTATE: 42601 (line 1, pos 0)";
  const ErrorDetails details =
      describeError(Status::invalidArgument(text).withErrorClass("PARSE_SYNTAX_ERROR", "42601"));
  EXPECT_EQ(details.message, text);
}

TEST(ErrorDetails, clientsSeeTheExceptionOfTheError) {
  const Status bad = Status::invalidArgument("m");
  const std::string spark = "org.apache.spark.";
  EXPECT_EQ(classOf(bad, "TABLE_OR_VIEW_NOT_FOUND", "42P01"), spark + "sql.AnalysisException");
  EXPECT_EQ(classOf(bad, "PARSE_SYNTAX_ERROR", "42601"),
            spark + "sql.catalyst.parser.ParseException");
  EXPECT_EQ(classOf(bad, "DIVIDE_BY_ZERO", "22012"), spark + "SparkArithmeticException");
  EXPECT_EQ(classOf(bad, "CAST_INVALID_INPUT", "22018", {{"targetType", "\"INT\""}}),
            spark + "SparkNumberFormatException");
  EXPECT_EQ(classOf(bad, "CAST_INVALID_INPUT", "22018", {{"targetType", "\"DATE\""}}),
            spark + "SparkDateTimeException");
  EXPECT_EQ(classOf(bad, "INVALID_ARRAY_INDEX", "22003"),
            spark + "SparkArrayIndexOutOfBoundsException");
  EXPECT_EQ(classOf(bad, "STREAM_FAILED", "XXKST"),
            spark + "sql.streaming.StreamingQueryException");
  EXPECT_EQ(classOf(Status::unsupported("m"), "UNSUPPORTED_FEATURE", "0A000"),
            spark + "SparkUnsupportedOperationException");
  EXPECT_EQ(classOf(Status::userCode("m"), "PYTHON_EXCEPTION", "38000"),
            spark + "api.python.PythonException");
  EXPECT_EQ(describeError(bad).classes.front(), spark + "SparkIllegalArgumentException");
  EXPECT_EQ(describeError(Status::internal("m")).classes.front(), spark + "SparkException");
}

TEST(ErrorDetails, handlesAreNamedAsClientsLookForThem) {
  EXPECT_EQ(describeError(invalidHandle("OPERATION_NOT_FOUND", "x")).message,
            "[INVALID_HANDLE.OPERATION_NOT_FOUND] The handle x is invalid. Operation not found. "
            "SQLSTATE: HY000");
}

TEST(ErrorDetails, jsonOfTextsThatAreNoUtf8) {
  EXPECT_EQ(jsonOf(std::vector<std::string>{"a\"b", "\xff"}), "[\"a\\\"b\",\"\xef\xbf\xbd\"]");
}

TEST(ArrowStatus, statusComesThroughWhole) {
  Status status = Status::diskFull("full");
  status.withErrorClass("X", "58000", {{"a", "b"}});
  const Status back = fromArrow(toArrowStatus(status));
  EXPECT_EQ(back.code(), StatusCode::kDiskFull);
  EXPECT_EQ(back.errorClass(), "X");
  EXPECT_EQ(back.parameters().at("a"), "b");
  EXPECT_EQ(fromArrow(arrow::Status::Cancelled("c")).code(), StatusCode::kCancelled);
  EXPECT_TRUE(fromArrow(toArrowStatus(Status::OK())).ok());
}

TEST(ArtifactAssembly, chunksBecomeOneArtifact) {
  ArtifactAssembly assembly;
  ASSERT_TRUE(assembly.begin("files/a", 6, 2).ok());
  EXPECT_FALSE(assembly.add("abc", 0x352441c2)->has_value());
  const auto whole = assembly.add("abc", 0x352441c2);
  ASSERT_TRUE(whole->has_value());
  EXPECT_EQ((*whole)->bytes, "abcabc");
  EXPECT_TRUE((*whole)->isIntact);
  EXPECT_FALSE(assembly.isOpen());
}

TEST(ArtifactAssembly, damagedOnesAreKnown) {
  ArtifactAssembly assembly;
  ASSERT_TRUE(assembly.begin("files/a", 3, 1).ok());
  EXPECT_FALSE((*assembly.add("abd", 0x352441c2))->isIntact);
  ASSERT_TRUE(assembly.begin("files/a", 4, 1).ok());
  EXPECT_FALSE((*assembly.add("abc", 0x352441c2))->isIntact) << "shorter than announced";
  ASSERT_TRUE(assembly.begin("files/a", 2, 2).ok());
  EXPECT_FALSE(assembly.add("abc", 0x352441c2).has_value()) << "longer than announced";
  EXPECT_FALSE(ArtifactAssembly().add("abc", 0).has_value()) << "not begun";
}

TEST(ArtifactAssembly, namesStayInsideOfTheirDirectory) {
  EXPECT_TRUE(checkArtifactName("pyfiles/a..b/c.py").ok());
  for (const char* name : {"", "/etc/passwd", "..", "a/../b", "a/.."}) {
    EXPECT_FALSE(checkArtifactName(name).ok()) << name;
  }
}

TEST(Uuid, areRandomAndOfVersionFour) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = randomUuid();
    EXPECT_TRUE(isUuid(id)) << id;
    EXPECT_EQ(id[14], '4');
    EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos) << id;
    seen.insert(id);
  }
  EXPECT_EQ(seen.size(), 1000U);
  EXPECT_FALSE(isUuid("00112233-4455-6677-8899-aabbccddeefg"));
  EXPECT_FALSE(isUuid("00112233445566778899aabbccddeeff"));
}

TEST(ConfDefaults, clientsFindTheKeysThatTheyAskFor) {
  EXPECT_EQ(clientConfDefault("spark.sql.session.localRelationSizeLimit"), "3221225472");
  EXPECT_EQ(clientConfDefault("spark.sql.execution.pythonUDF.arrow.enabled"), "true");
  EXPECT_EQ(clientConfDefault("spark.sql.other"), std::nullopt);
}

}  // namespace
}  // namespace spate::connect
