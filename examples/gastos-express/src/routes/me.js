const { Router } = require('express');

const router = Router();

router.get('/', (req, res) => res.json(req.usuario));

module.exports = router;
