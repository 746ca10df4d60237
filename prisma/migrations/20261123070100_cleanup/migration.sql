-- What is cleaned up is found by its age.

-- Jobs that are over, and not in the archive yet. One that was given up as stuck may still succeed and stays out of it, so
-- that those which pile up are not read again and again.
CREATE INDEX generation_jobs_finished_idx
  ON generation_jobs (completed_at, id)
  WHERE archived_at IS NULL AND completed_at IS NOT NULL AND error_code IS DISTINCT FROM 'timed_out';

CREATE INDEX webhook_events_processed_idx ON webhook_events (processed_at, id) WHERE processed_at IS NOT NULL;
