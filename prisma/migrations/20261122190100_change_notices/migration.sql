-- Tells every gateway process, with the commit that changed them, whose rows changed: caches drop what they kept of them.
--
-- Channel `roomfeed_changes`; the payload is `owner:<uuid>` where rows of one person changed, `community` for the shared
-- gallery, and `all` for what everybody's answers depend on. Triggers and not the services send it, so that it holds
-- whoever writes: a worker, a webhook, a person with psql. One statement sends each owner once; PostgreSQL itself drops
-- repetitions within a transaction. It is a hint: whoever listens drops by time as well.

CREATE FUNCTION tell_owners_changed() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM pg_notify('roomfeed_changes', 'owner:' || owner_id)
    FROM (SELECT DISTINCT owner_id FROM changed WHERE owner_id IS NOT NULL) owners;
  RETURN NULL;
END
$$;

CREATE FUNCTION tell_profiles_changed() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  PERFORM pg_notify('roomfeed_changes', 'owner:' || id) FROM changed;
  RETURN NULL;
END
$$;

-- The argument is the payload. A statement that met no row is none: deleting a render runs one on the items that were
-- made from it, and there mostly are none.
CREATE FUNCTION tell_changed() RETURNS trigger
LANGUAGE plpgsql
AS $$
BEGIN
  IF EXISTS (SELECT FROM changed) THEN
    PERFORM pg_notify('roomfeed_changes', TG_ARGV[0]);
  END IF;
  RETURN NULL;
END
$$;

REVOKE ALL ON FUNCTION tell_owners_changed(), tell_profiles_changed(), tell_changed() FROM PUBLIC;

-- A trigger with a transition table takes one event each. An update never moves a row to another owner: the composite
-- keys and the policies hold it.
DO $$
DECLARE
  kept text;
BEGIN
  FOREACH kept IN ARRAY ARRAY[
    'plan_changes', 'generation_jobs', 'renders', 'render_variants', 'collections', 'collection_items', 'usage_ledger',
    'usage_periods', 'assets'
  ] LOOP
    EXECUTE format($triggers$
      CREATE TRIGGER %1$s_tell_insert AFTER INSERT ON %1$I REFERENCING NEW TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION tell_owners_changed();
      CREATE TRIGGER %1$s_tell_update AFTER UPDATE ON %1$I REFERENCING NEW TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION tell_owners_changed();
      CREATE TRIGGER %1$s_tell_delete AFTER DELETE ON %1$I REFERENCING OLD TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION tell_owners_changed();
    $triggers$, kept);
  END LOOP;
END
$$;

-- A new profile is nobody's cached answer yet.
CREATE TRIGGER profiles_tell_update AFTER UPDATE ON profiles REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION tell_profiles_changed();

DO $$
DECLARE
  shared text;
BEGIN
  FOREACH shared IN ARRAY ARRAY['community_collections', 'community_items'] LOOP
    EXECUTE format($triggers$
      CREATE TRIGGER %1$s_tell_insert AFTER INSERT ON %1$I REFERENCING NEW TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION tell_changed('community');
      CREATE TRIGGER %1$s_tell_update AFTER UPDATE ON %1$I REFERENCING NEW TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION tell_changed('community');
      CREATE TRIGGER %1$s_tell_delete AFTER DELETE ON %1$I REFERENCING OLD TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION tell_changed('community');
    $triggers$, shared);
  END LOOP;
END
$$;

CREATE TRIGGER plan_versions_tell_insert AFTER INSERT ON plan_versions REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION tell_changed('all');
