-- An account that was deleted gets no new pictures, whoever writes, and every process hears of it.

-- The words of archived jobs are found by their owner; nothing else looks for those.
CREATE INDEX generation_jobs_archived_idx
  ON generation_jobs (owner_id, created_at DESC, id DESC) WHERE archived_at IS NOT NULL;

-- Work is left where an erasure is not complete, and where a payment that was under way has brought a customer back.
DROP INDEX profiles_being_erased_idx;
CREATE INDEX profiles_being_erased_idx ON profiles (erased_at, id)
  WHERE erased_at IS NOT NULL AND (erasure_completed_at IS NULL OR customer_id IS NOT NULL);

-- What a person does is refused by their account's status. Workers act for nobody, and one of them may be about to store
-- the pictures of a generation when its account is deleted: here it is refused where it writes down what it will store.
-- The lock waits for a deletion that is under way, and makes one that comes later wait until the rows can be seen. What
-- is due at once may be written: that is the record of bytes which nobody needs, so that they are removed.
CREATE FUNCTION refuse_assets_of_erased() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  -- An aggregate: a condition would be looked at before the lock, and nobody who is there would be locked.
  IF (
    SELECT bool_or(erased_at IS NOT NULL) FROM (
      SELECT erased_at FROM profiles
      WHERE id IN (
        SELECT owner_id FROM added
        WHERE marked_at IS NULL OR marked_at > clock_timestamp() + interval '10 minutes'
      )
      FOR SHARE
    ) owners
  ) THEN
    RAISE EXCEPTION 'This account was deleted: nothing is stored for it any more.' USING ERRCODE = 'RF005';
  END IF;
  RETURN NULL;
END
$$;

CREATE TRIGGER assets_refuse_erased AFTER INSERT ON assets REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_assets_of_erased();

-- Tells every process, with the commit, that an account was deleted: none takes its requests any more. Channel
-- `roomfeed_erasures`, the payload is the account's id.
CREATE FUNCTION tell_erased() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM pg_notify('roomfeed_erasures', NEW.id::text);
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION refuse_assets_of_erased(), tell_erased() FROM PUBLIC;

CREATE TRIGGER profiles_tell_erased AFTER UPDATE ON profiles
  FOR EACH ROW WHEN (OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL) EXECUTE FUNCTION tell_erased();
