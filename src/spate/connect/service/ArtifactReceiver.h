#pragma once

#include "spate/connect/ArtifactAssembly.h"
#include "spate/connect/Session.h"

namespace spark::connect {
class AddArtifactsRequest;
class AddArtifactsResponse;
}  // namespace spark::connect

namespace spate::connect {

/// Takes the requests of one AddArtifacts call.
///
/// Threads one
class ArtifactReceiver {
 public:
  explicit ArtifactReceiver(Session& session) : session_(session) {}

  /// Stores what is complete, and says so in the response. What came damaged is not stored.
  Status receive(const ::spark::connect::AddArtifactsRequest& request,
                 ::spark::connect::AddArtifactsResponse* response);
  /// Errors kInvalidArgument: the last artifact is not complete
  Status finish() const;

 private:
  Status store(Artifact artifact, ::spark::connect::AddArtifactsResponse* response);

  Session& session_;
  ArtifactAssembly assembly_;
};

}  // namespace spate::connect
