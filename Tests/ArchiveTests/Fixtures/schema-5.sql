-- An archive of schema 5 with two half-hours and one start of day; every schema keeps such a fixture.
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
CREATE INDEX clock_correction_meter ON clock_correction(id, serial, day);
CREATE TABLE configuration(
  meter_key INTEGER NOT NULL, kind INTEGER NOT NULL, period INTEGER NOT NULL,
  season INTEGER NOT NULL, stamp INTEGER NOT NULL, seq INTEGER NOT NULL,
  rev INTEGER NOT NULL, trusted INTEGER NOT NULL, diff INTEGER,
  form INTEGER NOT NULL, interval INTEGER NOT NULL,
  scaler INTEGER, k_u INTEGER, k_i INTEGER, const INTEGER, c_time INTEGER, c_arrays INTEGER, is_dst INTEGER, is_clock INTEGER, is_trf INTEGER, is_am INTEGER, is_rm INTEGER, is_rp INTEGER, serial TEXT, model TEXT, exceptions TEXT,
  PRIMARY KEY (meter_key, kind, period, season DESC)) WITHOUT ROWID;
CREATE TABLE counter(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO "counter" VALUES('applied_revision',1);
INSERT INTO "counter" VALUES('seq',3);
CREATE TABLE cursor(
  publication INTEGER NOT NULL, broker INTEGER NOT NULL, seq INTEGER NOT NULL,
  sent INTEGER NOT NULL, moved_at INTEGER, PRIMARY KEY (publication, broker)) WITHOUT ROWID;
CREATE TABLE cursor_loss(
  publication INTEGER NOT NULL, broker INTEGER NOT NULL, id INTEGER NOT NULL, kind INTEGER NOT NULL,
  lost INTEGER NOT NULL, PRIMARY KEY (publication, broker, id, kind)) WITHOUT ROWID;
CREATE TABLE cursor_scope(
  publication INTEGER NOT NULL, broker INTEGER NOT NULL, id INTEGER NOT NULL, kind INTEGER NOT NULL,
  seq INTEGER NOT NULL, upto INTEGER NOT NULL, PRIMARY KEY (publication, broker, id, kind)) WITHOUT ROWID;
CREATE TABLE energy(
  meter_key INTEGER NOT NULL, kind INTEGER NOT NULL, period INTEGER NOT NULL,
  season INTEGER NOT NULL, stamp INTEGER NOT NULL, seq INTEGER NOT NULL,
  rev INTEGER NOT NULL, trusted INTEGER NOT NULL, diff INTEGER,
  form INTEGER NOT NULL, interval INTEGER NOT NULL,
  scaler_a INTEGER, scaler_r INTEGER, a_plus_0 INTEGER, a_plus_1 INTEGER, a_plus_2 INTEGER, a_plus_3 INTEGER, a_plus_4 INTEGER, a_minus_0 INTEGER, a_minus_1 INTEGER, a_minus_2 INTEGER, a_minus_3 INTEGER, a_minus_4 INTEGER, r_plus_0 INTEGER, r_plus_1 INTEGER, r_plus_2 INTEGER, r_plus_3 INTEGER, r_plus_4 INTEGER, r_minus_0 INTEGER, r_minus_1 INTEGER, r_minus_2 INTEGER, r_minus_3 INTEGER, r_minus_4 INTEGER, exceptions TEXT,
  PRIMARY KEY (meter_key, kind, period, season DESC)) WITHOUT ROWID;
INSERT INTO "energy" VALUES(1,3,13760640,0,825638400,3,0,1,-1,0,0,0,NULL,500,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE journal(
  entry INTEGER PRIMARY KEY, at INTEGER NOT NULL, id INTEGER NOT NULL, code TEXT NOT NULL,
  parameters TEXT NOT NULL);
CREATE TABLE meter(
  meter_key INTEGER PRIMARY KEY AUTOINCREMENT, id INTEGER NOT NULL, type TEXT NOT NULL,
  address TEXT NOT NULL, parent INTEGER NOT NULL, serial TEXT NOT NULL,
  since_at INTEGER NOT NULL, until_at INTEGER);
INSERT INTO "meter" VALUES(1,1,'','',0,'1001',1770238800,NULL);
CREATE TABLE poll_outcome(
  id INTEGER NOT NULL, kind INTEGER NOT NULL, at INTEGER NOT NULL, code TEXT NOT NULL,
  parameters TEXT NOT NULL, good_at INTEGER, PRIMARY KEY (id, kind)) WITHOUT ROWID;
CREATE TABLE unbalanced_day(
  meter_key INTEGER NOT NULL, day INTEGER NOT NULL, register_gain INTEGER NOT NULL,
  profile_sum INTEGER NOT NULL, scaler INTEGER NOT NULL, allowance INTEGER NOT NULL,
  PRIMARY KEY (meter_key, day)) WITHOUT ROWID;
CREATE TABLE profile(
  meter_key INTEGER NOT NULL, kind INTEGER NOT NULL, period INTEGER NOT NULL,
  season INTEGER NOT NULL, stamp INTEGER NOT NULL, seq INTEGER NOT NULL,
  rev INTEGER NOT NULL, trusted INTEGER NOT NULL, diff INTEGER,
  form INTEGER NOT NULL, interval INTEGER NOT NULL,
  scaler_p INTEGER, scaler_q INTEGER, p_plus INTEGER, p_minus INTEGER, q_plus INTEGER, q_minus INTEGER, is_part INTEGER, is_ovfl INTEGER, is_summer INTEGER, c_time INTEGER, exceptions TEXT,
  PRIMARY KEY (meter_key, kind, period, season DESC)) WITHOUT ROWID;
INSERT INTO "profile" VALUES(1,5,13759800,0,825588000,1,0,1,-1,1,30,0,NULL,125,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "profile" VALUES(1,5,13759830,0,825589800,2,0,1,-1,1,30,0,NULL,126,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE profile_part(
  meter_key INTEGER NOT NULL, kind INTEGER NOT NULL, period INTEGER NOT NULL, season INTEGER NOT NULL,
  stamp INTEGER NOT NULL, reading TEXT NOT NULL,
  PRIMARY KEY (meter_key, kind, period, season, stamp)) WITHOUT ROWID;
CREATE TABLE quality(
  meter_key INTEGER NOT NULL, kind INTEGER NOT NULL, period INTEGER NOT NULL,
  season INTEGER NOT NULL, stamp INTEGER NOT NULL, seq INTEGER NOT NULL,
  rev INTEGER NOT NULL, trusted INTEGER NOT NULL, diff INTEGER,
  form INTEGER NOT NULL, interval INTEGER NOT NULL,
  scaler_u INTEGER, scaler_i INTEGER, scaler_p INTEGER, scaler_q INTEGER, scaler_s INTEGER, scaler_ang INTEGER, scaler_k INTEGER, scaler_freq INTEGER, ua INTEGER, ub INTEGER, uc INTEGER, uab INTEGER, ubc INTEGER, uca INTEGER, ia INTEGER, ib INTEGER, ic INTEGER, i_n INTEGER, idiff INTEGER, ps INTEGER, pa INTEGER, pb INTEGER, pc INTEGER, qs INTEGER, qa INTEGER, qb INTEGER, qc INTEGER, ss INTEGER, sa INTEGER, sb INTEGER, sc INTEGER, ang_ab INTEGER, ang_bc INTEGER, ang_ac INTEGER, ang_uia INTEGER, ang_uib INTEGER, ang_uic INTEGER, k_ps INTEGER, k_pa INTEGER, k_pb INTEGER, k_pc INTEGER, k_qs INTEGER, k_qa INTEGER, k_qb INTEGER, k_qc INTEGER, freq INTEGER, exceptions TEXT,
  PRIMARY KEY (meter_key, kind, period, season DESC)) WITHOUT ROWID;
CREATE TABLE quarantine(
  meter_key INTEGER NOT NULL, kind INTEGER NOT NULL, stamp INTEGER NOT NULL, season INTEGER NOT NULL,
  reason INTEGER NOT NULL, diff INTEGER, read_at INTEGER NOT NULL, reading TEXT NOT NULL,
  PRIMARY KEY (meter_key, kind, stamp, season)) WITHOUT ROWID;
CREATE UNIQUE INDEX energy_seq ON energy(seq);
CREATE INDEX energy_untrusted ON energy(meter_key) WHERE trusted = 0;
CREATE VIEW readable_energy AS
  SELECT m.id AS meter, m.serial AS serial_number, t.kind,
    datetime(t.stamp + 946684800, 'unixepoch') AS at, t.season, t.seq, t.rev, t.trusted, t.diff,
    t.form, t.interval, t.scaler_a, t.scaler_r, t.a_plus_0, t.a_plus_1, t.a_plus_2, t.a_plus_3, t.a_plus_4, t.a_minus_0, t.a_minus_1, t.a_minus_2, t.a_minus_3, t.a_minus_4, t.r_plus_0, t.r_plus_1, t.r_plus_2, t.r_plus_3, t.r_plus_4, t.r_minus_0, t.r_minus_1, t.r_minus_2, t.r_minus_3, t.r_minus_4, t.exceptions
  FROM energy t JOIN meter m ON m.meter_key = t.meter_key;
CREATE UNIQUE INDEX profile_seq ON profile(seq);
CREATE INDEX profile_untrusted ON profile(meter_key) WHERE trusted = 0;
CREATE VIEW readable_profile AS
  SELECT m.id AS meter, m.serial AS serial_number, t.kind,
    datetime(t.stamp + 946684800, 'unixepoch') AS at, t.season, t.seq, t.rev, t.trusted, t.diff,
    t.form, t.interval, t.scaler_p, t.scaler_q, t.p_plus, t.p_minus, t.q_plus, t.q_minus, t.is_part, t.is_ovfl, t.is_summer, t.c_time, t.exceptions
  FROM profile t JOIN meter m ON m.meter_key = t.meter_key;
CREATE UNIQUE INDEX quality_seq ON quality(seq);
CREATE INDEX quality_untrusted ON quality(meter_key) WHERE trusted = 0;
CREATE VIEW readable_quality AS
  SELECT m.id AS meter, m.serial AS serial_number, t.kind,
    datetime(t.stamp + 946684800, 'unixepoch') AS at, t.season, t.seq, t.rev, t.trusted, t.diff,
    t.form, t.interval, t.scaler_u, t.scaler_i, t.scaler_p, t.scaler_q, t.scaler_s, t.scaler_ang, t.scaler_k, t.scaler_freq, t.ua, t.ub, t.uc, t.uab, t.ubc, t.uca, t.ia, t.ib, t.ic, t.i_n, t.idiff, t.ps, t.pa, t.pb, t.pc, t.qs, t.qa, t.qb, t.qc, t.ss, t.sa, t.sb, t.sc, t.ang_ab, t.ang_bc, t.ang_ac, t.ang_uia, t.ang_uib, t.ang_uic, t.k_ps, t.k_pa, t.k_pb, t.k_pc, t.k_qs, t.k_qa, t.k_qb, t.k_qc, t.freq, t.exceptions
  FROM quality t JOIN meter m ON m.meter_key = t.meter_key;
CREATE UNIQUE INDEX configuration_seq ON configuration(seq);
CREATE INDEX configuration_untrusted ON configuration(meter_key) WHERE trusted = 0;
CREATE VIEW readable_configuration AS
  SELECT m.id AS meter, m.serial AS serial_number, t.kind,
    datetime(t.stamp + 946684800, 'unixepoch') AS at, t.season, t.seq, t.rev, t.trusted, t.diff,
    t.form, t.interval, t.scaler, t.k_u, t.k_i, t.const, t.c_time, t.c_arrays, t.is_dst, t.is_clock, t.is_trf, t.is_am, t.is_rm, t.is_rp, t.serial, t.model, t.exceptions
  FROM configuration t JOIN meter m ON m.meter_key = t.meter_key;
CREATE UNIQUE INDEX meter_present ON meter(id) WHERE until_at IS NULL;
CREATE TABLE firing(
  entry INTEGER PRIMARY KEY, planned INTEGER NOT NULL, rule INTEGER NOT NULL, event TEXT NOT NULL,
  event_id INTEGER NOT NULL, action TEXT NOT NULL, action_id INTEGER NOT NULL, began_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL, result INTEGER NOT NULL, good INTEGER NOT NULL, total INTEGER NOT NULL,
  code TEXT NOT NULL, parameters TEXT NOT NULL);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('meter',4);
CREATE TABLE event(
  meter_key INTEGER NOT NULL, kind INTEGER NOT NULL, stamp INTEGER NOT NULL, season INTEGER NOT NULL,
  code INTEGER NOT NULL, operating INTEGER NOT NULL, channel INTEGER NOT NULL,
  client INTEGER NOT NULL, ordinal INTEGER NOT NULL, event INTEGER NOT NULL,
  number INTEGER NOT NULL, seq INTEGER NOT NULL, diff INTEGER, before_stamp INTEGER,
  before_season INTEGER,
  PRIMARY KEY (meter_key, kind, stamp, season, code, operating, channel, client, ordinal))
  WITHOUT ROWID;
CREATE UNIQUE INDEX event_seq ON event(seq);
CREATE VIEW readable_event AS
  SELECT m.id AS meter, m.serial AS serial_number, t.kind,
    datetime(t.stamp + 946684800, 'unixepoch') AS at, t.season, t.event, t.number, t.code,
    nullif(t.operating, -1) AS operating, nullif(t.channel, -1) AS channel,
    nullif(t.client, -1) AS client, t.seq, t.diff,
    datetime(t.before_stamp + 946684800, 'unixepoch') AS before
  FROM event t JOIN meter m ON m.meter_key = t.meter_key;
CREATE TABLE journal_mark(
  meter_key INTEGER NOT NULL, kind INTEGER NOT NULL, read_stamp INTEGER NOT NULL,
  number INTEGER NOT NULL, PRIMARY KEY (meter_key, kind)) WITHOUT ROWID;
CREATE TABLE alarm(
  entry INTEGER PRIMARY KEY, meter_key INTEGER NOT NULL, bit INTEGER NOT NULL,
  since_at INTEGER NOT NULL, until_at INTEGER);
INSERT INTO "journal_mark" VALUES(1,15,820000000,0);
COMMIT;
PRAGMA application_id = 1431122737;
PRAGMA user_version = 5;
