'use strict';
// Loaded by `node --require` before a program: remembers what the program tells
// Express to serve, and where routers are mounted, which Express 5 itself forgets.
// It changes no answer. See node.go.
const Module = require('node:module');
const net = require('node:net');
const fs = require('node:fs');

const file = process.env.LISTO_ROUTES_FILE;
const seen = new WeakMap(); // router or application -> [{ path, route } | { path, inner }]
const apps = [];
const mounted = new Set();
const patched = new WeakSet();

const entries = (owner) => {
  if (!seen.has(owner)) seen.set(owner, []);
  return seen.get(owner);
};

const flat = (list) => list.flatMap((x) => (Array.isArray(x) ? flat(x) : [x]));
const isPath = (x) => typeof x === 'string' || x instanceof RegExp || (Array.isArray(x) && x.length > 0 && x.every(isPath));

// How use() is told where to mount: by its first argument, else at the root.
function mount(owner, args) {
  const at = isPath(args[0]) ? args[0] : '/';
  for (const inner of flat(args)) {
    if (typeof inner === 'function' || (inner && typeof inner.handle === 'function')) {
      entries(owner).push({ path: at, inner });
      mounted.add(inner);
    }
  }
}

function wrap(object, name, before) {
  const original = object[name];
  if (typeof original !== 'function') return;
  object[name] = function (...args) {
    const result = original.apply(this, args);
    try { before.call(this, args, result); } catch { /* the program goes on as if we were not here */ }
    return result;
  };
}

function patch(express) {
  if (!express || !express.Router || !express.application || patched.has(express)) return;
  patched.add(express);
  const proto = express.Router.prototype && express.Router.prototype.use ? express.Router.prototype : express.Router;
  wrap(proto, 'use', function (args) { mount(this, args); });
  wrap(proto, 'route', function ([path], route) { entries(this).push({ path, route }); });
  wrap(express.application, 'use', function (args) {
    // An application below another one is wrapped before its router sees it.
    const at = isPath(args[0]) ? args[0] : '/';
    for (const inner of flat(args)) {
      if (inner && typeof inner.handle === 'function' && typeof inner.set === 'function') {
        entries(this).push({ path: at, inner });
        mounted.add(inner);
      }
    }
  });
  wrap(express.application, 'init', function () { apps.push(this); });
}

// The router of an application; Express 4 forbids looking at app.router.
function routerOf(app) {
  try { return app._router || app.router; } catch { return undefined; }
}

function list() {
  const out = { framework: apps.length > 0 ? 'express' : '', apps: apps.length, routes: [], unnamed: 0 };
  const join = (a, b) => (a === '/' ? '' : a.replace(/\/$/, '')) + (b === '/' && a !== '/' ? '' : b);
  const walk = (owner, prefix, depth) => {
    if (depth > 20) return;
    for (const entry of seen.get(owner) || []) {
      for (const path of flat([entry.path])) {
        if (typeof path !== 'string') {
          out.unnamed++;
          continue;
        }
        const here = join(prefix, path || '/') || '/';
        if (!entry.route) {
          walk(entry.inner, here, depth + 1);
          const own = routerOf(entry.inner);
          if (own && own !== entry.inner) walk(own, here, depth + 1);
          continue;
        }
        const all = entry.route.stack.some((layer) => !layer.method);
        const methods = all ? ['ALL'] : [...new Set(entry.route.stack.map((layer) => layer.method))];
        for (const method of methods) out.routes.push({ method, path: here });
      }
    }
  };
  for (const app of apps) {
    if (mounted.has(app)) continue;
    walk(app, '/', 0);
    const own = routerOf(app);
    if (own) walk(own, '/', 0);
  }
  return out;
}

if (file) {
  const load = Module._load;
  Module._load = function (...args) {
    const loaded = load.apply(this, args);
    // By its looks, not by its name: an ES module imports its files one by one.
    if (typeof loaded === 'function' && typeof loaded.Router === 'function' && loaded.application) patch(loaded);
    return loaded;
  };
  const listen = net.Server.prototype.listen;
  net.Server.prototype.listen = function (...args) {
    this.once('listening', () => {
      try { fs.writeFileSync(file, JSON.stringify(list())); } catch { /* the reader says that it is missing */ }
    });
    return listen.apply(this, args);
  };
}
