#include <google/protobuf/stubs/logging.h>
#include <spark/connect/base.pb.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "MessageMutation.h"
#include "PlanMessage.h"
#include "spate/functions/Function.h"

// How libFuzzer gets from one plan to the next: by changes of the message, not of its bytes.

namespace {

namespace sc = ::spark::connect;

/// Texts that mean something in a plan.
const std::vector<std::string>& words() {
  static const std::vector<std::string> list = [] {
    std::vector<std::string> made = {
        "",     "id",   "k",    "s",      "t",        "x",         "a.b",        "`a.b`",
        "*",    "l.id", "i",    "int",    "a int",    "1 day",     "10 seconds", "decimal(10,2)",
        "true", "text", "rate", "memory", "parquet",  "append",    "UTC",        "1",
        "$.a",  "(a)",  "%s",   "yyyy",   "struct<>", "[1,2]",     "{\"a\":1}",  "select 1",
        "when", "1e3",  "in",   "window", "+",        "1 element", "last",       "id % 2"};
    for (const std::string_view name : spate::functionNames()) made.emplace_back(name);
    return made;
  }();
  return list;
}

size_t write(const sc::Plan& plan, uint8_t* data, size_t mostSize) {
  const size_t size = plan.ByteSizeLong();
  if (size > mostSize || !plan.SerializeToArray(data, static_cast<int>(size))) return 0;
  return size;
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  google::protobuf::SetLogHandler(nullptr);  // it reports each text that is no UTF-8
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t mostSize,
                                          unsigned seed) {
  sc::Plan plan;
  // Now and then bytes that are no message.
  if (seed % 32 == 0 || !spate::fuzz::parsePlan(data, size, plan))
    return LLVMFuzzerMutate(data, size, mostSize);
  spate::fuzz::MessageMutation(seed, words()).mutate(plan, nullptr);
  return write(plan, data, mostSize);
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t* data, size_t size, const uint8_t* other,
                                            size_t otherSize, uint8_t* out, size_t mostSize,
                                            unsigned seed) {
  sc::Plan plan;
  sc::Plan donor;
  if (!spate::fuzz::parsePlan(data, size, plan) || !spate::fuzz::parsePlan(other, otherSize, donor))
    return 0;
  spate::fuzz::MessageMutation(seed, words()).mutate(plan, &donor);
  return write(plan, out, mostSize);
}
