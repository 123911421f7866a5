const pool = require('./db');

const columns = 'u.id, u.nombre, u.email, u.role, u."authMethod"';

async function findById(id) {
  const { rows } = await pool.query(`select ${columns} from usuarios u where u.id = $1`, [id]);
  return rows[0];
}

// The hash comes apart from the user: it must not end up in an answer.
async function findByEmail(email) {
  const { rows } = await pool.query(
    `select ${columns}, u.password_hash from usuarios u where lower(u.email) = lower($1)`,
    [email],
  );
  if (rows.length === 0) return {};
  const { password_hash: hash, ...usuario } = rows[0];
  return { usuario, hash: usuario.authMethod === 'password' ? hash : null };
}

const colleagues = `
  from usuarios u where u.id in (
    select theirs.usuario_id from membresias mine
    join membresias theirs using (empresa_id)
    where mine.usuario_id = $1 and ($2::bigint is null or empresa_id = $2))`;

async function listColleagues(usuarioId, empresaId, { page, pageSize }) {
  const count = await pool.query(`select count(*) as total ${colleagues}`, [usuarioId, empresaId]);
  const { rows } = await pool.query(
    `select ${columns} ${colleagues} order by u.id limit $3 offset $4`,
    [usuarioId, empresaId, pageSize, (page - 1) * pageSize],
  );
  return { items: rows, total: count.rows[0].total, page, pageSize };
}

async function findColleague(usuarioId, id) {
  const { rows } = await pool.query(
    `select ${columns} ${colleagues} and u.id = $3`,
    [usuarioId, null, id],
  );
  return rows[0];
}

async function isMember(usuarioId, empresaId) {
  const { rows } = await pool.query(
    'select 1 from membresias where usuario_id = $1 and empresa_id = $2',
    [usuarioId, empresaId],
  );
  return rows.length > 0;
}

module.exports = { findById, findByEmail, listColleagues, findColleague, isMember };
