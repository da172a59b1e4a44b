// The journal of the event system, since version 3: every firing with what came of it, a ring of the newest.
//
//   planned    the planned minute in the device's civil time, seconds since 2000-01-01
//   rule       row of the event table
//   event, action  type texts of the API; event_id, action_id their rows
//   result     0 done, 1 failed, 2 joined to a run under way, 3 not needed
//   good, total    what the action counted: meters answered and asked, messages sent
//   code, parameters  why it failed; empty when it did not

extension Schema {
    static let firings = [
        """
        CREATE TABLE firing(
          entry INTEGER PRIMARY KEY, planned INTEGER NOT NULL, rule INTEGER NOT NULL, event TEXT NOT NULL,
          event_id INTEGER NOT NULL, action TEXT NOT NULL, action_id INTEGER NOT NULL,
          began_at INTEGER NOT NULL, ended_at INTEGER NOT NULL, result INTEGER NOT NULL,
          good INTEGER NOT NULL, total INTEGER NOT NULL, code TEXT NOT NULL, parameters TEXT NOT NULL)
        """
    ]
}
