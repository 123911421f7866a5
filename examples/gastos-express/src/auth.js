const jwt = require('jsonwebtoken');
const usuarios = require('./usuarios');

function issueToken(usuario) {
  const token = jwt.sign({}, process.env.JWT_SECRET, {
    subject: String(usuario.id),
    issuer: 'gastos',
    expiresIn: '1h',
  });
  const { exp } = jwt.decode(token);
  return { token, expiresAt: new Date(exp * 1000) };
}

async function authenticate(req, res, next) {
  const [scheme, token] = (req.headers.authorization || '').split(' ');
  if (scheme !== 'Bearer' || !token) {
    return res.status(401).json({ error: 'A bearer token is needed' });
  }
  let payload;
  try {
    payload = jwt.verify(token, process.env.JWT_SECRET);
  } catch {
    return res.status(401).json({ error: 'The token is not valid or has expired' });
  }
  const usuario = await usuarios.findById(payload.sub);
  if (!usuario) {
    return res.status(401).json({ error: 'The user of this token does not exist' });
  }
  req.usuario = usuario;
  next();
}

function requireAdmin(req, res, next) {
  if (req.usuario.role !== 'admin') {
    return res.status(403).json({ error: 'For an admin only' });
  }
  next();
}

module.exports = { issueToken, authenticate, requireAdmin };
