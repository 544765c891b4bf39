-- Version 5: how far a conversation was read.
ALTER TABLE contacts ADD COLUMN last_read_row_id INTEGER NOT NULL DEFAULT 0;
