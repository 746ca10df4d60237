-- The three roles, made once, when the database's volume is new (docker-compose.yml). None of them is a superuser or
-- bypasses row-level security; only the owner may make tables. psql reads the passwords from the environment, so that
-- they are in no file.
\getenv owner_password OWNER_DATABASE_PASSWORD
\getenv gateway_password GATEWAY_DATABASE_PASSWORD
\getenv service_password SERVICE_DATABASE_PASSWORD

CREATE ROLE roomfeed_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'owner_password';
CREATE ROLE roomfeed_gateway LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'gateway_password';
CREATE ROLE roomfeed_service LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'service_password';

ALTER DATABASE roomfeed OWNER TO roomfeed_owner;
