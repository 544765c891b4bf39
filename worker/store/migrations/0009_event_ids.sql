-- Version 9: the ids of events up to here may have been given out. A worker that starts, also after
-- kill -9, goes on behind them.
CREATE TABLE event_ids (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    reserved INTEGER NOT NULL
);
INSERT INTO event_ids (id, reserved) VALUES (1, 0);
