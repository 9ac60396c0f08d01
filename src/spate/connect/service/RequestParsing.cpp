#include "spate/connect/service/RequestParsing.h"

#include <google/protobuf/io/coded_stream.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/proto_buffer_writer.h>
#include <spark/connect/base.pb.h>

namespace {

template <class Request>
grpc::Status parse(grpc::ByteBuffer* buffer, Request* request) {
  if (buffer == nullptr) return {grpc::StatusCode::INTERNAL, "No payload"};
  bool isWhole = false;
  {
    grpc::ProtoBufferReader reader(buffer);
    if (!reader.status().ok()) return reader.status();
    google::protobuf::io::CodedInputStream stream(&reader);
    stream.SetRecursionLimit(spate::connect::kMaxMessageDepth);
    isWhole = request->ParseFromCodedStream(&stream) && stream.ConsumedEntireMessage();
  }
  buffer->Clear();
  if (isWhole) return {};
  return {grpc::StatusCode::INTERNAL,
          "The request is no message of Spark Connect, or its plan is nested deeper than " +
              std::to_string(spate::connect::kMaxMessageDepth) + " messages"};
}

}  // namespace

namespace grpc {

Status SerializationTraits<spark::connect::ExecutePlanRequest, void>::Serialize(
    const spark::connect::ExecutePlanRequest& request, ByteBuffer* buffer, bool* ownBuffer) {
  return GenericSerialize<ProtoBufferWriter, spark::connect::ExecutePlanRequest>(request, buffer,
                                                                                 ownBuffer);
}
Status SerializationTraits<spark::connect::ExecutePlanRequest, void>::Deserialize(
    ByteBuffer* buffer, spark::connect::ExecutePlanRequest* request) {
  return parse(buffer, request);
}

Status SerializationTraits<spark::connect::AnalyzePlanRequest, void>::Serialize(
    const spark::connect::AnalyzePlanRequest& request, ByteBuffer* buffer, bool* ownBuffer) {
  return GenericSerialize<ProtoBufferWriter, spark::connect::AnalyzePlanRequest>(request, buffer,
                                                                                 ownBuffer);
}
Status SerializationTraits<spark::connect::AnalyzePlanRequest, void>::Deserialize(
    ByteBuffer* buffer, spark::connect::AnalyzePlanRequest* request) {
  return parse(buffer, request);
}

}  // namespace grpc
