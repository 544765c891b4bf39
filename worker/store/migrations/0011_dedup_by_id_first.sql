-- Version 11: the index that tells a duplicate begins with the message's id. Most ids begin with the
-- time (ULIDs), so what arrives now is on its last page, whoever sent it; with the peer first each
-- sender had a page of its own. With many rows that is a sixth of what taking in a message costs.
DROP INDEX IF EXISTS messages_dedup;
CREATE UNIQUE INDEX messages_dedup ON messages (message_id, peer_url, direction);
