# The migrator of listo's sick twin: goose in a few lines.
set -eu
ask() { psql "$DATABASE_URL" -X -q -A -t -v ON_ERROR_STOP=1 "$@"; }
ask -c 'set client_min_messages = warning' -c 'create table if not exists goose_db_version (id serial primary key, version_id bigint not null, is_applied boolean not null, tstamp timestamp not null default now())'
case $1 in
up | to)
	applied=$(ask -c 'select version_id from goose_db_version')
	for file in migrations/*.sql; do
		version=$(basename "$file" | sed 's/_.*//; s/^0*//')
		[ "$version" -le "${2:-9999}" ] || continue
		case " $(echo $applied) " in *" $version "*) continue ;; esac
		sed -n '/^-- +goose Up/,/^-- +goose Down/p' "$file" >up.tmp
		ask -1 -f up.tmp -c "insert into goose_db_version (version_id, is_applied) values ($version, true)"
	done
	;;
down)
	version=$(ask -c 'select max(version_id) from goose_db_version')
	file=$(ls migrations/$(printf %05d "$version")_*.sql)
	sed -n '/^-- +goose Down/,$p' "$file" >down.tmp
	ask -1 -f down.tmp -c "delete from goose_db_version where version_id = $version"
	;;
esac
