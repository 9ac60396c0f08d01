#pragma once

#include <grpcpp/impl/codegen/byte_buffer.h>
#include <grpcpp/impl/codegen/serialization_traits.h>
#include <grpcpp/impl/codegen/status.h>

namespace spark::connect {
class AnalyzePlanRequest;
class ExecutePlanRequest;
}  // namespace spark::connect

namespace spate::connect {
/// How many messages of a plan may stand inside each other; protobuf alone would allow 100, which
/// is a chain of fifty calls. Spark's spark.connect.grpc.marshallerRecursionLimit.
inline constexpr int kMaxMessageDepth = 1024;
}  // namespace spate::connect

/// How gRPC reads the requests that carry plans. Every translation unit that has the generated
/// service must see this before it; the build includes it there.
template <>
class grpc::SerializationTraits<spark::connect::ExecutePlanRequest, void> {
 public:
  static grpc::Status Serialize(const spark::connect::ExecutePlanRequest& request,
                                grpc::ByteBuffer* buffer, bool* ownBuffer);
  static grpc::Status Deserialize(grpc::ByteBuffer* buffer,
                                  spark::connect::ExecutePlanRequest* request);
};

template <>
class grpc::SerializationTraits<spark::connect::AnalyzePlanRequest, void> {
 public:
  static grpc::Status Serialize(const spark::connect::AnalyzePlanRequest& request,
                                grpc::ByteBuffer* buffer, bool* ownBuffer);
  static grpc::Status Deserialize(grpc::ByteBuffer* buffer,
                                  spark::connect::AnalyzePlanRequest* request);
};
