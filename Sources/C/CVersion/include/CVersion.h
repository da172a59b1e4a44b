// The commit this build was made from, as the package manifest saw it.
#ifndef CVERSION_H
#define CVERSION_H

/// Forty hexadecimal digits, with `-modified` behind them when the tree had changes; empty when not known.
const char *gateway_commit(void);

#endif
