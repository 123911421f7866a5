const assert = require('node:assert/strict');
const { test } = require('node:test');
const { checkCredentials, checkNewGasto, checkGastoChange, readPage, readFilter } = require('../src/validation');

const nuevo = { empresaId: 1, concepto: 'Tren a Madrid', importe: '40.10', categoria: 'viaje', fecha: '2024-05-06' };
const fieldsOf = (errors) => errors.map((error) => error.field);

test('a good expense has no errors', () => {
  assert.deepEqual(checkNewGasto(nuevo), []);
  assert.deepEqual(checkGastoChange({ ...nuevo, estado: 'pendiente' }), []);
});

test('each bad field is named', () => {
  const bad = { empresaId: '1', concepto: '', importe: '0.00', categoria: 'ocio', fecha: '2024-13-01' };
  for (const [field, value] of Object.entries(bad)) {
    assert.deepEqual(fieldsOf(checkNewGasto({ ...nuevo, [field]: value })), [field]);
  }
  assert.deepEqual(fieldsOf(checkNewGasto({})), ['empresaId', 'concepto', 'importe', 'categoria', 'fecha']);
  assert.deepEqual(fieldsOf(checkGastoChange(nuevo)), ['estado']);
  assert.deepEqual(fieldsOf(checkCredentials({ email: 'a@b.example' })), ['password']);
});

test('a page is the first twenty unless the caller says otherwise', () => {
  assert.deepEqual(readPage({}), { page: 1, pageSize: 20, errors: [] });
  assert.deepEqual(readPage({ page: '3', pageSize: '100' }), { page: 3, pageSize: 100, errors: [] });
  assert.deepEqual(fieldsOf(readPage({ page: '0', pageSize: '101' }).errors), ['page', 'pageSize']);
});

test('a filter needs a company and nothing else', () => {
  assert.deepEqual(readFilter({ empresaId: '2' }).errors, []);
  assert.equal(readFilter({ empresaId: '2' }).filter.empresaId, 2);
  assert.deepEqual(fieldsOf(readFilter({ estado: 'nuevo', desde: 'ayer' }).errors), ['empresaId', 'estado', 'desde']);
});
