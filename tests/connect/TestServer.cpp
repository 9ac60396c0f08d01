// The server's program over an engine that runs almost nothing, for the tests of this folder.
#include "FakeEngine.h"
#include "ServerProgram.h"

int main(int argc, char** argv) {
  return spate::runServerProgram(argc, argv, spate::makeFakeEngine);
}
