// Needs a seeded database of its own (see README): DATABASE_URL, JWT_SECRET, SEED_PASSWORD.
const assert = require('node:assert/strict');
const { after, before, test } = require('node:test');

for (const name of ['DATABASE_URL', 'JWT_SECRET', 'SEED_PASSWORD']) {
  assert.ok(process.env[name], `${name} is not set: see README`);
}
const app = require('../src/app');
const pool = require('../src/db');

let server;
before(() => new Promise((listening) => { server = app.listen(0, '127.0.0.1', listening); }));
after(async () => {
  server.closeAllConnections();
  server.close();
  await pool.end();
});

async function call(method, path, { token, body } = {}) {
  const headers = { 'Content-Type': 'application/json' };
  if (token) headers.Authorization = `Bearer ${token}`;
  const url = `http://127.0.0.1:${server.address().port}${path}`;
  const res = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  const text = await res.text();
  const isJson = (res.headers.get('Content-Type') || '').startsWith('application/json');
  return { status: res.status, headers: res.headers, body: isJson ? JSON.parse(text) : text };
}

async function login(number) {
  const body = { email: `usuario${number}@gastos.example`, password: process.env.SEED_PASSWORD };
  const res = await call('POST', '/api/auth/login', { body });
  assert.equal(res.status, 200);
  return res.body.token;
}

test('login gives a token and its user', async () => {
  const me = await call('GET', '/api/me', { token: await login('04') });
  assert.deepEqual(me.body, {
    id: 4, nombre: 'Usuario 04', email: 'usuario04@gastos.example', role: 'empleado', authMethod: 'password',
  });
  const wrong = { email: 'usuario04@gastos.example', password: `${process.env.SEED_PASSWORD}x` };
  assert.equal((await call('POST', '/api/auth/login', { body: wrong })).status, 401);
});

test('no token, a bad token: 401', async () => {
  assert.equal((await call('GET', '/api/me')).status, 401);
  assert.equal((await call('GET', '/api/me', { token: 'a.b.c' })).status, 401);
});

test('a company sees its own expenses only', async () => {
  const token = await login('04');
  const own = await call('GET', '/api/gastos?empresaId=1&categoria=viaje&pageSize=5', { token });
  assert.equal(own.body.items.length, 5);
  assert.ok(own.body.items.every((gasto) => gasto.empresaId === 1 && gasto.categoria === 'viaje'));
  assert.equal((await call('GET', '/api/gastos?empresaId=2', { token })).status, 403);
  assert.equal((await call('GET', '/api/gastos/2', { token })).status, 404);
});

test('users are for admins', async () => {
  assert.equal((await call('GET', '/api/usuarios', { token: await login('04') })).status, 403);
  assert.equal((await call('GET', '/api/usuarios', { token: await login('01') })).body.total, 54);
});

test('an expense from birth to death', async () => {
  const [token, other, admin] = [await login('04'), await login('07'), await login('01')];
  const nuevo = { empresaId: 1, concepto: 'Taxi', importe: '12.50', categoria: 'viaje', fecha: '2024-05-06' };
  const created = await call('POST', '/api/gastos', { token, body: nuevo });
  assert.equal(created.status, 201);
  const path = created.headers.get('Location');
  const { empresaId, ...cambio } = { ...nuevo, concepto: 'Taxi y peaje', estado: 'pendiente' };
  assert.equal((await call('PUT', path, { token: other, body: cambio })).status, 403);
  assert.equal((await call('PUT', path, { token, body: { ...cambio, estado: 'aprobado' } })).status, 403);
  assert.equal((await call('PUT', path, { token, body: cambio })).body.concepto, 'Taxi y peaje');
  assert.equal((await call('PUT', path, { token: admin, body: { ...cambio, estado: 'aprobado' } })).body.estado, 'aprobado');
  assert.equal((await call('DELETE', path, { token: other })).status, 403);
  assert.equal((await call('DELETE', path, { token })).status, 204);
  assert.equal((await call('GET', path, { token })).status, 404);
});
