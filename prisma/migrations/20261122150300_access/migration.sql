-- Who may do what. Policies say which rows a role meets, grants say what it may do with them; a statement needs both.
--
--   roomfeed_gateway   reads, and the user's own organising. Sees the rows of `app.user_id`, and without it nothing private.
--   roomfeed_service   submission, administration, webhooks, workers, maintenance. Sees all rows, but only one owner's
--                      wherever `app.user_id` is set, as it is for every user's action.
--
-- The setting is read in a sub-select, which is computed once a statement and not once a row, and nullif is there
-- because a setting that was set for one transaction is '' and not null afterwards.
--
-- Policies are FORCEd, so they bind the owner of the tables too, and none is written for it: by itself it reads and
-- writes no row. Foreign keys still work: PostgreSQL runs their checks and their CASCADE and SET NULL actions as the
-- table's owner with FORCE lifted for them alone, and needs no grant of the acting role. A later migration that changes
-- rows must lift it likewise, and put it back (ALTER TABLE … NO FORCE ROW LEVEL SECURITY), or it changes nothing,
-- without an error. Loading data is the service role's work.

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO roomfeed_gateway, roomfeed_service;
REVOKE ALL ON FUNCTION uuid_v7() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION uuid_v7() TO roomfeed_gateway, roomfeed_service;

-- ---------------------------------------------------------------- rows with an owner

DO $$
DECLARE
  owned record;
BEGIN
  FOR owned IN
    SELECT * FROM (VALUES
      ('profiles', 'id'),
      ('plan_changes', 'owner_id'),
      ('generation_jobs', 'owner_id'),
      ('job_events', 'owner_id'),
      ('renders', 'owner_id'),
      ('render_variants', 'owner_id'),
      ('collections', 'owner_id'),
      ('collection_items', 'owner_id'),
      ('usage_ledger', 'owner_id'),
      ('usage_periods', 'owner_id'),
      ('uploads', 'owner_id'),
      ('assets', 'owner_id')
    ) AS list (table_name, owner_column)
  LOOP
    EXECUTE format($policies$
      ALTER TABLE %1$I ENABLE ROW LEVEL SECURITY;
      ALTER TABLE %1$I FORCE ROW LEVEL SECURITY;

      CREATE POLICY gateway_own_rows ON %1$I TO roomfeed_gateway
        USING (%2$I = (SELECT nullif(current_setting('app.user_id', true), '')::uuid))
        WITH CHECK (%2$I = (SELECT nullif(current_setting('app.user_id', true), '')::uuid));

      CREATE POLICY service_all_rows ON %1$I TO roomfeed_service
        USING (true)
        WITH CHECK (true);
    $policies$, owned.table_name, owned.owner_column);

    -- Assets come below: some of them have no owner.
    IF owned.table_name <> 'assets' THEN
      EXECUTE format($policies$
        CREATE POLICY service_held_to_one_owner ON %1$I AS RESTRICTIVE TO roomfeed_service
          USING (
            (SELECT nullif(current_setting('app.user_id', true), '')) IS NULL
            OR %2$I = (SELECT nullif(current_setting('app.user_id', true), '')::uuid)
          );
      $policies$, owned.table_name, owned.owner_column);
    END IF;
  END LOOP;
END
$$;

GRANT SELECT, INSERT (id, email, name), UPDATE (name, preferences) ON profiles TO roomfeed_gateway;
GRANT SELECT, INSERT, UPDATE ON profiles TO roomfeed_service;

GRANT SELECT ON plan_changes TO roomfeed_gateway;
GRANT SELECT, INSERT ON plan_changes TO roomfeed_service;

GRANT SELECT ON generation_jobs TO roomfeed_gateway;
GRANT SELECT, INSERT, UPDATE ON generation_jobs TO roomfeed_service;

GRANT SELECT ON job_events TO roomfeed_gateway;
GRANT SELECT, INSERT, DELETE ON job_events TO roomfeed_service;

GRANT SELECT, DELETE, UPDATE (cover_variant) ON renders TO roomfeed_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE ON renders TO roomfeed_service;

GRANT SELECT ON render_variants TO roomfeed_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE ON render_variants TO roomfeed_service;

GRANT SELECT, INSERT, DELETE, UPDATE (name) ON collections TO roomfeed_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE ON collections TO roomfeed_service;

GRANT SELECT, INSERT, DELETE ON collection_items TO roomfeed_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE ON collection_items TO roomfeed_service;

GRANT SELECT ON usage_ledger TO roomfeed_gateway;
GRANT SELECT, INSERT ON usage_ledger TO roomfeed_service;

GRANT SELECT ON usage_periods TO roomfeed_gateway;
GRANT SELECT, INSERT, UPDATE ON usage_periods TO roomfeed_service;

GRANT SELECT, INSERT ON uploads TO roomfeed_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE ON uploads TO roomfeed_service;

GRANT SELECT ON assets TO roomfeed_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE ON assets TO roomfeed_service;

-- An upload begins as a promise. Were its path or state free to choose, a row of one's own could name someone else's
-- photo as ready, and a generation would read it.
CREATE POLICY gateway_new_uploads_are_pending ON uploads AS RESTRICTIVE FOR INSERT TO roomfeed_gateway
  WITH CHECK (state = 'pending' AND path = 'incoming/' || id::text);

