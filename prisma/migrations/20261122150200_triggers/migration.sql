-- What holds whoever writes, the service role and the owner included.
--
-- No function here is SECURITY DEFINER: under forced policies it would run as an owner that sees no row. Each refusal
-- has an SQLSTATE of its own, so that a service can tell it from the others without reading the message:
--   RF001  the default favorites are protected
--   RF002  the usage ledger is append-only
--   RF003  a job moves forward only
--   RF004  this row is never deleted

-- Refuses the statement with the trigger's own words: the SQLSTATE and the message are its arguments.
CREATE FUNCTION refuse() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = TG_ARGV[0], MESSAGE = TG_ARGV[1];
END
$$;

-- Everyone has their favorites from the first moment on. Runs as whoever inserts the profile, which is the gateway in
-- its viewer's scope, or the service role.
CREATE FUNCTION make_default_favorites() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  INSERT INTO public.collections (owner_id, name, is_default_favorites) VALUES (NEW.id, 'Favorites', true);
  RETURN NULL;
END
$$;

CREATE TRIGGER profiles_make_default_favorites
  AFTER INSERT ON profiles
  FOR EACH ROW EXECUTE FUNCTION make_default_favorites();

-- A collection is the default from its beginning to its end: no other one becomes it, and it stays what it is.
CREATE FUNCTION protect_default_favorites() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.is_default_favorites THEN
      RAISE EXCEPTION 'The default favorites cannot be deleted.' USING ERRCODE = 'RF001';
    END IF;
    RETURN OLD;
  END IF;
  IF OLD.is_default_favorites IS DISTINCT FROM NEW.is_default_favorites THEN
    RAISE EXCEPTION 'A collection neither becomes nor ceases to be the default favorites.' USING ERRCODE = 'RF001';
  END IF;
  IF OLD.is_default_favorites AND OLD.name IS DISTINCT FROM NEW.name THEN
    RAISE EXCEPTION 'The default favorites cannot be renamed.' USING ERRCODE = 'RF001';
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER collections_protect_default_favorites
  BEFORE UPDATE OR DELETE ON collections
  FOR EACH ROW EXECUTE FUNCTION protect_default_favorites();

-- For the statement and not for each row: it is refused also where a policy hides every row from whoever runs it.
CREATE TRIGGER usage_ledger_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON usage_ledger
  FOR EACH STATEMENT EXECUTE FUNCTION refuse(
    'RF002', 'The usage ledger is append-only: undo a debit with a refund, and correct a sum with a credit.');

CREATE TRIGGER profiles_never_deleted
  BEFORE DELETE OR TRUNCATE ON profiles
  FOR EACH STATEMENT EXECUTE FUNCTION refuse(
    'RF004', 'A profile is never deleted: clear its personal columns and set erased_at.');

CREATE TRIGGER generation_jobs_never_deleted
  BEFORE DELETE OR TRUNCATE ON generation_jobs
  FOR EACH STATEMENT EXECUTE FUNCTION refuse('RF004', 'A job is never deleted: set archived_at.');

-- starting, processing, then one terminal state. The one way back: a job that was given up as stuck may still succeed,
-- because the provider's result arrived after all.
CREATE FUNCTION move_job_forward() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  IF OLD.status = 'starting'
    OR (OLD.status = 'processing' AND NEW.status IN ('succeeded', 'failed', 'canceled'))
    OR (OLD.status = 'failed' AND OLD.error_code = 'timed_out' AND NEW.status = 'succeeded')
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'A job moves forward only: it cannot go from % to %.', OLD.status, NEW.status
    USING ERRCODE = 'RF003';
END
$$;

CREATE TRIGGER generation_jobs_move_forward
  BEFORE UPDATE ON generation_jobs
  FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
  EXECUTE FUNCTION move_job_forward();

-- Nobody calls these; a trigger runs its function without asking for the right to.
REVOKE ALL ON FUNCTION refuse(), make_default_favorites(), protect_default_favorites(), move_job_forward() FROM PUBLIC;
