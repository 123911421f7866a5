// Runs a program and writes each line that it prints as one of JSON, as Docker and every shipper of logs do: what reads the log
// finds one form in it, whoever writes. `node jsonlog.js PROGRAM ARGUMENT...`
const { spawn } = require('node:child_process');
const readline = require('node:readline');

const [program, ...args] = process.argv.slice(2);
const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });

for (const [stream, level] of [[child.stdout, 'INFO'], [child.stderr, 'ERROR']]) {
  readline.createInterface({ input: stream }).on('line', (line) => {
    if (line.trim()) console.log(JSON.stringify({ time: new Date().toISOString(), level, source: 'service', msg: line }));
  });
}
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.log(JSON.stringify({ time: new Date().toISOString(), level: 'ERROR', source: 'service', msg: error.message }));
  process.exitCode = 1;
});
child.on('exit', (code, signal) => {
  process.exitCode = signal ? 1 : code;
});
