-- The journal, version 1. A released version is never edited: a change is a new file at the end of the ladder.

-- The index of releases, kept in the same transaction as their records.
CREATE TABLE releases (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    -- The last part of the id, which people say.
    short TEXT NOT NULL,
    service TEXT NOT NULL,
    version TEXT NOT NULL,
    stable_version TEXT,
    environment TEXT NOT NULL,
    who TEXT NOT NULL,
    comment TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    outcome TEXT,
    reason TEXT,
    records INTEGER NOT NULL
) STRICT;

CREATE INDEX releases_by_start ON releases (started_at);
CREATE INDEX releases_by_service ON releases (service, started_at);
CREATE INDEX releases_by_short ON releases (short);
-- A service has one release under way.
CREATE UNIQUE INDEX releases_under_way ON releases (service) WHERE outcome IS NULL;

CREATE TABLE records (
    release INTEGER NOT NULL REFERENCES releases (number),
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    -- The version of the event's serialised form.
    format INTEGER NOT NULL,
    -- JSON.
    event TEXT NOT NULL,
    PRIMARY KEY (release, seq)
) STRICT;

CREATE TABLE signals (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    release INTEGER NOT NULL REFERENCES releases (number),
    at INTEGER NOT NULL,
    -- JSON.
    signal TEXT NOT NULL,
    who TEXT NOT NULL,
    comment TEXT NOT NULL,
    -- The record that answers it.
    answered_by INTEGER,
    FOREIGN KEY (release, answered_by) REFERENCES records (release, seq)
) STRICT;

CREATE INDEX signals_waiting ON signals (release, number) WHERE answered_by IS NULL;
