const path = require('node:path');
const cors = require('cors');
const express = require('express');
const { authenticate } = require('./auth');

const examples = path.join(__dirname, '..', '..');
const frontendDir = process.env.FRONTEND_DIR || path.join(examples, 'gastos', 'frontend', 'dist');
const openapiFile = path.join(examples, 'gastos', 'openapi.json');

const app = express();

app.use((req, res, next) => {
  const start = Date.now();
  res.on('finish', () => {
    console.log(`${req.method} ${req.originalUrl} ${res.statusCode} ${Date.now() - start}ms`);
  });
  next();
});

app.use(cors());
app.use(express.json());
app.use(express.static(frontendDir));

app.get('/openapi.json', (req, res) => res.sendFile(openapiFile));

app.use('/api/auth', require('./routes/auth'));
app.use('/api/me', authenticate, require('./routes/me'));
app.use('/api/empresas', authenticate, require('./routes/empresas'));
app.use('/api/usuarios', authenticate, require('./routes/usuarios'));
app.use('/api/gastos', authenticate, require('./routes/gastos'));

module.exports = app;
