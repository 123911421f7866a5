const pool = require('./db');

const columns = `
  g.id, g.empresa_id as "empresaId", g.usuario_id as "usuarioId", g.concepto, g.importe, g.moneda,
  g.categoria, g.estado, to_char(g.fecha, 'YYYY-MM-DD') as fecha, g.creado_en as "creadoEn"`;

// A pattern of ilike that finds the text itself: its % and _ are not wild.
const containing = (text) => `%${String(text).replace(/[\\%_]/g, '\\$&')}%`;

async function list({ empresaId, categoria, estado, desde, hasta, q }, { page, pageSize }) {
  const where = ['g.empresa_id = $1'];
  const params = [empresaId];
  const filter = (condition, value) => {
    if (value === undefined) return;
    params.push(value);
    where.push(`${condition} $${params.length}`);
  };
  filter('g.categoria =', categoria);
  filter('g.estado =', estado);
  filter('g.fecha >=', desde);
  filter('g.fecha <=', hasta);
  filter('g.concepto ilike', q ? containing(q) : undefined);

  const from = `from gastos g where ${where.join(' and ')}`;
  const count = await pool.query(`select count(*) as total ${from}`, params);
  const { rows } = await pool.query(
    `select ${columns} ${from} order by g.fecha desc, g.id desc
     limit $${params.length + 1} offset $${params.length + 2}`,
    [...params, pageSize, (page - 1) * pageSize],
  );
  return { items: rows, total: count.rows[0].total, page, pageSize };
}

// Another company's expense is not found: that it exists is nobody's business.
async function findVisible(usuarioId, id) {
  const { rows } = await pool.query(
    `select ${columns} from gastos g
     join membresias m on m.empresa_id = g.empresa_id and m.usuario_id = $1
     where g.id = $2`,
    [usuarioId, id],
  );
  return rows[0];
}

async function create(usuarioId, { empresaId, concepto, importe, categoria, fecha }) {
  const { rows } = await pool.query(
    `insert into gastos as g (empresa_id, usuario_id, concepto, importe, categoria, fecha)
     values ($1, $2, $3, $4, $5, $6) returning ${columns}`,
    [empresaId, usuarioId, concepto, importe, categoria, fecha],
  );
  return rows[0];
}

async function update(id, { concepto, importe, categoria, fecha, estado }) {
  const { rows } = await pool.query(
    `update gastos g set concepto = $2, importe = $3, categoria = $4, fecha = $5, estado = $6
     where g.id = $1 returning ${columns}`,
    [id, concepto, importe, categoria, fecha, estado],
  );
  return rows[0];
}

async function remove(id) {
  await pool.query('delete from gastos where id = $1', [id]);
}

module.exports = { list, findVisible, create, update, remove };
