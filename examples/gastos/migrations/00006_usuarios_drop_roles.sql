-- roles -> role, second half (contract): nothing reads the free text any more.

-- +goose Up
set local lock_timeout = '2s';
set local statement_timeout = '60s';

alter table usuarios drop column roles;

-- +goose Down
set local lock_timeout = '2s';
set local statement_timeout = '60s';

alter table usuarios add column roles text not null default 'empleado';
update usuarios set roles = role::text;
