set -eu
export PGHOST=postgres PGUSER=postgres PGDATABASE=postgres PGCONNECT_TIMEOUT=5
PGPASSWORD="$(cat /run/secrets/databases/postgres)"
export PGPASSWORD
database() { # the name of a service, of its role and of its database
  export DATABASE="$1"
  psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --set name="$1" <<'SQL'
\set password `cat "/run/secrets/databases/$DATABASE"`
SELECT format('CREATE ROLE %I LOGIN', :'name')
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'name') \gexec
ALTER ROLE :"name" PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'name')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
REVOKE ALL ON DATABASE :"name" FROM PUBLIC;
SQL
  echo "$1 has its database"
}
until psql --quiet --no-psqlrc --command 'SELECT' > /dev/null; do
  echo "waiting for $PGHOST"
  sleep 2
done
{% for database in databases %}database {{ database.name }}
{% endfor %}
