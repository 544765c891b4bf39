-- Version 8: how much is unread is kept with each contact instead of counted for every list: with a
-- million messages counting held up the worker for a quarter of a second. Triggers keep it, so it
-- is right whoever writes.
ALTER TABLE contacts ADD COLUMN unread_count INTEGER NOT NULL DEFAULT 0;
UPDATE contacts SET unread_count = (
    SELECT count(*) FROM messages
    WHERE direction = 'in' AND messages.peer_url = contacts.peer_url
      AND messages.id > contacts.last_read_row_id);

CREATE TRIGGER messages_arrived AFTER INSERT ON messages WHEN NEW.direction = 'in'
BEGIN
    UPDATE contacts SET unread_count = unread_count + 1
    WHERE peer_url = NEW.peer_url AND last_read_row_id < NEW.id;
END;
CREATE TRIGGER messages_gone AFTER DELETE ON messages WHEN OLD.direction = 'in'
BEGIN
    UPDATE contacts SET unread_count = unread_count - 1
    WHERE peer_url = OLD.peer_url AND last_read_row_id < OLD.id;
END;
CREATE TRIGGER contacts_added AFTER INSERT ON contacts
BEGIN
    UPDATE contacts SET unread_count = (
        SELECT count(*) FROM messages
        WHERE direction = 'in' AND peer_url = NEW.peer_url AND id > NEW.last_read_row_id)
    WHERE peer_url = NEW.peer_url;
END;
-- What was read meanwhile is counted, not what is left: that may be far more.
CREATE TRIGGER contacts_read AFTER UPDATE OF last_read_row_id ON contacts
WHEN NEW.last_read_row_id > OLD.last_read_row_id
BEGIN
    UPDATE contacts SET unread_count = unread_count - (
        SELECT count(*) FROM messages
        WHERE direction = 'in' AND peer_url = NEW.peer_url
          AND id > OLD.last_read_row_id AND id <= NEW.last_read_row_id)
    WHERE peer_url = NEW.peer_url;
END;
