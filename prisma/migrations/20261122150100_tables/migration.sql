-- The tables of schema.prisma, column for column, with what Prisma cannot say: the CHECK constraints.
--
-- Enumerations are text with CHECK, because the operators of enum types are not leakproof and the planner then uses no
-- index for them under a policy. Remember that a CHECK whose value is NULL passes: a column that must be there says so.
-- Every default time is cut to the millisecond and not rounded: 23:59:59.9996 must not become next month, and
-- JavaScript's Date drops what a keyset cursor would need.

-- Version 7 of RFC 9562: 48 bits of milliseconds, then random bits. PostgreSQL has its own only from 18 on.
-- gen_random_uuid() brings version 4 and the variant; setting bits 52 and 53 turns the 4 (0100) into 7 (0111).
CREATE FUNCTION uuid_v7() RETURNS uuid
LANGUAGE sql VOLATILE PARALLEL SAFE
AS $$
  SELECT encode(
    set_bit(
      set_bit(
        overlay(
          uuid_send(gen_random_uuid())
          PLACING substring(int8send(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
          FROM 1 FOR 6
        ),
        52, 1
      ),
      53, 1
    ),
    'hex'
  )::uuid
$$;

-- A person who signs in. The id is the token's `sub`.
CREATE TABLE profiles (
  id uuid NOT NULL,
  email text,
  name text,
  role text NOT NULL DEFAULT 'user',
  account_status text NOT NULL DEFAULT 'active',
  preferences jsonb NOT NULL DEFAULT '{}',
  customer_id text,
  price_id text,
  subscription_id text,
  subscription_status text,
  subscription_event_at timestamptz(3),
  current_period_start timestamptz(3),
  current_period_end timestamptz(3),
  cancel_at_period_end boolean NOT NULL DEFAULT false,
  scheduled_price_id text,
  has_access boolean NOT NULL DEFAULT false,
  created_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds'::text, clock_timestamp()),
  erased_at timestamptz(3),
  CONSTRAINT profiles_pkey PRIMARY KEY (id),
  CONSTRAINT profiles_role_check CHECK (role IN ('user', 'admin')),
  CONSTRAINT profiles_account_status_check CHECK (account_status IN ('active', 'suspended')),
  CONSTRAINT profiles_preferences_check CHECK (jsonb_typeof(preferences) = 'object'),
  CONSTRAINT profiles_current_period_check CHECK (current_period_end >= current_period_start)
);
CREATE UNIQUE INDEX profiles_customer_id_key ON profiles (customer_id);
CREATE INDEX profiles_created_at_id_idx ON profiles (created_at DESC, id DESC);

-- Which plan was in force from when, and since when we knew: what a statement of the past is computed from.
CREATE TABLE plan_changes (
  id uuid NOT NULL DEFAULT uuid_v7(),
  owner_id uuid NOT NULL,
  price_id text,
  effective_at timestamptz(3) NOT NULL,
  recorded_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds'::text, clock_timestamp()),
  stripe_event_id text,
  CONSTRAINT plan_changes_pkey PRIMARY KEY (id),
  CONSTRAINT plan_changes_owner_id_fkey
    FOREIGN KEY (owner_id) REFERENCES profiles (id) ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX plan_changes_owner_id_effective_at_recorded_at_idx
  ON plan_changes (owner_id, effective_at DESC, recorded_at DESC);

-- The limits that a plan had; a row is appended where the configuration differs from the newest one.
CREATE TABLE plan_versions (
  id uuid NOT NULL DEFAULT uuid_v7(),
  plan_id text NOT NULL,
  monthly_limit integer NOT NULL,
  effective_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds'::text, clock_timestamp()),
  CONSTRAINT plan_versions_pkey PRIMARY KEY (id),
  CONSTRAINT plan_versions_plan_id_check CHECK (plan_id <> ''),
  CONSTRAINT plan_versions_monthly_limit_check CHECK (monthly_limit >= 0)
);
CREATE INDEX plan_versions_plan_id_effective_at_id_idx ON plan_versions (plan_id, effective_at DESC, id DESC);

-- One request for a restyle.
CREATE TABLE generation_jobs (
  id uuid NOT NULL DEFAULT uuid_v7(),
  owner_id uuid NOT NULL,
  mode text NOT NULL,
  room_type text,
  style text,
  aspect_ratio text NOT NULL,
  quality text NOT NULL,
  variants smallint NOT NULL,
  input1_path text,
  input2_path text,
  prompt text,
  prediction_id text,
  status text NOT NULL DEFAULT 'starting',
  progress double precision NOT NULL DEFAULT 0,
  error_code text,
  error text,
  idempotency_key uuid,
  request_hash text,
  created_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds'::text, clock_timestamp()),
  started_at timestamptz(3),
  completed_at timestamptz(3),
  archived_at timestamptz(3),
  CONSTRAINT generation_jobs_pkey PRIMARY KEY (id),
  CONSTRAINT generation_jobs_mode_check CHECK (mode IN ('redesign', 'staging', 'compose', 'imagine')),
  CONSTRAINT generation_jobs_aspect_ratio_check CHECK (aspect_ratio IN ('1:1', '3:2', '2:3')),
  CONSTRAINT generation_jobs_quality_check CHECK (quality IN ('auto', 'low', 'medium', 'high')),
  CONSTRAINT generation_jobs_variants_check CHECK (variants BETWEEN 1 AND 3),
  CONSTRAINT generation_jobs_status_check
    CHECK (status IN ('starting', 'processing', 'succeeded', 'failed', 'canceled')),
  CONSTRAINT generation_jobs_progress_check CHECK (progress BETWEEN 0 AND 1),
  CONSTRAINT generation_jobs_error_code_check
    CHECK (error_code IN ('provider_failed', 'provider_rejected', 'timed_out', 'input_unreadable', 'internal')),
  -- A late success clears the error of the time-out that it corrects.
  CONSTRAINT generation_jobs_error_only_where_failed_check CHECK (error_code IS NULL OR status = 'failed'),
  CONSTRAINT generation_jobs_completed_only_where_over_check
    CHECK (completed_at IS NULL OR status IN ('succeeded', 'failed', 'canceled')),
  CONSTRAINT generation_jobs_key_with_hash_check CHECK (idempotency_key IS NULL OR request_hash IS NOT NULL),
  CONSTRAINT generation_jobs_owner_id_fkey
    FOREIGN KEY (owner_id) REFERENCES profiles (id) ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE UNIQUE INDEX generation_jobs_prediction_id_key ON generation_jobs (prediction_id);
CREATE INDEX generation_jobs_live_idx
  ON generation_jobs (owner_id, created_at DESC, id DESC) WHERE archived_at IS NULL;
CREATE INDEX generation_jobs_in_flight_idx
  ON generation_jobs (owner_id) WHERE archived_at IS NULL AND status IN ('starting', 'processing');
CREATE INDEX generation_jobs_stuck_idx
  ON generation_jobs (created_at) WHERE archived_at IS NULL AND status IN ('starting', 'processing');
CREATE UNIQUE INDEX generation_jobs_id_owner_id_key ON generation_jobs (id, owner_id);
CREATE UNIQUE INDEX generation_jobs_owner_id_idempotency_key_key
  ON generation_jobs (owner_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- Each change of a job, in the owner's own order. `seq` is taken under the owner's lock.
CREATE TABLE job_events (
  owner_id uuid NOT NULL,
  seq bigint NOT NULL,
  job_id uuid NOT NULL,
  status text NOT NULL,
  progress double precision NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds'::text, clock_timestamp()),
  CONSTRAINT job_events_pkey PRIMARY KEY (owner_id, seq),
  CONSTRAINT job_events_seq_check CHECK (seq > 0),
  CONSTRAINT job_events_status_check CHECK (status IN ('starting', 'processing', 'succeeded', 'failed', 'canceled')),
  CONSTRAINT job_events_progress_check CHECK (progress BETWEEN 0 AND 1),
  CONSTRAINT job_events_owner_id_fkey
    FOREIGN KEY (owner_id) REFERENCES profiles (id) ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT job_events_job_id_owner_id_fkey
    FOREIGN KEY (job_id, owner_id) REFERENCES generation_jobs (id, owner_id) ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX job_events_created_at_idx ON job_events (created_at);
CREATE INDEX job_events_job_id_seq_idx ON job_events (job_id, seq);

-- A finished restyle.
CREATE TABLE renders (
  id uuid NOT NULL DEFAULT uuid_v7(),
  owner_id uuid NOT NULL,
  job_id uuid,
  mode text NOT NULL,
  room_type text,
  style text,
  prompt text,
  cover_variant smallint NOT NULL DEFAULT 0,
  created_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds'::text, clock_timestamp()),
  CONSTRAINT renders_pkey PRIMARY KEY (id),
  CONSTRAINT renders_mode_check CHECK (mode IN ('redesign', 'staging', 'compose', 'imagine')),
  CONSTRAINT renders_cover_variant_check CHECK (cover_variant BETWEEN 0 AND 2),
  CONSTRAINT renders_owner_id_fkey
    FOREIGN KEY (owner_id) REFERENCES profiles (id) ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT renders_job_id_owner_id_fkey
    FOREIGN KEY (job_id, owner_id) REFERENCES generation_jobs (id, owner_id) ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE UNIQUE INDEX renders_job_id_key ON renders (job_id);
CREATE INDEX renders_owner_id_created_at_id_idx ON renders (owner_id, created_at DESC, id DESC);
CREATE INDEX renders_owner_id_mode_created_at_id_idx ON renders (owner_id, mode, created_at DESC, id DESC);
CREATE INDEX renders_owner_id_room_type_created_at_id_idx ON renders (owner_id, room_type, created_at DESC, id DESC);
CREATE INDEX renders_owner_id_style_created_at_id_idx ON renders (owner_id, style, created_at DESC, id DESC);
CREATE UNIQUE INDEX renders_id_owner_id_key ON renders (id, owner_id);
CREATE UNIQUE INDEX renders_job_id_owner_id_key ON renders (job_id, owner_id);

-- One picture of a render. `owner_id` repeats the render's, and the composite key holds the two together,
-- so that the policy compares one column instead of looking the render up.
CREATE TABLE render_variants (
  id uuid NOT NULL DEFAULT uuid_v7(),
  render_id uuid NOT NULL,
  owner_id uuid NOT NULL,
  idx smallint NOT NULL,
  image_path text NOT NULL,
  thumb_path text NOT NULL,
  width integer NOT NULL,
  height integer NOT NULL,
  byte_size integer NOT NULL,
  content_type text NOT NULL,
  placeholder text,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds'::text, clock_timestamp()),
  CONSTRAINT render_variants_pkey PRIMARY KEY (id),
  CONSTRAINT render_variants_idx_check CHECK (idx BETWEEN 0 AND 2),
  CONSTRAINT render_variants_image_path_check CHECK (image_path <> ''),
  CONSTRAINT render_variants_thumb_path_check CHECK (thumb_path <> ''),
  CONSTRAINT render_variants_width_check CHECK (width > 0),
  CONSTRAINT render_variants_height_check CHECK (height > 0),
  CONSTRAINT render_variants_byte_size_check CHECK (byte_size > 0),
  CONSTRAINT render_variants_version_check CHECK (version > 0),
  CONSTRAINT render_variants_render_id_owner_id_fkey
    FOREIGN KEY (render_id, owner_id) REFERENCES renders (id, owner_id) ON DELETE CASCADE ON UPDATE RESTRICT
);
CREATE UNIQUE INDEX render_variants_render_id_idx_key ON render_variants (render_id, idx);

-- A user's album.
CREATE TABLE collections (
  id uuid NOT NULL DEFAULT uuid_v7(),
  owner_id uuid NOT NULL,
  name text NOT NULL,
  is_default_favorites boolean NOT NULL DEFAULT false,
  created_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds'::text, clock_timestamp()),
  CONSTRAINT collections_pkey PRIMARY KEY (id),
  CONSTRAINT collections_name_check CHECK (name ~ '^\S(.*\S)?$' AND char_length(name) <= 100),
  CONSTRAINT collections_owner_id_fkey
    FOREIGN KEY (owner_id) REFERENCES profiles (id) ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX collections_owner_id_is_default_favorites_created_at_id_idx
  ON collections (owner_id, is_default_favorites DESC, created_at DESC, id DESC);
CREATE UNIQUE INDEX collections_id_owner_id_key ON collections (id, owner_id);
CREATE UNIQUE INDEX collections_default_favorites_key ON collections (owner_id) WHERE is_default_favorites;

-- A render's place in an album. Both keys carry the owner: nobody files someone else's render.
CREATE TABLE collection_items (
  collection_id uuid NOT NULL,
  render_id uuid NOT NULL,
  owner_id uuid NOT NULL,
  added_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds'::text, clock_timestamp()),
  CONSTRAINT collection_items_pkey PRIMARY KEY (collection_id, render_id),
  CONSTRAINT collection_items_collection_id_owner_id_fkey
    FOREIGN KEY (collection_id, owner_id) REFERENCES collections (id, owner_id) ON DELETE CASCADE ON UPDATE RESTRICT,
  CONSTRAINT collection_items_render_id_owner_id_fkey
    FOREIGN KEY (render_id, owner_id) REFERENCES renders (id, owner_id) ON DELETE CASCADE ON UPDATE RESTRICT
);
CREATE INDEX collection_items_collection_id_added_at_render_id_idx
  ON collection_items (collection_id, added_at DESC, render_id DESC);
CREATE INDEX collection_items_render_id_idx ON collection_items (render_id);

-- A curated gallery that everyone reads.
CREATE TABLE community_collections (
  id uuid NOT NULL DEFAULT uuid_v7(),
  title text NOT NULL,
  description text,
  is_featured boolean NOT NULL DEFAULT false,
  order_index integer NOT NULL DEFAULT 0,
  created_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds'::text, clock_timestamp()),
  CONSTRAINT community_collections_pkey PRIMARY KEY (id),
  CONSTRAINT community_collections_title_check CHECK (title ~ '^\S(.*\S)?$' AND char_length(title) <= 200)
);
CREATE INDEX community_collections_is_featured_order_index_created_at_id_idx
  ON community_collections (is_featured DESC, order_index, created_at DESC, id DESC);

-- A look in the gallery. It lives on its own copy of the picture, so it outlives the render it was made from.
CREATE TABLE community_items (
  id uuid NOT NULL DEFAULT uuid_v7(),
  collection_id uuid NOT NULL,
  source text NOT NULL,
  render_id uuid,
  external_image_url text,
  image_path text,
  thumb_path text,
  width integer,
  height integer,
  byte_size integer,
  content_type text,
  placeholder text,
  apply_settings jsonb,
  order_index integer NOT NULL DEFAULT 0,
  created_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds'::text, clock_timestamp()),
  CONSTRAINT community_items_pkey PRIMARY KEY (id),
  CONSTRAINT community_items_source_check CHECK (source IN ('internal', 'external')),
  CONSTRAINT community_items_external_image_url_check CHECK ((source = 'external') = (external_image_url IS NOT NULL)),
  CONSTRAINT community_items_external_image_scheme_check CHECK (external_image_url ~ '^https?://'),
  CONSTRAINT community_items_internal_copy_check CHECK (source = 'external' OR image_path IS NOT NULL),
  CONSTRAINT community_items_external_render_check CHECK (source = 'internal' OR render_id IS NULL),
  CONSTRAINT community_items_size_check CHECK (width > 0 AND height > 0 AND byte_size > 0),
  CONSTRAINT community_items_apply_settings_check CHECK (jsonb_typeof(apply_settings) = 'object'),
  CONSTRAINT community_items_collection_id_fkey
    FOREIGN KEY (collection_id) REFERENCES community_collections (id) ON DELETE CASCADE ON UPDATE RESTRICT,
  CONSTRAINT community_items_render_id_fkey
    FOREIGN KEY (render_id) REFERENCES renders (id) ON DELETE SET NULL ON UPDATE RESTRICT
);
CREATE INDEX community_items_collection_id_order_index_id_idx ON community_items (collection_id, order_index, id);
CREATE INDEX community_items_created_at_id_idx ON community_items (created_at DESC, id DESC);
CREATE INDEX community_items_render_id_idx ON community_items (render_id);

-- The append-only ledger of generations.
CREATE TABLE usage_ledger (
  id uuid NOT NULL DEFAULT uuid_v7(),
  owner_id uuid NOT NULL,
  kind text NOT NULL,
  amount integer NOT NULL,
  period date NOT NULL,
  job_id uuid,
  charge_no smallint,
  reverses uuid,
  reason text,
  idempotency_key uuid,
  created_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds'::text, clock_timestamp()),
  CONSTRAINT usage_ledger_pkey PRIMARY KEY (id),
  CONSTRAINT usage_ledger_kind_check CHECK (kind IN ('generation_debit', 'generation_refund', 'credit_adjustment')),
  CONSTRAINT usage_ledger_amount_check CHECK (amount > 0),
  -- The first day of the UTC month that the entry counts in.
  CONSTRAINT usage_ledger_period_check CHECK (extract(day FROM period) = 1),
  -- The second charge is a late success's: the job had failed as stuck, and its first debit was given back.
  CONSTRAINT usage_ledger_generation_debit_check CHECK (
    kind <> 'generation_debit'
    OR (job_id IS NOT NULL AND charge_no IS NOT NULL AND charge_no IN (1, 2) AND reverses IS NULL)
  ),
  CONSTRAINT usage_ledger_generation_refund_check
    CHECK (kind <> 'generation_refund' OR (reverses IS NOT NULL AND charge_no IS NULL)),
  CONSTRAINT usage_ledger_credit_adjustment_check CHECK (
    kind <> 'credit_adjustment'
    OR (
      reason IS NOT NULL AND reason ~ '\S' AND idempotency_key IS NOT NULL
      AND job_id IS NULL AND charge_no IS NULL AND reverses IS NULL
    )
  ),
  CONSTRAINT usage_ledger_owner_id_fkey
    FOREIGN KEY (owner_id) REFERENCES profiles (id) ON DELETE RESTRICT ON UPDATE RESTRICT,
  CONSTRAINT usage_ledger_job_id_owner_id_fkey
    FOREIGN KEY (job_id, owner_id) REFERENCES generation_jobs (id, owner_id) ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE UNIQUE INDEX usage_ledger_id_owner_id_key ON usage_ledger (id, owner_id);
ALTER TABLE usage_ledger
  ADD CONSTRAINT usage_ledger_reverses_owner_id_fkey
    FOREIGN KEY (reverses, owner_id) REFERENCES usage_ledger (id, owner_id) ON DELETE RESTRICT ON UPDATE RESTRICT;
CREATE UNIQUE INDEX usage_ledger_reverses_key ON usage_ledger (reverses);
CREATE INDEX usage_ledger_owner_id_period_created_at_id_idx
  ON usage_ledger (owner_id, period, created_at DESC, id DESC);
CREATE UNIQUE INDEX usage_ledger_reverses_owner_id_key ON usage_ledger (reverses, owner_id);
CREATE UNIQUE INDEX usage_ledger_job_id_charge_no_key
  ON usage_ledger (job_id, charge_no) WHERE kind = 'generation_debit';
CREATE UNIQUE INDEX usage_ledger_owner_id_idempotency_key_key ON usage_ledger (owner_id, idempotency_key);

-- The ledger's running sums of one owner and month, written in the ledger's own transaction.
CREATE TABLE usage_periods (
  owner_id uuid NOT NULL,
  period date NOT NULL,
  debits integer NOT NULL DEFAULT 0,
  refunds integer NOT NULL DEFAULT 0,
  credits integer NOT NULL DEFAULT 0,
  CONSTRAINT usage_periods_pkey PRIMARY KEY (owner_id, period),
  CONSTRAINT usage_periods_period_check CHECK (extract(day FROM period) = 1),
  CONSTRAINT usage_periods_debits_check CHECK (debits >= 0),
  -- A refund is booked in its debit's own month, so it never exceeds the debits there.
  CONSTRAINT usage_periods_refunds_check CHECK (refunds BETWEEN 0 AND debits),
  CONSTRAINT usage_periods_credits_check CHECK (credits >= 0),
  CONSTRAINT usage_periods_owner_id_fkey
    FOREIGN KEY (owner_id) REFERENCES profiles (id) ON DELETE RESTRICT ON UPDATE RESTRICT
);

-- A photo on its way in.
CREATE TABLE uploads (
  id uuid NOT NULL DEFAULT uuid_v7(),
  owner_id uuid NOT NULL,
  path text NOT NULL,
  content_type text NOT NULL,
  byte_size integer NOT NULL,
  state text NOT NULL DEFAULT 'pending',
  created_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds'::text, clock_timestamp()),
  expires_at timestamptz(3) NOT NULL,
  CONSTRAINT uploads_pkey PRIMARY KEY (id),
  CONSTRAINT uploads_path_check CHECK (path <> ''),
  CONSTRAINT uploads_byte_size_check CHECK (byte_size > 0),
  CONSTRAINT uploads_state_check CHECK (state IN ('pending', 'ready', 'used')),
  CONSTRAINT uploads_expires_at_check CHECK (expires_at > created_at),
  CONSTRAINT uploads_owner_id_fkey
    FOREIGN KEY (owner_id) REFERENCES profiles (id) ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX uploads_owner_id_created_at_id_idx ON uploads (owner_id, created_at DESC, id DESC);
CREATE INDEX uploads_state_expires_at_idx ON uploads (state, expires_at);

-- What storage holds. Copies for the community have no owner: they are public and outlive their render.
CREATE TABLE assets (
  path text NOT NULL,
  owner_id uuid,
  kind text NOT NULL,
  byte_size integer NOT NULL,
  content_type text NOT NULL,
  created_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds'::text, clock_timestamp()),
  marked_at timestamptz(3),
  CONSTRAINT assets_pkey PRIMARY KEY (path),
  CONSTRAINT assets_path_check CHECK (path <> ''),
  CONSTRAINT assets_kind_check CHECK (kind IN ('input', 'output', 'thumbnail', 'community')),
  CONSTRAINT assets_owner_check CHECK ((kind = 'community') = (owner_id IS NULL)),
  CONSTRAINT assets_byte_size_check CHECK (byte_size >= 0),
  CONSTRAINT assets_owner_id_fkey
    FOREIGN KEY (owner_id) REFERENCES profiles (id) ON DELETE RESTRICT ON UPDATE RESTRICT
);
CREATE INDEX assets_owner_id_kind_idx ON assets (owner_id, kind);
CREATE INDEX assets_marked_at_idx ON assets (marked_at);

-- A provider's event, recorded once and marked processed only after it succeeded.
CREATE TABLE webhook_events (
  id uuid NOT NULL DEFAULT uuid_v7(),
  provider text NOT NULL,
  event_id text NOT NULL,
  type text NOT NULL,
  payload jsonb NOT NULL,
  received_at timestamptz(3) NOT NULL DEFAULT date_trunc('milliseconds'::text, clock_timestamp()),
  processed_at timestamptz(3),
  attempts integer NOT NULL DEFAULT 0,
  error text,
  CONSTRAINT webhook_events_pkey PRIMARY KEY (id),
  CONSTRAINT webhook_events_provider_check CHECK (provider <> ''),
  CONSTRAINT webhook_events_event_id_check CHECK (event_id <> ''),
  CONSTRAINT webhook_events_attempts_check CHECK (attempts >= 0)
);
CREATE INDEX webhook_events_unprocessed_idx ON webhook_events (received_at) WHERE processed_at IS NULL;
CREATE UNIQUE INDEX webhook_events_provider_event_id_key ON webhook_events (provider, event_id);
