-- An archive of schema 10 with two half-hours and one start of day; every schema keeps such a fixture.
BEGIN TRANSACTION;
CREATE TABLE absent_slot(
  meter_key INTEGER NOT NULL, kind INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
  reason INTEGER NOT NULL, found_at INTEGER NOT NULL,
  PRIMARY KEY (meter_key, kind, first)) WITHOUT ROWID;
CREATE TABLE change_log(
  seq INTEGER PRIMARY KEY, meter_key INTEGER NOT NULL, kind INTEGER NOT NULL, period INTEGER NOT NULL,
  season INTEGER NOT NULL, rev INTEGER NOT NULL, replaced_at INTEGER NOT NULL, reading TEXT NOT NULL);
CREATE TABLE clock_correction(
  entry INTEGER PRIMARY KEY, id INTEGER NOT NULL, serial TEXT NOT NULL, day INTEGER NOT NULL,
  at INTEGER NOT NULL, was INTEGER NOT NULL, "is" INTEGER, manner INTEGER NOT NULL,
  occasion INTEGER NOT NULL, code TEXT NOT NULL, parameters TEXT NOT NULL);
CREATE TABLE counter(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO counter VALUES('applied_revision',1);
INSERT INTO counter VALUES('seq',3);
CREATE TABLE cursor(
  publication INTEGER NOT NULL, broker INTEGER NOT NULL, seq INTEGER NOT NULL,
  sent INTEGER NOT NULL, moved_at INTEGER, PRIMARY KEY (publication, broker)) WITHOUT ROWID;
CREATE TABLE cursor_loss(
  publication INTEGER NOT NULL, broker INTEGER NOT NULL, id INTEGER NOT NULL, kind INTEGER NOT NULL,
  lost INTEGER NOT NULL, PRIMARY KEY (publication, broker, id, kind)) WITHOUT ROWID;
CREATE TABLE cursor_scope(
  publication INTEGER NOT NULL, broker INTEGER NOT NULL, id INTEGER NOT NULL, kind INTEGER NOT NULL,
  seq INTEGER NOT NULL, upto INTEGER NOT NULL, PRIMARY KEY (publication, broker, id, kind)) WITHOUT ROWID;
CREATE TABLE journal(
  entry INTEGER PRIMARY KEY, at INTEGER NOT NULL, id INTEGER NOT NULL, code TEXT NOT NULL,
  parameters TEXT NOT NULL);
CREATE TABLE meter(
  meter_key INTEGER PRIMARY KEY AUTOINCREMENT, id INTEGER NOT NULL, type TEXT NOT NULL,
  address TEXT NOT NULL, parent INTEGER NOT NULL, serial TEXT NOT NULL,
  since_at INTEGER NOT NULL, until_at INTEGER);
INSERT INTO meter VALUES(1,1,'','',0,'1001',1770238800,NULL);
CREATE TABLE poll_outcome(
  id INTEGER NOT NULL, kind INTEGER NOT NULL, at INTEGER NOT NULL, code TEXT NOT NULL,
  parameters TEXT NOT NULL, good_at INTEGER, PRIMARY KEY (id, kind)) WITHOUT ROWID;
CREATE TABLE unbalanced_day(
  meter_key INTEGER NOT NULL, day INTEGER NOT NULL, register_gain INTEGER NOT NULL,
  profile_sum INTEGER NOT NULL, scaler INTEGER NOT NULL, allowance INTEGER NOT NULL,
  PRIMARY KEY (meter_key, day)) WITHOUT ROWID;
CREATE TABLE profile_part(
  meter_key INTEGER NOT NULL, kind INTEGER NOT NULL, period INTEGER NOT NULL, season INTEGER NOT NULL,
  stamp INTEGER NOT NULL, reading TEXT NOT NULL,
  PRIMARY KEY (meter_key, kind, period, season, stamp)) WITHOUT ROWID;
CREATE TABLE quarantine(
  meter_key INTEGER NOT NULL, kind INTEGER NOT NULL, stamp INTEGER NOT NULL, season INTEGER NOT NULL,
  reason INTEGER NOT NULL, diff INTEGER, read_at INTEGER NOT NULL, reading TEXT NOT NULL,
  PRIMARY KEY (meter_key, kind, stamp, season)) WITHOUT ROWID;
CREATE TABLE firing(
  entry INTEGER PRIMARY KEY, planned INTEGER NOT NULL, rule INTEGER NOT NULL, event TEXT NOT NULL,
  event_id INTEGER NOT NULL, action TEXT NOT NULL, action_id INTEGER NOT NULL, began_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL, result INTEGER NOT NULL, good INTEGER NOT NULL, total INTEGER NOT NULL,
  code TEXT NOT NULL, parameters TEXT NOT NULL);
CREATE TABLE event(
  meter_key INTEGER NOT NULL, kind INTEGER NOT NULL, stamp INTEGER NOT NULL, season INTEGER NOT NULL,
  code INTEGER NOT NULL, operating INTEGER NOT NULL, channel INTEGER NOT NULL,
  client INTEGER NOT NULL, ordinal INTEGER NOT NULL, event INTEGER NOT NULL,
  number INTEGER NOT NULL, seq INTEGER NOT NULL, diff INTEGER, before_stamp INTEGER,
  before_season INTEGER,
  PRIMARY KEY (meter_key, kind, stamp, season, code, operating, channel, client, ordinal))
  WITHOUT ROWID;
CREATE TABLE journal_mark(
  meter_key INTEGER NOT NULL, kind INTEGER NOT NULL, read_stamp INTEGER NOT NULL,
  number INTEGER NOT NULL, PRIMARY KEY (meter_key, kind)) WITHOUT ROWID;
INSERT INTO journal_mark VALUES(1,15,820000000,0);
CREATE TABLE alarm(
  entry INTEGER PRIMARY KEY, meter_key INTEGER NOT NULL, bit INTEGER NOT NULL,
  since_at INTEGER NOT NULL, until_at INTEGER);
CREATE TABLE energy(
  series INTEGER NOT NULL, slot INTEGER NOT NULL, seq INTEGER NOT NULL, shape INTEGER NOT NULL,
  mark INTEGER NOT NULL, a_plus_0 INTEGER, a_plus_1 INTEGER, a_plus_2 INTEGER, a_plus_3 INTEGER, a_plus_4 INTEGER, a_minus_0 INTEGER, a_minus_1 INTEGER, a_minus_2 INTEGER, a_minus_3 INTEGER, a_minus_4 INTEGER, r_plus_0 INTEGER, r_plus_1 INTEGER, r_plus_2 INTEGER, r_plus_3 INTEGER, r_plus_4 INTEGER, r_minus_0 INTEGER, r_minus_1 INTEGER, r_minus_2 INTEGER, r_minus_3 INTEGER, r_minus_4 INTEGER, PRIMARY KEY (series, slot)) WITHOUT ROWID;
INSERT INTO energy VALUES(67,27521281,3,1,-1,500,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE energy_shape(
  shape INTEGER PRIMARY KEY, form INTEGER NOT NULL, interval INTEGER NOT NULL,
  scaler_a INTEGER, scaler_r INTEGER, exceptions TEXT);
INSERT INTO energy_shape VALUES(1,0,0,0,NULL,NULL);
CREATE TABLE profile(
  series INTEGER NOT NULL, slot INTEGER NOT NULL, seq INTEGER NOT NULL, shape INTEGER NOT NULL,
  mark INTEGER NOT NULL, p_plus INTEGER, p_minus INTEGER, q_plus INTEGER, q_minus INTEGER, PRIMARY KEY (series, slot)) WITHOUT ROWID;
INSERT INTO profile VALUES(69,27519601,1,1,-1,125,NULL,NULL,NULL);
INSERT INTO profile VALUES(69,27519661,2,1,-1,126,NULL,NULL,NULL);
CREATE TABLE profile_shape(
  shape INTEGER PRIMARY KEY, form INTEGER NOT NULL, interval INTEGER NOT NULL,
  scaler_p INTEGER, scaler_q INTEGER, is_part INTEGER, is_ovfl INTEGER, is_summer INTEGER, c_time INTEGER, exceptions TEXT);
INSERT INTO profile_shape VALUES(1,1,30,0,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE quality(
  series INTEGER NOT NULL, slot INTEGER NOT NULL, seq INTEGER NOT NULL, shape INTEGER NOT NULL,
  mark INTEGER NOT NULL, ua INTEGER, ub INTEGER, uc INTEGER, uab INTEGER, ubc INTEGER, uca INTEGER, ia INTEGER, ib INTEGER, ic INTEGER, i_n INTEGER, idiff INTEGER, ps INTEGER, pa INTEGER, pb INTEGER, pc INTEGER, qs INTEGER, qa INTEGER, qb INTEGER, qc INTEGER, ss INTEGER, sa INTEGER, sb INTEGER, sc INTEGER, ang_ab INTEGER, ang_bc INTEGER, ang_ac INTEGER, ang_uia INTEGER, ang_uib INTEGER, ang_uic INTEGER, k_ps INTEGER, k_pa INTEGER, k_pb INTEGER, k_pc INTEGER, k_qs INTEGER, k_qa INTEGER, k_qb INTEGER, k_qc INTEGER, freq INTEGER, PRIMARY KEY (series, slot)) WITHOUT ROWID;
CREATE TABLE quality_shape(
  shape INTEGER PRIMARY KEY, form INTEGER NOT NULL, interval INTEGER NOT NULL,
  scaler_u INTEGER, scaler_i INTEGER, scaler_p INTEGER, scaler_q INTEGER, scaler_s INTEGER, scaler_ang INTEGER, scaler_k INTEGER, scaler_freq INTEGER, exceptions TEXT);
CREATE TABLE configuration(
  series INTEGER NOT NULL, slot INTEGER NOT NULL, seq INTEGER NOT NULL, shape INTEGER NOT NULL,
  mark INTEGER NOT NULL, k_u INTEGER, k_i INTEGER, const INTEGER, c_time INTEGER, c_arrays INTEGER, is_dst INTEGER, is_clock INTEGER, is_trf INTEGER, is_am INTEGER, is_rm INTEGER, is_rp INTEGER, serial TEXT, model TEXT, PRIMARY KEY (series, slot)) WITHOUT ROWID;
CREATE TABLE configuration_shape(
  shape INTEGER PRIMARY KEY, form INTEGER NOT NULL, interval INTEGER NOT NULL,
  scaler INTEGER, exceptions TEXT);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('meter',4);
CREATE INDEX clock_correction_meter ON clock_correction(id, serial, day);
CREATE UNIQUE INDEX meter_present ON meter(id) WHERE until_at IS NULL;
CREATE UNIQUE INDEX event_seq ON event(seq);
CREATE VIEW readable_event AS
  SELECT m.id AS meter, m.serial AS serial_number, t.kind,
    datetime(t.stamp + 946684800, 'unixepoch') AS at, t.season, t.event, t.number, t.code,
    nullif(t.operating, -1) AS operating, nullif(t.channel, -1) AS channel,
    nullif(t.client, -1) AS client, t.seq, t.diff,
    datetime(t.before_stamp + 946684800, 'unixepoch') AS before
  FROM event t JOIN meter m ON m.meter_key = t.meter_key;
CREATE UNIQUE INDEX energy_seq ON energy(seq);
CREATE INDEX energy_untrusted ON energy(series) WHERE ((mark + 4294967296) >> 50) & 1;
CREATE VIEW readable_energy AS
  SELECT m.id AS meter, m.serial AS serial_number, series & 63 AS kind,
    datetime(((slot >> 1) * 60 + (((mark + 4294967296) >> 33) & 131071) - 131072 * ((((mark + 4294967296) >> 33) & 131071) >= 60)) + 946684800, 'unixepoch') AS at, 1 - (slot & 1) AS season, seq,
    (mark + 4294967296) >> 51 AS rev, NOT (((mark + 4294967296) >> 50) & 1) AS trusted,
    nullif(((mark + 4294967296) & 8589934591) - 4294967296, -4294967296) AS diff, form, interval, scaler_a, scaler_r, a_plus_0, a_plus_1, a_plus_2, a_plus_3, a_plus_4, a_minus_0, a_minus_1, a_minus_2, a_minus_3, a_minus_4, r_plus_0, r_plus_1, r_plus_2, r_plus_3, r_plus_4, r_minus_0, r_minus_1, r_minus_2, r_minus_3, r_minus_4, exceptions
  FROM energy JOIN energy_shape USING (shape)
    JOIN meter m ON m.meter_key = series >> 6;
CREATE UNIQUE INDEX profile_seq ON profile(seq);
CREATE INDEX profile_untrusted ON profile(series) WHERE ((mark + 4294967296) >> 50) & 1;
CREATE VIEW readable_profile AS
  SELECT m.id AS meter, m.serial AS serial_number, series & 63 AS kind,
    datetime(((slot >> 1) * 60 + (((mark + 4294967296) >> 33) & 131071) - 131072 * ((((mark + 4294967296) >> 33) & 131071) >= 60)) + 946684800, 'unixepoch') AS at, 1 - (slot & 1) AS season, seq,
    (mark + 4294967296) >> 51 AS rev, NOT (((mark + 4294967296) >> 50) & 1) AS trusted,
    nullif(((mark + 4294967296) & 8589934591) - 4294967296, -4294967296) AS diff, form, interval, scaler_p, scaler_q, p_plus, p_minus, q_plus, q_minus, is_part, is_ovfl, is_summer, c_time, exceptions
  FROM profile JOIN profile_shape USING (shape)
    JOIN meter m ON m.meter_key = series >> 6;
CREATE UNIQUE INDEX quality_seq ON quality(seq);
CREATE INDEX quality_untrusted ON quality(series) WHERE ((mark + 4294967296) >> 50) & 1;
CREATE VIEW readable_quality AS
  SELECT m.id AS meter, m.serial AS serial_number, series & 63 AS kind,
    datetime(((slot >> 1) * 60 + (((mark + 4294967296) >> 33) & 131071) - 131072 * ((((mark + 4294967296) >> 33) & 131071) >= 60)) + 946684800, 'unixepoch') AS at, 1 - (slot & 1) AS season, seq,
    (mark + 4294967296) >> 51 AS rev, NOT (((mark + 4294967296) >> 50) & 1) AS trusted,
    nullif(((mark + 4294967296) & 8589934591) - 4294967296, -4294967296) AS diff, form, interval, scaler_u, scaler_i, scaler_p, scaler_q, scaler_s, scaler_ang, scaler_k, scaler_freq, ua, ub, uc, uab, ubc, uca, ia, ib, ic, i_n, idiff, ps, pa, pb, pc, qs, qa, qb, qc, ss, sa, sb, sc, ang_ab, ang_bc, ang_ac, ang_uia, ang_uib, ang_uic, k_ps, k_pa, k_pb, k_pc, k_qs, k_qa, k_qb, k_qc, freq, exceptions
  FROM quality JOIN quality_shape USING (shape)
    JOIN meter m ON m.meter_key = series >> 6;
CREATE UNIQUE INDEX configuration_seq ON configuration(seq);
CREATE INDEX configuration_untrusted ON configuration(series) WHERE ((mark + 4294967296) >> 50) & 1;
CREATE VIEW readable_configuration AS
  SELECT m.id AS meter, m.serial AS serial_number, series & 63 AS kind,
    datetime(((slot >> 1) * 60 + (((mark + 4294967296) >> 33) & 131071) - 131072 * ((((mark + 4294967296) >> 33) & 131071) >= 60)) + 946684800, 'unixepoch') AS at, 1 - (slot & 1) AS season, seq,
    (mark + 4294967296) >> 51 AS rev, NOT (((mark + 4294967296) >> 50) & 1) AS trusted,
    nullif(((mark + 4294967296) & 8589934591) - 4294967296, -4294967296) AS diff, form, interval, scaler, k_u, k_i, const, c_time, c_arrays, is_dst, is_clock, is_trf, is_am, is_rm, is_rp, configuration.serial AS serial, configuration.model AS model, exceptions
  FROM configuration JOIN configuration_shape USING (shape)
    JOIN meter m ON m.meter_key = series >> 6;
CREATE TABLE repair(
  entry INTEGER PRIMARY KEY, path TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL,
  ended_at INTEGER, rows INTEGER NOT NULL, holes INTEGER NOT NULL);
ALTER TABLE alarm ADD COLUMN seen_at INTEGER;
INSERT INTO "alarm" VALUES(1,1,4,1772300000,NULL,NULL);
COMMIT;
PRAGMA application_id = 1431122737;
CREATE TABLE clock_rewind(
  target TEXT NOT NULL, entry INTEGER NOT NULL, kind INTEGER NOT NULL, after INTEGER NOT NULL,
  through INTEGER NOT NULL, reached INTEGER NOT NULL, PRIMARY KEY (target, entry)) WITHOUT ROWID;
INSERT INTO "clock_rewind" VALUES('RS-485-1|NP71|17|1/0',0,5,826074600,826078200,826075200);
CREATE TABLE invocation_counter(series TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO "invocation_counter" VALUES('8f0c1d2e3b4a59687766554433221100',513);
CREATE TABLE connection(
  entry INTEGER PRIMARY KEY, server TEXT NOT NULL, port INTEGER NOT NULL, peer TEXT NOT NULL,
  began_at INTEGER NOT NULL, ended_at INTEGER NOT NULL, received INTEGER NOT NULL,
  sent INTEGER NOT NULL, requests INTEGER NOT NULL, result TEXT NOT NULL);
INSERT INTO "connection" VALUES(7,'iface1',11,'192.0.2.7',1772300000,1772300060,90,1200,0,'clientGone');
PRAGMA user_version = 12;
