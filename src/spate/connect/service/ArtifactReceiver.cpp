#include "spate/connect/service/ArtifactReceiver.h"

#include <spark/connect/base.pb.h>

#include <optional>
#include <utility>

namespace spate::connect {

namespace sc = ::spark::connect;

Status ArtifactReceiver::receive(const sc::AddArtifactsRequest& request,
                                 sc::AddArtifactsResponse* response) {
  switch (request.payload_case()) {
    case sc::AddArtifactsRequest::kBatch:
      for (const sc::AddArtifactsRequest_SingleChunkArtifact& one : request.batch().artifacts()) {
        SPATE_RETURN_IF_ERROR(checkArtifactName(one.name()));
        const bool isIntact = hasCrc(one.data().data(), one.data().crc());
        SPATE_RETURN_IF_ERROR(store({one.name(), one.data().data(), isIntact}, response));
      }
      return Status::OK();
    case sc::AddArtifactsRequest::kBeginChunk: {
      const sc::AddArtifactsRequest_BeginChunkedArtifact& begin = request.begin_chunk();
      SPATE_RETURN_IF_ERROR(assembly_.begin(begin.name(), begin.total_bytes(), begin.num_chunks()));
      SPATE_ASSIGN_OR_RETURN(
          std::optional<Artifact> artifact,
          assembly_.add(begin.initial_chunk().data(), begin.initial_chunk().crc()));
      if (artifact) return store(*std::move(artifact), response);
      return Status::OK();
    }
    case sc::AddArtifactsRequest::kChunk: {
      SPATE_ASSIGN_OR_RETURN(std::optional<Artifact> artifact,
                             assembly_.add(request.chunk().data(), request.chunk().crc()));
      if (artifact) return store(*std::move(artifact), response);
      return Status::OK();
    }
    case sc::AddArtifactsRequest::PAYLOAD_NOT_SET: break;
  }
  return Status::invalidArgument("A part of an artifact is not set");
}

Status ArtifactReceiver::store(Artifact artifact, sc::AddArtifactsResponse* response) {
  auto* summary = response->add_artifacts();
  summary->set_name(artifact.name);
  summary->set_is_crc_successful(artifact.isIntact);
  if (!artifact.isIntact) return Status::OK();
  return session_.addArtifact(artifact.name, std::move(artifact.bytes));
}

Status ArtifactReceiver::finish() const {
  if (!assembly_.isOpen()) return Status::OK();
  return Status::invalidArgument("The last artifact is not complete");
}

}  // namespace spate::connect
