-- roles -> role, first half (expand): one enum in place of the free text.
-- The old column stays until no running release reads it; 00006 drops it.

-- +goose Up
set local lock_timeout = '2s';
set local statement_timeout = '60s';

create type rol_usuario as enum ('admin', 'empleado');

-- A constant default adds the column without rewriting the table.
alter table usuarios add column role rol_usuario not null default 'empleado';

update usuarios set role = 'admin'
where 'admin' = any (string_to_array(replace(roles, ' ', ''), ','));

-- +goose Down
set local lock_timeout = '2s';
set local statement_timeout = '60s';

alter table usuarios drop column role;
drop type rol_usuario;
