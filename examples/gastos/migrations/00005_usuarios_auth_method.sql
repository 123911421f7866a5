-- Single sign-on arrives: how a user proves who they are. A user of single
-- sign-on has no password here.

-- +goose Up
set local lock_timeout = '2s';
set local statement_timeout = '60s';

alter table usuarios
    add column "authMethod" text not null default 'password'
        constraint usuarios_auth_method_check check ("authMethod" in ('password', 'sso')),
    alter column password_hash drop not null,
    add constraint usuarios_password_check check ("authMethod" <> 'password' or password_hash is not null);

-- +goose Down
set local lock_timeout = '2s';
set local statement_timeout = '60s';

-- '!' is no valid hash: such a user cannot log in by password.
update usuarios set password_hash = '!' where password_hash is null;

alter table usuarios
    drop constraint usuarios_password_check,
    alter column password_hash set not null,
    drop column "authMethod";
