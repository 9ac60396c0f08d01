#include "ServerProgram.h"

int main(int argc, char** argv) { return spate::runServerProgram(argc, argv, spate::makeEngine); }
