-- Version 2: the server's tables beside them.
CREATE TABLE schema_version (version INTEGER NOT NULL, applied_at TEXT NOT NULL);
CREATE TABLE identity (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    url    TEXT NOT NULL,
    name   TEXT NOT NULL DEFAULT '',
    about  TEXT NOT NULL DEFAULT '',
    avatar TEXT NOT NULL DEFAULT ''
);
CREATE TABLE auth_tokens (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    name         TEXT NOT NULL,
    token_hash   BLOB NOT NULL UNIQUE,
    created_at   TEXT NOT NULL,
    last_seen_at TEXT NOT NULL DEFAULT '',
    revoked_at   TEXT NOT NULL DEFAULT ''
);
CREATE TABLE devices (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    token_id   INTEGER NOT NULL REFERENCES auth_tokens (id),
    platform   TEXT NOT NULL,
    push_token TEXT NOT NULL DEFAULT '',
    created_at TEXT NOT NULL
);
