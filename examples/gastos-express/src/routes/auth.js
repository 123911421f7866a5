const { Router } = require('express');
const { verify } = require('@node-rs/argon2');
const { issueToken } = require('../auth');
const usuarios = require('../usuarios');
const { checkCredentials } = require('../validation');

const router = Router();

router.post('/login', async (req, res) => {
  const credentials = req.body ?? {};
  const errors = checkCredentials(credentials);
  if (errors.length > 0) return res.status(422).json({ error: 'The body is not valid', errors });

  const { usuario, hash } = await usuarios.findByEmail(credentials.email);
  if (!hash || !(await verify(hash, credentials.password))) {
    return res.status(401).json({ error: 'The e-mail address or the password is wrong' });
  }
  res.json({ ...issueToken(usuario), usuario });
});

module.exports = router;
