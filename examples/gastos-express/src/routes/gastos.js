const { Router } = require('express');
const gastos = require('../gastos');
const { isMember } = require('../usuarios');
const { checkNewGasto, checkGastoChange, readPage, readFilter, idParam } = require('../validation');

const router = Router();
router.param('id', idParam);

router.get('/', async (req, res) => {
  const { filter, errors: filterErrors } = readFilter(req.query);
  const { errors: pageErrors, ...page } = readPage(req.query);
  const errors = [...filterErrors, ...pageErrors];
  if (errors.length > 0) return res.status(400).json({ error: 'The query is not valid', errors });

  if (!(await isMember(req.usuario.id, filter.empresaId))) {
    return res.status(403).json({ error: 'This user may not do that' });
  }
  res.json(await gastos.list(filter, page));
});

router.post('/', async (req, res) => {
  const nuevo = req.body ?? {};
  const errors = checkNewGasto(nuevo);
  if (errors.length > 0) return res.status(422).json({ error: 'The body is not valid', errors });

  if (!(await isMember(req.usuario.id, nuevo.empresaId))) {
    return res.status(403).json({ error: 'This user may not do that' });
  }
  const gasto = await gastos.create(req.usuario.id, nuevo);
  res.status(201).location(`/api/gastos/${gasto.id}`).json(gasto);
});

router.get('/:id', async (req, res) => {
  const gasto = await gastos.findVisible(req.usuario.id, req.id);
  if (!gasto) return res.status(404).json({ error: 'There is no such expense' });
  res.json(gasto);
});

router.put('/:id', async (req, res) => {
  const cambio = req.body ?? {};
  const errors = checkGastoChange(cambio);
  if (errors.length > 0) return res.status(422).json({ error: 'The body is not valid', errors });

  const gasto = await gastos.findVisible(req.usuario.id, req.id);
  if (!gasto) return res.status(404).json({ error: 'There is no such expense' });
  if (!mayEdit(req.usuario, gasto) || (cambio.estado !== gasto.estado && req.usuario.role !== 'admin')) {
    return res.status(403).json({ error: 'This user may not do that' });
  }
  res.json(await gastos.update(req.id, cambio));
});

router.delete('/:id', async (req, res) => {
  const gasto = await gastos.findVisible(req.usuario.id, req.id);
  if (!gasto) return res.status(404).json({ error: 'There is no such expense' });
  if (!mayEdit(req.usuario, gasto)) {
    return res.status(403).json({ error: 'This user may not do that' });
  }
  await gastos.remove(req.id);
  res.status(204).end();
});

const mayEdit = (usuario, gasto) => gasto.usuarioId === usuario.id || usuario.role === 'admin';

module.exports = router;
