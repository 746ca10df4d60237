-- What Stripe's events need to be right in any order, and what the erasure of an account needs to be resumable.

ALTER TABLE profiles
  -- The event that dictated the subscription's state; null where Stripe was asked for it.
  ADD COLUMN subscription_event_id text,
  ADD COLUMN subscription_created_at timestamptz(3),
  ADD COLUMN last_paid_at timestamptz(3),
  ADD COLUMN payment_failed_at timestamptz(3),
  ADD COLUMN next_payment_attempt_at timestamptz(3),
  ADD COLUMN erasure_completed_at timestamptz(3),
  -- Whoever is erased writes nothing: the policies for suspended accounts hold.
  ADD CONSTRAINT profiles_erased_is_suspended_check CHECK (erased_at IS NULL OR account_status = 'suspended'),
  ADD CONSTRAINT profiles_erased_is_nameless_check
    CHECK (erased_at IS NULL OR (email IS NULL AND name IS NULL AND preferences = '{}')),
  ADD CONSTRAINT profiles_erasure_completed_check
    CHECK (erasure_completed_at IS NULL OR (erased_at IS NOT NULL AND erasure_completed_at >= erased_at));

-- Subscriptions whose period is over, of which no event has told.
CREATE INDEX profiles_period_over_idx ON profiles (current_period_end) WHERE has_access;
CREATE INDEX profiles_being_erased_idx ON profiles (erased_at)
  WHERE erased_at IS NOT NULL AND erasure_completed_at IS NULL;

-- An event is on record once, however often it is processed.
CREATE UNIQUE INDEX plan_changes_stripe_event_id_key ON plan_changes (stripe_event_id);

-- When an event that could not be processed is tried again by us, beside the provider's own tries.
ALTER TABLE webhook_events ADD COLUMN retry_at timestamptz(3);
CREATE INDEX webhook_events_retry_at_idx ON webhook_events (provider, retry_at) WHERE processed_at IS NULL;

-- A suspended account changes nothing of what it pays for, also where the service's role acts for it. Stripe's events come
-- for nobody, and are written down whoever they are about; and whoever leaves for good may.
CREATE POLICY suspended_accounts_pay_nothing ON profiles AS RESTRICTIVE FOR UPDATE TO roomfeed_service
  USING (true)
  WITH CHECK (
    (SELECT nullif(current_setting('app.user_id', true), '')) IS NULL OR account_status = 'active' OR erased_at IS NOT NULL
  );