-- ---------------------------------------------------------------- rows without an owner

-- An administrator is who `profiles` says now: read in the policy, through the viewer's own row.

-- The community's pictures: an administrator's action publishes and removes them, anyone else's does not meet them.
CREATE POLICY service_held_to_one_owner ON assets AS RESTRICTIVE TO roomfeed_service
  USING (
    (SELECT nullif(current_setting('app.user_id', true), '')) IS NULL
    OR owner_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid)
    OR (
      owner_id IS NULL
      AND EXISTS (
        SELECT FROM profiles
        WHERE profiles.id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid)
          AND profiles.role = 'admin'
          AND profiles.account_status = 'active'
      )
    )
  );

-- Everyone reads the community, signed in or not; administrators curate it.
DO $$
DECLARE
  shared text;
  is_admin constant text := $condition$
    EXISTS (
      SELECT FROM profiles
      WHERE profiles.id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid)
        AND profiles.role = 'admin'
        AND profiles.account_status = 'active'
    )
  $condition$;
  is_system_or_admin constant text :=
    $condition$ (SELECT nullif(current_setting('app.user_id', true), '')) IS NULL OR $condition$ || is_admin;
BEGIN
  FOREACH shared IN ARRAY ARRAY['community_collections', 'community_items'] LOOP
    EXECUTE format($policies$
      ALTER TABLE %1$I ENABLE ROW LEVEL SECURITY;
      ALTER TABLE %1$I FORCE ROW LEVEL SECURITY;

      CREATE POLICY gateway_everyone_reads ON %1$I FOR SELECT TO roomfeed_gateway USING (true);
      CREATE POLICY gateway_admins_insert ON %1$I FOR INSERT TO roomfeed_gateway WITH CHECK (%2$s);
      CREATE POLICY gateway_admins_update ON %1$I FOR UPDATE TO roomfeed_gateway USING (%2$s);
      CREATE POLICY gateway_admins_delete ON %1$I FOR DELETE TO roomfeed_gateway USING (%2$s);

      CREATE POLICY service_all_rows ON %1$I TO roomfeed_service USING (true) WITH CHECK (true);
      CREATE POLICY service_admins_insert ON %1$I AS RESTRICTIVE FOR INSERT TO roomfeed_service WITH CHECK (%3$s);
      CREATE POLICY service_admins_update ON %1$I AS RESTRICTIVE FOR UPDATE TO roomfeed_service USING (%3$s);
      CREATE POLICY service_admins_delete ON %1$I AS RESTRICTIVE FOR DELETE TO roomfeed_service USING (%3$s);
    $policies$, shared, is_admin, is_system_or_admin);
  END LOOP;
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON community_collections TO roomfeed_gateway, roomfeed_service;
-- What an item was made from is settled when it is made.
GRANT
  SELECT, INSERT, DELETE,
  UPDATE (
    collection_id, apply_settings, order_index,
    image_path, thumb_path, width, height, byte_size, content_type, placeholder
  )
  ON community_items TO roomfeed_gateway;
GRANT SELECT, INSERT, UPDATE, DELETE ON community_items TO roomfeed_service;

-- An administrator publishes renders of their own. The foreign key alone would accept anybody's, because its check is
-- not held by policies; this look-up is, by those of renders.
CREATE POLICY gateway_own_renders_are_published ON community_items AS RESTRICTIVE FOR INSERT TO roomfeed_gateway
  WITH CHECK (render_id IS NULL OR EXISTS (SELECT FROM renders WHERE renders.id = community_items.render_id));
CREATE POLICY service_own_renders_are_published ON community_items AS RESTRICTIVE FOR INSERT TO roomfeed_service
  WITH CHECK (render_id IS NULL OR EXISTS (SELECT FROM renders WHERE renders.id = community_items.render_id));

-- Limits of plans are nobody's secret; only the system, at its start, adds to them.
ALTER TABLE plan_versions ENABLE ROW LEVEL SECURITY;
ALTER TABLE plan_versions FORCE ROW LEVEL SECURITY;
CREATE POLICY gateway_everyone_reads ON plan_versions FOR SELECT TO roomfeed_gateway USING (true);
CREATE POLICY service_everyone_reads ON plan_versions FOR SELECT TO roomfeed_service USING (true);
CREATE POLICY service_system_inserts ON plan_versions FOR INSERT TO roomfeed_service
  WITH CHECK ((SELECT nullif(current_setting('app.user_id', true), '')) IS NULL);
GRANT SELECT ON plan_versions TO roomfeed_gateway;
GRANT SELECT, INSERT ON plan_versions TO roomfeed_service;

-- Events of providers: no user's action has any business with them.
ALTER TABLE webhook_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE webhook_events FORCE ROW LEVEL SECURITY;
CREATE POLICY service_system_only ON webhook_events TO roomfeed_service
  USING ((SELECT nullif(current_setting('app.user_id', true), '')) IS NULL);
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_events TO roomfeed_service;

-- ---------------------------------------------------------------- the history of migrations

-- The owner's alone. Enabled and not forced: the migration engine is the owner and must read and write it. It is absent
-- where these files are replayed without their history.
ALTER TABLE IF EXISTS _prisma_migrations ENABLE ROW LEVEL SECURITY;
