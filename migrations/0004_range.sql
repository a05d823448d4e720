-- expand
-- Which releases work with these tables: those that know every migration up to `oldest`. A migration that expands leaves
-- the row alone; one that contracts raises it, and says which release is the first to know that migration.
CREATE TABLE schema_range (
    one BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    oldest BIGINT NOT NULL,
    release TEXT NOT NULL
);
INSERT INTO schema_range (one, oldest, release) VALUES (1, 4, '0.1.0');
