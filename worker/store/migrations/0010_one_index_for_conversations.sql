-- Version 10: one index finds a conversation and counts what is unread in it, where two did. With
-- many rows each message touches a page of its own in every index, so one fewer is a tenth of what
-- taking in a message costs.
DROP INDEX IF EXISTS messages_unread;
DROP INDEX IF EXISTS messages_thread;
CREATE INDEX messages_conversation ON messages (peer_url, id, direction);
