-- Who belongs to which company. Every permission of the API starts here.

-- +goose Up
set local lock_timeout = '2s';
set local statement_timeout = '60s';

create table membresias (
    usuario_id bigint not null constraint membresias_usuario_fkey references usuarios (id) on delete cascade,
    empresa_id bigint not null constraint membresias_empresa_fkey references empresas (id) on delete cascade,
    constraint membresias_pkey primary key (usuario_id, empresa_id)
);

create index membresias_empresa_idx on membresias (empresa_id, usuario_id);

-- +goose Down
set local lock_timeout = '2s';
set local statement_timeout = '60s';

drop table membresias;
