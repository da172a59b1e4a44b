// The plain C twin of the archive's hot paths; see the header. Written as a careful C programmer would:
// prepared statements, one transaction a session, no allocation per row.

#include "archive_twin.h"

#include <sqlite3.h>
#include <stdlib.h>

#define COLUMNS "series, slot, seq, shape, mark, p_plus, p_minus, q_plus, q_minus"

// Columns before the values.
enum { HEAD = 5 };

enum { BEGIN, COMMIT, INSERT, NEWEST, PRUNE, COUNTER, SELECT, STATEMENTS };

struct twin {
    sqlite3 *database;
    sqlite3_stmt *statements[STATEMENTS];
    int64_t sequence;
};

static const char *const texts[STATEMENTS] = {
    "BEGIN IMMEDIATE",
    "COMMIT",
    "INSERT INTO profile(" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO NOTHING",
    "SELECT slot FROM profile WHERE series = ?1 AND NOT (((mark + 4294967296) >> 50) & 1) "
    "ORDER BY slot DESC LIMIT 1",
    "DELETE FROM profile WHERE series = ?1 AND slot < ?2",
    "UPDATE counter SET value = ?1 WHERE name = 'seq'",
    "SELECT " COLUMNS " FROM profile WHERE series = ?1 ORDER BY slot",
};

struct twin *twin_open(const char *path) {
    struct twin *twin = calloc(1, sizeof *twin);
    if (!twin) return 0;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    const char *pragmas =
        "PRAGMA secure_delete = OFF; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "PRAGMA wal_autocheckpoint = 500; PRAGMA journal_size_limit = 4194304; PRAGMA cache_size = -2048;"
        "PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY";
    int failed = sqlite3_open_v2(path, &twin->database, flags, 0) != SQLITE_OK ||
                 sqlite3_exec(twin->database, pragmas, 0, 0, 0) != SQLITE_OK;
    for (int i = 0; i < STATEMENTS && !failed; i++)
        failed = sqlite3_prepare_v3(twin->database, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                                    &twin->statements[i], 0) != SQLITE_OK;
    if (failed) {
        twin_close(twin);
        return 0;
    }
    return twin;
}

void twin_close(struct twin *twin) {
    for (int i = 0; i < STATEMENTS; i++) sqlite3_finalize(twin->statements[i]);
    sqlite3_close_v2(twin->database);
    free(twin);
}

static int run(sqlite3_stmt *statement) {
    int result = sqlite3_step(statement);
    sqlite3_reset(statement);
    return result == SQLITE_DONE || result == SQLITE_ROW ? 0 : 1;
}

static int insert(struct twin *twin, const struct twin_row *row) {
    sqlite3_stmt *s = twin->statements[INSERT];
    const int64_t *numbers = &row->series;
    for (int i = 0; i < HEAD; i++) sqlite3_bind_int64(s, i + 1, numbers[i]);
    sqlite3_bind_int64(s, 3, ++twin->sequence);
    for (int i = 0; i < 4; i++) {
        if (row->present & (1 << i)) sqlite3_bind_int64(s, HEAD + 1 + i, row->values[i]);
        else sqlite3_bind_null(s, HEAD + 1 + i);
    }
    return run(s);
}

int twin_store(struct twin *twin, int64_t series, const struct twin_row *rows, int count,
               int64_t depth_slots) {
    sqlite3_stmt **s = twin->statements;
    int failed = run(s[BEGIN]);
    for (int i = 0; i < count; i++) failed |= insert(twin, &rows[i]);
    sqlite3_bind_int64(s[NEWEST], 1, series);
    int64_t newest = sqlite3_step(s[NEWEST]) == SQLITE_ROW ? sqlite3_column_int64(s[NEWEST], 0) : 0;
    sqlite3_reset(s[NEWEST]);
    sqlite3_bind_int64(s[PRUNE], 1, series);
    sqlite3_bind_int64(s[PRUNE], 2, newest - depth_slots + 1);
    failed |= run(s[PRUNE]);
    sqlite3_bind_int64(s[COUNTER], 1, twin->sequence);
    failed |= run(s[COUNTER]);
    failed |= run(s[COMMIT]);
    return failed;
}

int twin_read(struct twin *twin, int64_t series, struct twin_row **rows) {
    sqlite3_stmt *s = twin->statements[SELECT];
    int count = 0, room = 1024;
    struct twin_row *found = malloc(room * sizeof *found);
    sqlite3_bind_int64(s, 1, series);
    while (found && sqlite3_step(s) == SQLITE_ROW) {
        if (count == room) {
            struct twin_row *grown = realloc(found, (room *= 2) * sizeof *found);
            if (!grown) break;
            found = grown;
        }
        struct twin_row *row = &found[count++];
        int64_t *numbers = &row->series;
        for (int i = 0; i < HEAD; i++) numbers[i] = sqlite3_column_int64(s, i);
        row->present = 0;
        for (int i = 0; i < 4; i++) {
            if (sqlite3_column_type(s, HEAD + i) == SQLITE_NULL) continue;
            row->present |= 1 << i;
            row->values[i] = sqlite3_column_int64(s, HEAD + i);
        }
    }
    sqlite3_reset(s);
    *rows = found;
    return found ? count : -1;
}
