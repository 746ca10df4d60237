-- The two roles that the policies and grants are written for. Whoever logs in is one of them, or a member of exactly
-- one of them. They are the cluster's, not the database's: here they are made only where an administrator (or the
-- embedded server) has not made them yet, and without LOGIN, so that no way in appears that nobody asked for.
DO $$
DECLARE
  wanted text;
  existing pg_roles;
  allowed boolean := (SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user);
BEGIN
  FOREACH wanted IN ARRAY ARRAY['roomfeed_gateway', 'roomfeed_service'] LOOP
    SELECT * INTO existing FROM pg_roles WHERE rolname = wanted;
    IF NOT FOUND THEN
      IF NOT allowed THEN
        RAISE EXCEPTION 'The role % does not exist, and % may not create it.', wanted, current_user
          USING ERRCODE = 'RF090',
                HINT = format('Run once as an administrator: CREATE ROLE %I NOLOGIN NOINHERIT NOBYPASSRLS;', wanted);
      END IF;
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT NOBYPASSRLS', wanted);
      EXCEPTION
        -- Another database of this server is being migrated at the same moment.
        WHEN duplicate_object OR unique_violation THEN NULL;
      END;
    ELSIF existing.rolsuper OR existing.rolbypassrls THEN
      RAISE EXCEPTION 'The role % bypasses row-level security, which is what keeps people''s data apart.', wanted
        USING ERRCODE = 'RF091',
              HINT = format('Run as an administrator: ALTER ROLE %I NOSUPERUSER NOBYPASSRLS;', wanted);
    END IF;
  END LOOP;
END
$$;
