// The plain C twin of the archive's two hot paths: the same schema and pragmas, nothing but SQLite calls.
// The bench measures the archive against it, side by side.
#ifndef ARCHIVE_TWIN_H
#define ARCHIVE_TWIN_H

#include <stdint.h>

// One half-hour as plain C would hold it.
struct twin_row {
    int64_t series, slot, seq, shape, mark;
    int64_t values[4];
    uint8_t present;
};

struct twin;

// Opens an archive file with the archive's pragmas; 0 when it cannot.
struct twin *twin_open(const char *path);
void twin_close(struct twin *twin);

// Stores one session of half-hours in one transaction, prunes what is more than `depth_slots` old and
// saves the sequence; returns 0 on success.
int twin_store(struct twin *twin, int64_t series, const struct twin_row *rows, int count,
               int64_t depth_slots);

// Reads all rows of a series into a fresh array the caller frees; returns their number, -1 on failure.
int twin_read(struct twin *twin, int64_t series, struct twin_row **rows);

#endif
