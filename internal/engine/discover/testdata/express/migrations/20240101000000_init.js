exports.up = (knex) => knex.schema.createTable('expenses', (t) => t.increments())
exports.down = (knex) => knex.schema.dropTable('expenses')
