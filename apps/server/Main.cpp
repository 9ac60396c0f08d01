#include <malloc.h>

#include <cstdlib>

#include "ServerProgram.h"

int main(int argc, char** argv) {
  // Arrow's own pool keeps what is freed for a while, beside what malloc keeps for all else: a
  // third more memory, and no faster. Before anything asks for a pool.
  ::setenv("ARROW_DEFAULT_MEMORY_POOL", "system", 0);
  // Whole blocks of files and results go back at once; else malloc learns to keep them, too.
  ::mallopt(M_MMAP_THRESHOLD, 512 * 1024);
  return spate::runServerProgram(argc, argv, spate::makeEngine);
}
