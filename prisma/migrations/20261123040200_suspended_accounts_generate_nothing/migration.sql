-- A suspended account submits and cancels nothing, held by the database too, as it is for what people organise
-- (20261122190000_standing). Workers act for nobody: what was submitted before is still finished.
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
  FOREACH written IN ARRAY ARRAY['generation_jobs', 'job_events', 'usage_ledger', 'usage_periods'] LOOP
    EXECUTE format($policies$
      CREATE POLICY suspended_accounts_insert_nothing ON %1$I AS RESTRICTIVE FOR INSERT
        TO roomfeed_gateway, roomfeed_service WITH CHECK (%2$s);
      CREATE POLICY suspended_accounts_update_nothing ON %1$I AS RESTRICTIVE FOR UPDATE
        TO roomfeed_gateway, roomfeed_service USING (%2$s);
    $policies$, written, is_active);
  END LOOP;
END
$$;
