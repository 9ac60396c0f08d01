#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "spate/base/Status.h"

namespace spate {
namespace {

Result<int> parse(bool good) {
  if (!good) return failure(Status::corrupt("bad digit"));
  return 7;
}

Status doubled(bool good, int& out) {
  SPATE_ASSIGN_OR_RETURN(const int value, parse(good));
  out = value * 2;
  return Status::OK();
}

Result<std::unique_ptr<int>> boxed(bool good) {
  SPATE_FAIL_IF_ERROR(good ? Status::OK() : Status::notFound("no box"));
  SPATE_ASSIGN_OR_FAIL(const int value, parse(true));
  return std::make_unique<int>(value);
}

TEST(Status, okIsTheDefault) {
  EXPECT_TRUE(Status().ok());
  EXPECT_EQ(Status::OK().toString(), "OK");
}

TEST(Status, textIsCodeAndMessage) {
  EXPECT_EQ(Status::ioError("disk on fire").toString(), "IoError: disk on fire");
}

TEST(Status, contextStandsInFrontAndSparksClassIsKept) {
  Status status = Status::userCode("division by zero");
  status.withErrorClass("DIVIDE_BY_ZERO", "22012", {{"config", "ansi"}});
  const Status wider = status.withContext("batch 3, run");
  EXPECT_EQ(wider.message(), "batch 3, run: division by zero");
  EXPECT_EQ(wider.code(), StatusCode::kUserCode);
  EXPECT_EQ(wider.errorClass(), "DIVIDE_BY_ZERO");
  EXPECT_EQ(wider.sqlState(), "22012");
  EXPECT_EQ(wider.parameters().at("config"), "ansi");
  EXPECT_TRUE(Status::OK().withContext("batch 3").ok());
}

TEST(StatusMacros, returnTheErrorOrGoOn) {
  int out = 0;
  EXPECT_TRUE(doubled(true, out).ok());
  EXPECT_EQ(out, 14);
  EXPECT_EQ(doubled(false, out).code(), StatusCode::kCorrupt);
  EXPECT_EQ(**boxed(true), 7);
  EXPECT_EQ(boxed(false).error().message(), "no box");
}

TEST(StatusMacros, mayBeNestedThroughALambda) {
  const auto outer = [](bool good) {
    SPATE_RETURN_IF_ERROR([&] {
      SPATE_RETURN_IF_ERROR(good ? Status::OK() : Status::cancelled("inner"));
      return Status::OK();
    }());
    return Status::OK();
  };
  EXPECT_TRUE(outer(true).ok());
  EXPECT_EQ(outer(false).code(), StatusCode::kCancelled);
}

}  // namespace
}  // namespace spate
