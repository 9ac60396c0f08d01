#include "spate/connect/service/Analysis.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <spark/connect/base.pb.h>

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "spate/connect/ErrorDetails.h"
#include "spate/connect/ServedSession.h"
#include "spate/connect/service/Execution.h"
#include "spate/connect/service/PlanReader.h"
#include "spate/connect/service/ProtoTypes.h"
#include "spate/types/DataTypeDdl.h"
#include "spate/types/DataTypeJson.h"

namespace spate::connect {

namespace sc = ::spark::connect;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using plan::RelationPtr;

namespace {

/// Takes away where in the program a plan was written, and numbers the plan ids as they come: what
/// is left is the same for the same program.
void canonicalize(Message* message, std::map<int64_t, int64_t>* planIds) {
  const Reflection* reflection = message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->name() == "origin" || field->name() == "source_info") {
      reflection->ClearField(message, field);
    } else if (field->name() == "plan_id" && !field->is_repeated() &&
               field->cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
      const int64_t id = reflection->GetInt64(*message, field);
      const auto number = static_cast<int64_t>(planIds->size());
      reflection->SetInt64(message, field, planIds->emplace(id, number).first->second);
    } else if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field->is_map()) {
      continue;
    } else if (field->is_repeated()) {
      for (int i = 0; i < reflection->FieldSize(*message, field); ++i) {
        canonicalize(reflection->MutableRepeatedMessage(message, field, i), planIds);
      }
    } else {
      canonicalize(reflection->MutableMessage(message, field), planIds);
    }
  }
}

std::string canonicalBytes(sc::Relation relation) {
  std::map<int64_t, int64_t> planIds;
  canonicalize(&relation, &planIds);
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream output(&stream);
  output.SetSerializationDeterministic(true);
  relation.SerializeToCodedStream(&output);
  output.Trim();
  return bytes;
}

Result<sc::Relation> rootOf(const sc::Plan& plan) {
  sc::Plan whole;
  SPATE_ASSIGN_OR_FAIL(const bool isCompressed, decompressPlan(plan, &whole));
  const sc::Plan& read = isCompressed ? whole : plan;
  if (read.op_type_case() != sc::Plan::kRoot) {
    return failure(invalidPlan("A plan to be analyzed has no relation"));
  }
  return read.root();
}

Result<RelationPtr> relationOf(ServedSession& session, const sc::Plan& plan) {
  SPATE_ASSIGN_OR_FAIL(const sc::Relation root, rootOf(plan));
  PlanReader reader = readerFor(session);
  return reader.relation(root);
}

std::string modeOf(sc::AnalyzePlanRequest_Explain_ExplainMode mode) {
  switch (mode) {
    case sc::AnalyzePlanRequest_Explain::EXPLAIN_MODE_EXTENDED: return "extended";
    case sc::AnalyzePlanRequest_Explain::EXPLAIN_MODE_CODEGEN: return "codegen";
    case sc::AnalyzePlanRequest_Explain::EXPLAIN_MODE_COST: return "cost";
    case sc::AnalyzePlanRequest_Explain::EXPLAIN_MODE_FORMATTED: return "formatted";
    default: return "simple";
  }
}

/// The lines of a tree down to a level; the columns themselves are level 1.
std::string firstLevels(const std::string& tree, int32_t levels) {
  std::string kept;
  for (size_t begin = 0; begin < tree.size();) {
    const size_t end = std::min(tree.find('\n', begin), tree.size() - 1) + 1;
    const std::string line = tree.substr(begin, end - begin);
    const size_t mark = line.find("|-- ");
    const size_t level = mark == std::string::npos ? 0 : (mark - 1) / 5 + 1;
    if (level <= static_cast<size_t>(levels)) kept += line;
    begin = end;
  }
  return kept;
}

Status explain(ServedSession& session, const sc::AnalyzePlanRequest_Explain& request,
               sc::AnalyzePlanResponse* response) {
  SPATE_ASSIGN_OR_RETURN(const RelationPtr relation, relationOf(session, request.plan()));
  SPATE_ASSIGN_OR_RETURN(std::string text,
                         session.engine().explain(relation, modeOf(request.explain_mode())));
  response->mutable_explain()->set_explain_string(std::move(text));
  return Status::OK();
}

Status treeString(ServedSession& session, const sc::AnalyzePlanRequest_TreeString& request,
                  sc::AnalyzePlanResponse* response) {
  SPATE_ASSIGN_OR_RETURN(const RelationPtr relation, relationOf(session, request.plan()));
  SPATE_ASSIGN_OR_RETURN(const DataType schema, session.engine().schemaOf(relation));
  std::string tree = schema.treeString();
  if (request.has_level() && request.level() > 0) tree = firstLevels(tree, request.level());
  response->mutable_tree_string()->set_tree_string(std::move(tree));
  return Status::OK();
}

Status compare(const sc::AnalyzePlanRequest_SameSemantics& request,
               sc::AnalyzePlanResponse* response) {
  SPATE_ASSIGN_OR_RETURN(const sc::Relation target, rootOf(request.target_plan()));
  SPATE_ASSIGN_OR_RETURN(const sc::Relation other, rootOf(request.other_plan()));
  response->mutable_same_semantics()->set_result(canonicalBytes(target) == canonicalBytes(other));
  return Status::OK();
}

