const { Pool, types } = require('pg');

// node-pg gives bigint as text; our ids fit in a number.
types.setTypeParser(types.builtins.INT8, Number);

const pool = new Pool({
  connectionString: process.env.DATABASE_URL,
  max: Number(process.env.CONNECTION_POOL_SIZE) || 10,
});

module.exports = pool;
