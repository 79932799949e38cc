// Loaded into n8n: refuses connections to other hosts, and writes their names to the file ALONE_REPORT.

const { appendFileSync } = require('node:fs');
const net = require('node:net');

const LOOPBACK = ['127.0.0.1', 'localhost', '::1', undefined];
const { connect } = net.Socket.prototype;

net.Socket.prototype.connect = function (...given) {
  const [options] = Array.isArray(given[0]) ? given[0] : given;
  const { host, path } =
    typeof options === 'object' ? options : { host: typeof given[1] === 'string' ? given[1] : undefined };
  if (path || LOOPBACK.includes(host)) return connect.apply(this, given);
  appendFileSync(process.env.ALONE_REPORT, `${host}\n`);
  process.nextTick(() => this.destroy(new Error(`${host} is another host`)));
  return this;
};
