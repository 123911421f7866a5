-- What the service may do, and nothing more. The schema belongs to the role that
-- migrates; the service connects as another one. `gastos migrate` names it in the
-- setting gastos.app_role (from APP_ROLE); without it the name is gastos_app.
-- A role that does not exist is left alone: create it, then run this file again.

-- +goose Up
set local lock_timeout = '2s';
set local statement_timeout = '60s';

-- +goose StatementBegin
do $$
declare
    app text := coalesce(nullif(current_setting('gastos.app_role', true), ''), 'gastos_app');
begin
    if exists (select from pg_roles where rolname = app) then
        execute format('grant usage on schema public to %I', app);
        execute format('grant select on empresas, usuarios, membresias to %I', app);
        execute format('grant select, insert, update, delete on gastos to %I', app);
    end if;
end
$$;
-- +goose StatementEnd

-- +goose Down
set local lock_timeout = '2s';
set local statement_timeout = '60s';

-- +goose StatementBegin
do $$
declare
    app text := coalesce(nullif(current_setting('gastos.app_role', true), ''), 'gastos_app');
begin
    if exists (select from pg_roles where rolname = app) then
        execute format('revoke all on empresas, usuarios, membresias, gastos from %I', app);
        execute format('revoke usage on schema public from %I', app);
    end if;
end
$$;
-- +goose StatementEnd
