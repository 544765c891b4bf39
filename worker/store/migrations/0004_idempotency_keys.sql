-- Version 4: what a client asked for already (Idempotency-Key), per token.
CREATE TABLE idempotency_keys (
    token_id        INTEGER NOT NULL REFERENCES auth_tokens (id),
    idempotency_key TEXT    NOT NULL,
    row_id          INTEGER NOT NULL REFERENCES messages (id),
    payload_hash    BLOB    NOT NULL,
    created_at      TEXT    NOT NULL,
    PRIMARY KEY (token_id, idempotency_key)
) WITHOUT ROWID;
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
