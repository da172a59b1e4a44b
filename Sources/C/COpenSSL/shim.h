// Every Clang module must see the same feature macros, or debug builds break on modular imports.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
