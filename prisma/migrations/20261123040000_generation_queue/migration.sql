-- Where work waits, and who hears of its progress.

-- The queue of graphile-worker. It makes its tables itself, at the start of a gateway or worker and as the service's role,
-- which then owns them: their row-level security lets nobody else in. The schema, and the list of what it has made, are
-- here already, because only the owner of the database makes schemas.
CREATE SCHEMA IF NOT EXISTS graphile_worker;
GRANT USAGE, CREATE ON SCHEMA graphile_worker TO roomfeed_service;
CREATE TABLE IF NOT EXISTS graphile_worker.migrations (
  id integer NOT NULL,
  ts timestamptz NOT NULL DEFAULT now(),
  breaking boolean NOT NULL DEFAULT false,
  CONSTRAINT migrations_pkey PRIMARY KEY (id)
);
GRANT SELECT, INSERT, UPDATE ON graphile_worker.migrations TO roomfeed_service;

-- Tells every process, with the commit, that jobs of somebody moved on. Channel `roomfeed_job_events`, the payload is
-- `<owner> <newest seq>`. A hint: whoever listens looks by time as well.
CREATE FUNCTION tell_job_events() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM pg_notify('roomfeed_job_events', owner_id || ' ' || max(seq)) FROM changed GROUP BY owner_id;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION tell_job_events() FROM PUBLIC;

CREATE TRIGGER job_events_tell_insert AFTER INSERT ON job_events REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION tell_job_events();
