const { Router } = require('express');
const { requireAdmin } = require('../auth');
const usuarios = require('../usuarios');
const { readPage, idParam } = require('../validation');

const router = Router();
router.param('id', idParam);

router.get('/', requireAdmin, async (req, res) => {
  const { errors, ...page } = readPage(req.query);
  const empresaId = req.query.empresaId === undefined ? null : Number(req.query.empresaId);
  if (Number.isNaN(empresaId)) errors.push({ field: 'empresaId', message: 'must be a positive integer' });
  if (errors.length > 0) return res.status(400).json({ error: 'The query is not valid', errors });

  if (empresaId !== null && !(await usuarios.isMember(req.usuario.id, empresaId))) {
    return res.status(403).json({ error: 'This user may not do that' });
  }
  res.json(await usuarios.listColleagues(req.usuario.id, empresaId, page));
});

// An employee may ask for themself only, an admin for anyone who shares a company.
router.get('/:id', async (req, res) => {
  if (req.id === req.usuario.id) return res.json(req.usuario);
  if (req.usuario.role !== 'admin') {
    return res.status(403).json({ error: 'This user may not do that' });
  }
  const usuario = await usuarios.findColleague(req.usuario.id, req.id);
  if (!usuario) return res.status(404).json({ error: 'There is no such user' });
  res.json(usuario);
});

module.exports = router;
