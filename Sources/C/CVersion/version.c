// Holds the stamp given by the manifest, so that a new commit recompiles this file alone.
#include "CVersion.h"

#ifndef GATEWAY_COMMIT
#define GATEWAY_COMMIT ""
#endif

const char *gateway_commit(void) { return GATEWAY_COMMIT; }
