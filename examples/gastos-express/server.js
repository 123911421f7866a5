const app = require('./src/app');

const port = process.env.PORT || 3000;

app.listen(port, (err) => {
  if (err) throw err;
  console.log(`gastos listening on port ${port}`);
});