/// Checks the plan, so that a wrong one is an error as it is in Spark.
Status checkPlan(ServedSession& session, const sc::Relation& message) {
  PlanReader reader = readerFor(session);
  SPATE_ASSIGN_OR_RETURN(const RelationPtr relation, reader.relation(message));
  SPATE_ASSIGN_OR_RETURN(const DataType schema, session.engine().schemaOf(relation));
  return Status::OK();
}

Status persist(ServedSession& session, const sc::AnalyzePlanRequest_Persist& request,
               sc::AnalyzePlanResponse* response) {
  SPATE_RETURN_IF_ERROR(checkPlan(session, request.relation()));
  sc::StorageLevel level = request.storage_level();
  if (!request.has_storage_level()) {
    level.set_use_disk(true);
    level.set_use_memory(true);
    level.set_deserialized(true);
    level.set_replication(1);
  }
  session.setPersisted(canonicalBytes(request.relation()), level.SerializeAsString());
  response->mutable_persist();
  return Status::OK();
}

void storageLevel(ServedSession& session, const sc::AnalyzePlanRequest_GetStorageLevel& request,
                  sc::AnalyzePlanResponse* response) {
  sc::StorageLevel* level = response->mutable_get_storage_level()->mutable_storage_level();
  const auto kept = session.persisted(canonicalBytes(request.relation()));
  if (kept && level->ParseFromString(*kept)) return;
  level->Clear();
  level->set_replication(1);
}

/// The questions that are not about a plan of the session.
Status answerText(const sc::AnalyzePlanRequest& request, sc::AnalyzePlanResponse* response) {
  if (request.analyze_case() == sc::AnalyzePlanRequest::kDdlParse) {
    SPATE_ASSIGN_OR_RETURN(const DataType type, parseTypeText(request.ddl_parse().ddl_string()));
    toProto(type, response->mutable_ddl_parse()->mutable_parsed());
    return Status::OK();
  }
  SPATE_ASSIGN_OR_RETURN(const DataType type,
                         dataTypeFromJson(request.json_to_ddl().json_string()));
  if (!type.is(TypeKind::kStruct)) return Status::invalidArgument("The JSON is no table's schema");
  response->mutable_json_to_ddl()->set_ddl_string(toDdl(type));
  return Status::OK();
}

}  // namespace

Status analyze(ServedSession& session, const sc::AnalyzePlanRequest& request,
               sc::AnalyzePlanResponse* response) {
  switch (request.analyze_case()) {
    case sc::AnalyzePlanRequest::kSparkVersion:
      response->mutable_spark_version()->set_version(kSparkVersion);
      return Status::OK();
    case sc::AnalyzePlanRequest::kSchema: {
      SPATE_ASSIGN_OR_RETURN(const RelationPtr relation,
                             relationOf(session, request.schema().plan()));
      SPATE_ASSIGN_OR_RETURN(const DataType schema, session.engine().schemaOf(relation));
      toProto(schema, response->mutable_schema()->mutable_schema());
      return Status::OK();
    }
    case sc::AnalyzePlanRequest::kExplain: return explain(session, request.explain(), response);
    case sc::AnalyzePlanRequest::kTreeString:
      return treeString(session, request.tree_string(), response);
    case sc::AnalyzePlanRequest::kIsLocal: {
      SPATE_ASSIGN_OR_RETURN(const RelationPtr relation,
                             relationOf(session, request.is_local().plan()));
      response->mutable_is_local()->set_is_local(relation->as<plan::LocalRelation>() != nullptr);
      return Status::OK();
    }
    case sc::AnalyzePlanRequest::kIsStreaming: {
      SPATE_ASSIGN_OR_RETURN(const RelationPtr relation,
                             relationOf(session, request.is_streaming().plan()));
      SPATE_ASSIGN_OR_RETURN(const bool isStreaming, session.engine().isStreaming(relation));
      response->mutable_is_streaming()->set_is_streaming(isStreaming);
      return Status::OK();
    }
    case sc::AnalyzePlanRequest::kInputFiles: {
      SPATE_ASSIGN_OR_RETURN(const RelationPtr relation,
                             relationOf(session, request.input_files().plan()));
      SPATE_ASSIGN_OR_RETURN(std::vector<std::string> files, session.engine().inputFiles(relation));
      response->mutable_input_files();
      for (std::string& file : files) response->mutable_input_files()->add_files(std::move(file));
      return Status::OK();
    }
    case sc::AnalyzePlanRequest::kDdlParse:
    case sc::AnalyzePlanRequest::kJsonToDdl: return answerText(request, response);
    case sc::AnalyzePlanRequest::kSameSemantics: return compare(request.same_semantics(), response);
    case sc::AnalyzePlanRequest::kSemanticHash: {
      SPATE_ASSIGN_OR_RETURN(const sc::Relation root, rootOf(request.semantic_hash().plan()));
      const size_t hash = std::hash<std::string>()(canonicalBytes(root));
      response->mutable_semantic_hash()->set_result(static_cast<int32_t>(hash));
      return Status::OK();
    }
    case sc::AnalyzePlanRequest::kPersist: return persist(session, request.persist(), response);
    case sc::AnalyzePlanRequest::kUnpersist:
      session.setPersisted(canonicalBytes(request.unpersist().relation()), std::nullopt);
      response->mutable_unpersist();
      return Status::OK();
    case sc::AnalyzePlanRequest::kGetStorageLevel:
      storageLevel(session, request.get_storage_level(), response);
      return Status::OK();
    case sc::AnalyzePlanRequest::ANALYZE_NOT_SET: break;
  }
  return invalidPlan("An analysis is not set, or of a later version of Spark");
}

}  // namespace spate::connect
