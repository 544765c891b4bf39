-- Version 1: the single-user daemon's own tables.
CREATE TABLE messages (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    direction       TEXT    NOT NULL CHECK (direction IN ('in', 'out')),
    peer_url        TEXT    NOT NULL,
    message_id      TEXT    NOT NULL,
    in_reply_to     TEXT    NOT NULL DEFAULT '',
    payload         TEXT    NOT NULL,
    body_text       TEXT    NOT NULL DEFAULT '',
    key_id          TEXT    NOT NULL DEFAULT '',
    raw_envelope    BLOB,
    signature       BLOB,
    sent_at         TEXT    NOT NULL,
    received_at     TEXT    NOT NULL DEFAULT '',
    status          TEXT    NOT NULL,
    attempts        INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TEXT    NOT NULL DEFAULT '',
    last_error_code TEXT    NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX messages_dedup  ON messages (direction, peer_url, message_id);
CREATE INDEX        messages_thread ON messages (peer_url, id);
CREATE INDEX        messages_outbox ON messages (next_attempt_at) WHERE direction = 'out' AND status = 'pending';

CREATE TABLE contacts (
    peer_url        TEXT PRIMARY KEY,
    name            TEXT    NOT NULL DEFAULT '',
    about           TEXT    NOT NULL DEFAULT '',
    avatar          TEXT    NOT NULL DEFAULT '',
    kind            TEXT    NOT NULL DEFAULT '',
    pinned          INTEGER NOT NULL DEFAULT 0,
    message_count   INTEGER NOT NULL DEFAULT 0,
    last_message_at TEXT    NOT NULL DEFAULT '',
    created_at      TEXT    NOT NULL
);

CREATE VIRTUAL TABLE messages_fts USING fts5 (body_text, content = 'messages', content_rowid = 'id');

