// The service on Express, as its guide teaches it: express.cjs <package> <port>.
const express = require(process.argv[2])
const app = express()
app.use(express.json())
const things = new Map([[1, 'first'], [2, 'second']])
app.get('/things', (req, res) => res.json({ items: [...things].map(([id, name]) => ({ id, name })) }))
app.post('/things', (req, res) => res.status(201).json({ id: 3, name: req.body?.name }))
app.get('/things/:id', (req, res) => {
  const name = things.get(Number(req.params.id))
  if (!name) return res.status(404).json({ error: 'no such thing' })
  res.json({ id: Number(req.params.id), name })
})
app.get('/boom', () => { throw new Error('boom of the fixture') })
app.listen(Number(process.argv[3]), '127.0.0.1')
