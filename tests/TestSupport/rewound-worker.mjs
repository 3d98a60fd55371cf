// The thread of an embedded database that is set back for the next test to what it was when it had just started: a start takes over a
// second of processor time, most of it JavaScript that runs once. Its files are set back by whoever asks for it.
import { openSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

const DATA = '/tmp/pglite/base';
const { now } = performance;
let instances = 0;
WebAssembly.Instance = class extends WebAssembly.Instance {
  constructor(...given) {
    super(...given);
    instances++;
  }
};

const { attach, db, memory, ready } = await import('../../Hosting/Timescale/Embedded/src/engine/engine-worker.mjs');
const { FS, HEAPU8 } = db.Module;
const started = {
  memory: HEAPU8.slice(),
  files: FS.streams.map((stream) => stream && { stream, fd: stream.fd, position: stream.position }),
};
let expected = instances;

const isFile = ({ node }) => node.mount.mountpoint === DATA;

function rewindFiles() {
  for (const stream of FS.streams) if (stream && isFile(stream)) FS.close(stream);
  // It remembers which files there are.
  for (const first of FS.nameTable) {
    for (let node = first; node; node = node.name_next) if (isFile({ node }) && !FS.isRoot(node)) FS.hashRemoveNode(node);
  }
  FS.streams = started.files.map((file) => file?.stream);
  for (const { stream, fd, position } of started.files.filter((file) => file && isFile(file.stream))) {
    Object.assign(stream, { fd, position, nfd: openSync(workerData.data + stream.path.slice(DATA.length), 'r+') });
    stream.shared.refcount = 1;
  }
}



workerData.control.on('message', (given) => {
  if (!given) return workerData.control.postMessage(instances === expected);
  rewindFiles();
  db.Module.HEAPU8.set(started.memory);
  db.Module.HEAPU8.fill(0, started.memory.length);
  performance.now = now;
  attach(given);
  expected = instances;
  memory.read();
  parentPort.postMessage({ ready });
});
