-- What a suspended account may not do, held by the database too, and who suspended it and why.

-- Each change of an account's status: an administrator's decision, with its reason. Append-only.
CREATE TABLE account_status_changes (
  id uuid NOT NULL DEFAULT uuid_v7(),
  owner_id uuid NOT NULL,
  status text NOT NULL,
  reason text NOT NULL,
  changed_by uuid NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds'::text, clock_timestamp()),
  CONSTRAINT account_status_changes_pkey PRIMARY KEY (id),
  CONSTRAINT account_status_changes_status_check CHECK (status IN ('active', 'suspended')),
  CONSTRAINT account_status_changes_reason_check CHECK (reason <> '' AND char_length(reason) <= 500),
  -- Whoever suspends themselves cannot undo it.
  CONSTRAINT account_status_changes_by_another_check CHECK (changed_by <> owner_id),
  CONSTRAINT account_status_changes_owner_id_fkey
    FOREIGN KEY (owner_id) REFERENCES profiles (id) ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT account_status_changes_changed_by_fkey
    FOREIGN KEY (changed_by) REFERENCES profiles (id) ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX account_status_changes_owner_id_created_at_id_idx
  ON account_status_changes (owner_id, created_at DESC, id DESC);

CREATE TRIGGER account_status_changes_append_only
  BEFORE UPDATE OR DELETE OR TRUNCATE ON account_status_changes
  FOR EACH STATEMENT EXECUTE FUNCTION refuse('RF002', 'What was decided stays on record: decide anew.');

-- Decisions about people: no user's action has any business with them.
ALTER TABLE account_status_changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE account_status_changes FORCE ROW LEVEL SECURITY;
CREATE POLICY service_system_only ON account_status_changes TO roomfeed_service
  USING ((SELECT nullif(current_setting('app.user_id', true), '')) IS NULL);
GRANT SELECT, INSERT ON account_status_changes TO roomfeed_service;

-- A suspended account reads and changes nothing, whichever role acts for it. (Workers act for nobody: what was submitted
-- before is still finished.) The status is looked up once a statement,
-- because nothing in the sub-select is the row's. The default favorites are excepted: they are made for whoever lacks
-- them, at a read.
DO $$
DECLARE
  written text;
  is_active constant text := $condition$
    (SELECT nullif(current_setting('app.user_id', true), '')) IS NULL
    OR (
      SELECT account_status FROM profiles
      WHERE profiles.id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid)
    ) = 'active'
  $condition$;
BEGIN
  FOREACH written IN ARRAY ARRAY['renders', 'collections', 'collection_items', 'uploads', 'assets'] LOOP
    EXECUTE format($policies$
      CREATE POLICY suspended_accounts_insert_nothing ON %1$I AS RESTRICTIVE FOR INSERT
        TO roomfeed_gateway, roomfeed_service WITH CHECK (%2$s);
      CREATE POLICY suspended_accounts_update_nothing ON %1$I AS RESTRICTIVE FOR UPDATE
        TO roomfeed_gateway, roomfeed_service USING (%3$s);
      CREATE POLICY suspended_accounts_delete_nothing ON %1$I AS RESTRICTIVE FOR DELETE
        TO roomfeed_gateway, roomfeed_service USING (%3$s);
    $policies$,
      written,
      CASE written WHEN 'collections' THEN is_active || ' OR is_default_favorites' ELSE is_active END,
      is_active);
  END LOOP;
END
$$;

-- On profiles the row itself tells. Only the new row is checked: a lock on it (SELECT … FOR UPDATE obeys USING) is how
-- a service finds out in order to say so.
CREATE POLICY suspended_accounts_update_nothing ON profiles AS RESTRICTIVE FOR UPDATE TO roomfeed_gateway
  USING (true) WITH CHECK (account_status = 'active');

-- A picture from elsewhere: https, and neither credentials nor a port, which only tricks have. Which hosts may not be
-- named is the service's to say.
ALTER TABLE community_items
  DROP CONSTRAINT community_items_external_image_scheme_check,
  ADD CONSTRAINT community_items_external_image_scheme_check
    CHECK (
      external_image_url ~ '^https://([^/?#@:\\[\]]+|\[[0-9a-f:.]+\])([/?#]|$)'
      AND external_image_url !~ '[^\x21-\x7e]'
      AND char_length(external_image_url) <= 2048
    );
