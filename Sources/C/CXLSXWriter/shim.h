// Every Clang module must see the same feature macros, or debug builds break on modular imports.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <xlsxwriter.h>
