#pragma once

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <spark/connect/base.pb.h>

#include <cstddef>
#include <cstdint>

#include "spate/connect/service/RequestParsing.h"

namespace spate::fuzz {

/// Reads a plan as the service does; false: the bytes are none.
inline bool parsePlan(const uint8_t* data, size_t size, ::spark::connect::Plan& plan) {
  google::protobuf::io::ArrayInputStream bytes(data, static_cast<int>(size));
  google::protobuf::io::CodedInputStream stream(&bytes);
  stream.SetRecursionLimit(connect::kMaxMessageDepth);
  return plan.ParseFromCodedStream(&stream);
}

}  // namespace spate::fuzz
