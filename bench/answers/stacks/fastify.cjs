// The same service on Fastify: fastify.cjs <port>.
const app = require('fastify')()
const things = new Map([[1, 'first'], [2, 'second']])
const body = { type: 'object', required: ['name'], properties: { name: { type: 'string' } } }
app.get('/things', async () => ({ items: [...things].map(([id, name]) => ({ id, name })) }))
app.post('/things', { schema: { body } }, async (req, reply) => { reply.code(201); return { id: 3, name: req.body.name } })
app.get('/things/:id', async (req, reply) => {
  const name = things.get(Number(req.params.id))
  if (!name) { reply.code(404); throw Object.assign(new Error('no such thing'), { statusCode: 404 }) }
  return { id: Number(req.params.id), name }
})
app.get('/boom', async () => { throw new Error('boom of the fixture') })
app.listen({ port: Number(process.argv[2]), host: '127.0.0.1' })
