-- What a removal reads is as much as it removes, however much there is of everything.

-- Pictures are removed in the order of their marks, and all of an account, or of a sweep, may have the same one.
DROP INDEX assets_marked_at_idx;
CREATE INDEX assets_marked_at_path_idx ON assets (marked_at, path) WHERE marked_at IS NOT NULL;

-- What of a person's is not marked yet, beside the sums by kind.
DROP INDEX assets_owner_id_kind_idx;
CREATE INDEX assets_owner_id_kind_marked_at_idx ON assets (owner_id, kind, marked_at);

-- Which jobs name a photo.
CREATE INDEX generation_jobs_input1_path_idx ON generation_jobs (input1_path) WHERE input1_path IS NOT NULL;
CREATE INDEX generation_jobs_input2_path_idx ON generation_jobs (input2_path) WHERE input2_path IS NOT NULL;

-- The same rules, asked in one value: of `(SELECT …) IS NULL` the planner believes that it is hardly ever so, and then that
-- it would have to read nearly every picture to find a page of them, and sorts them all; of a truth it believes nothing.
ALTER POLICY service_held_to_one_owner ON assets
  USING (
    (SELECT nullif(current_setting('app.user_id', true), '') IS NULL)
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
ALTER POLICY suspended_accounts_update_nothing ON assets
  USING (
    (SELECT nullif(current_setting('app.user_id', true), '') IS NULL)
    OR (
      SELECT account_status FROM profiles
      WHERE profiles.id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid)
    ) = 'active'
  );
ALTER POLICY suspended_accounts_delete_nothing ON assets
  USING (
    (SELECT nullif(current_setting('app.user_id', true), '') IS NULL)
    OR (
      SELECT account_status FROM profiles
      WHERE profiles.id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid)
    ) = 'active'
  );
