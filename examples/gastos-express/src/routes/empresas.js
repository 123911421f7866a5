const { Router } = require('express');
const pool = require('../db');

const router = Router();

router.get('/', async (req, res) => {
  const { rows } = await pool.query(
    `select e.id, e.nombre, e.nif from empresas e
     join membresias m on m.empresa_id = e.id
     where m.usuario_id = $1 order by e.id`,
    [req.usuario.id],
  );
  res.json({ items: rows, total: rows.length });
});

module.exports = router;
