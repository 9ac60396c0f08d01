#include <gtest/gtest.h>

#include "spate/types/Exceptions.h"

namespace spate {
namespace {

template <class E>
bool throwsExactly(const Status& status) {
  try {
    throwStatus(status);
  } catch (const SparkException& e) {
    return typeid(e) == typeid(E);
  }
}

TEST(Exceptions, messageCarriesErrorClassAndSqlState) {
  SparkException e(Status::invalidArgument("The value 'x' is bad.")
                       .withErrorClass("CAST_INVALID_INPUT", "22018", {{"expression", "'x'"}}));
  EXPECT_STREQ("[CAST_INVALID_INPUT] The value 'x' is bad. SQLSTATE: 22018", e.what());
  EXPECT_EQ("CAST_INVALID_INPUT", e.errorClass());
  EXPECT_EQ("22018", e.sqlState());
  EXPECT_EQ("'x'", e.parameters().at("expression"));
}

TEST(Exceptions, decorationIsNotRepeated) {
  SparkException e(Status::internal("[A] text SQLSTATE: 1").withErrorClass("A", "1"));
  EXPECT_STREQ("[A] text SQLSTATE: 1", e.what());
}

TEST(Exceptions, eachStatusBecomesItsException) {
  EXPECT_TRUE(throwsExactly<IllegalArgumentException>(Status::invalidArgument("m")));
  EXPECT_TRUE(throwsExactly<SparkUnsupportedOperationException>(Status::unsupported("m")));
  EXPECT_TRUE(throwsExactly<SparkTaskException>(Status::userCode("m")));
  EXPECT_TRUE(throwsExactly<SparkException>(Status::ioError("m")));
  EXPECT_TRUE(throwsExactly<SparkException>(Status::OK()));
  EXPECT_TRUE(throwsExactly<AnalysisException>(
      Status::invalidArgument("m").withErrorClass("UNRESOLVED_COLUMN", "42703")));
  EXPECT_TRUE(throwsExactly<ParseException>(
      Status::invalidArgument("m").withErrorClass("PARSE_SYNTAX_ERROR", "42601")));
  EXPECT_TRUE(throwsExactly<StreamingQueryException>(
      Status::internal("m").withErrorClass("STREAM_FAILED", "XXKST")));
}

TEST(Exceptions, valueOrThrowGivesTheValueOrThrows) {
  EXPECT_EQ(7, valueOrThrow(Result<int>(7)));
  EXPECT_THROW(valueOrThrow(Result<int>(failure(Status::ioError("gone")))), SparkException);
  EXPECT_NO_THROW(okOrThrow(Status::OK()));
  EXPECT_THROW(okOrThrow(Status::invalidArgument("no")), IllegalArgumentException);
}

TEST(Exceptions, currentExceptionBecomesAStatus) {
  const auto caught = [](auto thrower) {
    try {
      thrower();
    } catch (...) {
      return statusOfCurrentException();
    }
    return Status::OK();
  };
  EXPECT_EQ(StatusCode::kUnsupported,
            caught([] { throw SparkUnsupportedOperationException("no"); }).code());
  EXPECT_EQ("boom", caught([] { throw std::runtime_error("boom"); }).message());
  EXPECT_EQ(StatusCode::kUserCode, caught([] { throw 3; }).code());
}

TEST(Exceptions, stageFailureReadsAsSparks) {
  EXPECT_EQ(
      "Job aborted due to stage failure: Task 2 in stage 5.0 failed 1 times, most recent failure: "
      "Lost task 2.0 in stage 5.0: boom",
      stageFailureMessage(5, 2, 1, "boom"));
}

}  // namespace
}  // namespace spate
