-- Version 7 (6 is code: canonical_peers.cpp): an invite that was revoked is told from one that was
-- used, and each peer's queue is read in its order.
ALTER TABLE invites ADD COLUMN revoked_at TEXT NOT NULL DEFAULT '';
CREATE INDEX messages_queue ON messages (peer_url, id)
    WHERE direction = 'out' AND status IN ('pending', 'sending');
CREATE INDEX messages_unread ON messages (peer_url, id) WHERE direction = 'in';
