// The same service on NestJS over Express, with its decorators called by hand: nest.cjs <port>.
require('reflect-metadata')
const { Controller, Get, Post, Param, Body, Module, NotFoundException, ParseIntPipe } = require('@nestjs/common')
const { NestFactory } = require('@nestjs/core')
const names = new Map([[1, 'first'], [2, 'second']])
class Things {
  list() { return { items: [...names].map(([id, name]) => ({ id, name })) } }
  add(body) { return { id: 3, name: body?.name } }
  show(id) {
    if (!names.has(id)) throw new NotFoundException('no such thing')
    return { id, name: names.get(id) }
  }
  boom() { throw new Error('boom of the fixture') }
}
const on = (decorator, method) => decorator(Things.prototype, method, Object.getOwnPropertyDescriptor(Things.prototype, method))
on(Get('things'), 'list')
on(Post('things'), 'add')
on(Get('things/:id'), 'show')
on(Get('boom'), 'boom')
Body()(Things.prototype, 'add', 0)
Param('id', ParseIntPipe)(Things.prototype, 'show', 0)
Controller()(Things)
class App {}
Module({ controllers: [Things] })(App)
NestFactory.create(App, { logger: false }).then((app) => app.listen(Number(process.argv[2]), '127.0.0.1'))
