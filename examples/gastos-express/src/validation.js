const categorias = ['viaje', 'comida', 'alojamiento', 'material', 'otros'];
const estados = ['pendiente', 'aprobado', 'rechazado'];

const isId = (value) => Number.isInteger(value) && value > 0;
const isText = (value, max) => typeof value === 'string' && value.length > 0 && value.length <= max;
const isImporte = (value) => typeof value === 'string' && /^\d{1,8}\.\d{2}$/.test(value) && Number(value) > 0;
const isFecha = (value) => /^20\d{2}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value));

const message = {
  empresaId: 'must be a positive integer',
  concepto: 'must have 1 to 200 characters',
  importe: 'must be an amount from 0.01 to 99999999.99 with two decimals',
  categoria: `must be one of ${categorias.join(', ')}`,
  fecha: 'must be a date YYYY-MM-DD',
  desde: 'must be a date YYYY-MM-DD',
  hasta: 'must be a date YYYY-MM-DD',
  estado: `must be one of ${estados.join(', ')}`,
  page: 'must be a positive integer',
  pageSize: 'must be an integer from 1 to 100',
  email: 'is required',
  password: 'is required',
};

// Gives one error per field that does not pass.
const failures = (checks) =>
  Object.entries(checks)
    .filter(([, passed]) => !passed)
    .map(([field]) => ({ field, message: message[field] }));

const checkCredentials = ({ email, password }) =>
  failures({ email: isText(email, 254), password: isText(password, 128) });

const gastoChecks = ({ concepto, importe, categoria, fecha }) => ({
  concepto: isText(concepto, 200),
  importe: isImporte(importe),
  categoria: categorias.includes(categoria),
  fecha: isFecha(fecha),
});

const checkNewGasto = (body) => failures({ empresaId: isId(body.empresaId), ...gastoChecks(body) });

const checkGastoChange = (body) => failures({ ...gastoChecks(body), estado: estados.includes(body.estado) });

function readPage(query) {
  const page = Number(query.page ?? 1);
  const pageSize = Number(query.pageSize ?? 20);
  const errors = failures({ page: isId(page), pageSize: isId(pageSize) && pageSize <= 100 });
  return { page, pageSize, errors };
}

function readFilter({ empresaId, categoria, estado, desde, hasta, q }) {
  const filter = { empresaId: Number(empresaId), categoria, estado, desde, hasta, q };
  const absentOr = (value, passes) => value === undefined || passes;
  const errors = failures({
    empresaId: isId(filter.empresaId),
    categoria: absentOr(categoria, categorias.includes(categoria)),
    estado: absentOr(estado, estados.includes(estado)),
    desde: absentOr(desde, isFecha(desde)),
    hasta: absentOr(hasta, isFecha(hasta)),
  });
  return { filter, errors };
}

// Refuses a path whose :id is no id; for router.param.
function idParam(req, res, next, value) {
  const id = Number(value);
  if (!isId(id)) return res.status(400).json({ error: 'The id must be a positive integer' });
  req.id = id;
  next();
}

module.exports = { checkCredentials, checkNewGasto, checkGastoChange, readPage, readFilter, idParam };
