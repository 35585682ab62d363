-- Runs once, when the database is made. The services make and migrate their tables themselves at start; this only lets operators see what queries cost.
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
