#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <spark/connect/base.pb.h>
#include <zstd.h>

#include <memory>
#include <utility>

#include "spate/connect/ErrorDetails.h"
#include "spate/connect/service/PlanReader.h"
#include "spate/connect/service/ProtoLiterals.h"
#include "spate/connect/service/RequestParsing.h"
#include "spate/sql/SqlParser.h"

namespace spate::connect {

namespace sc = ::spark::connect;
using plan::ExpressionPtr;
using plan::RelationPtr;

namespace {

Result<std::string> decompress(const std::string& compressed) {
  const std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> stream(ZSTD_createDStream(),
                                                                        ZSTD_freeDStream);
  std::string whole;
  std::string chunk(ZSTD_DStreamOutSize(), '\0');
  ZSTD_inBuffer input{compressed.data(), compressed.size(), 0};
  size_t left = 1;
  while (left != 0) {
    ZSTD_outBuffer output{chunk.data(), chunk.size(), 0};
    left = ZSTD_decompressStream(stream.get(), &output, &input);
    const bool isCutOff = input.pos == input.size && output.pos < output.size && left != 0;
    if (ZSTD_isError(left) != 0 || isCutOff) {
      return failure(invalidPlan("The compressed plan is not sound"));
    }
    if (whole.size() + output.pos > kMaxPlanBytes) {
      return failure(
          Status::invalidArgument("The Spark Connect plan is invalid. The plan size is "
                                  "larger than max (" +
                                  std::to_string(kMaxPlanBytes) + ")")
              .withErrorClass("CONNECT_INVALID_PLAN.PLAN_SIZE_LARGER_THAN_MAX", "56K00"));
    }
    whole.append(chunk.data(), output.pos);
  }
  return whole;
}

bool parseMessage(const std::string& bytes, google::protobuf::Message* message) {
  google::protobuf::io::ArrayInputStream input(bytes.data(), static_cast<int>(bytes.size()));
  google::protobuf::io::CodedInputStream stream(&input);
  stream.SetRecursionLimit(kMaxMessageDepth);
  return message->ParseFromCodedStream(&stream) && stream.ConsumedEntireMessage();
}

}  // namespace

Result<bool> decompressPlan(const sc::Plan& plan, sc::Plan* whole) {
  if (plan.op_type_case() != sc::Plan::kCompressedOperation) return false;
  const sc::Plan_CompressedOperation& operation = plan.compressed_operation();
  if (operation.compression_codec() != sc::COMPRESSION_CODEC_ZSTD) {
    return failure(invalidPlan("The plan is compressed with a codec that is not known"));
  }
  SPATE_ASSIGN_OR_FAIL(const std::string bytes, decompress(operation.data()));
  bool isParsed = false;
  if (operation.op_type() == sc::Plan_CompressedOperation::OP_TYPE_RELATION) {
    isParsed = parseMessage(bytes, whole->mutable_root());
  } else if (operation.op_type() == sc::Plan_CompressedOperation::OP_TYPE_COMMAND) {
    isParsed = parseMessage(bytes, whole->mutable_command());
  }
  if (!isParsed) {
    return failure(
        invalidPlan("The compressed plan is neither a relation nor a command, or nested "
                    "deeper than " +
                    std::to_string(kMaxMessageDepth) + " messages"));
  }
  return true;
}

Result<RelationPtr> PlanReader::statement(const sc::SQL& message) {
  std::map<std::string, ExpressionPtr> named;
  for (const auto& [name, literal] : message.args()) {
    SPATE_ASSIGN_OR_FAIL(plan::Literal value, literalFromProto(literal));
    named[name] = plan::make(std::move(value));
  }
  for (const auto& [name, argument] : message.named_arguments()) {
    SPATE_ASSIGN_OR_FAIL(named[name], expression(argument));
  }
  std::vector<ExpressionPtr> positional;
  for (const sc::Expression_Literal& literal : message.pos_args()) {
    SPATE_ASSIGN_OR_FAIL(plan::Literal value, literalFromProto(literal));
    positional.push_back(plan::make(std::move(value)));
  }
  for (const sc::Expression& argument : message.pos_arguments()) {
    SPATE_ASSIGN_OR_FAIL(ExpressionPtr value, expression(argument));
    positional.push_back(std::move(value));
  }
  if (!named.empty() && !positional.empty()) {
    return failure(invalidPlan("SQL text has arguments by name and by position"));
  }
  return sql::parseStatement(message.query(), named, positional);
}

Result<RelationPtr> PlanReader::withRelations(const sc::WithRelations& message) {
  plan::WithCtes with;
  for (const sc::Relation& reference : message.references()) {
    // What has a name is there for the text, and what has none for the subqueries.
    if (reference.rel_type_case() == sc::Relation::kSubqueryAlias) {
      SPATE_ASSIGN_OR_FAIL(RelationPtr input, relation(reference.subquery_alias().input()));
      with.ctes.emplace_back(reference.subquery_alias().alias(), std::move(input));
    }
    if (reference.common().has_plan_id()) references_[reference.common().plan_id()] = &reference;
  }
  SPATE_ASSIGN_OR_FAIL(with.input, relation(message.root()));
  if (with.ctes.empty()) return with.input;
  return plan::make(std::move(with));
}

}  // namespace spate::connect
