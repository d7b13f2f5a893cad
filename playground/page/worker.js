// Runs the module, away from the page's own thread. The module is a plain program (playground/src): here stand the few calls of the
// system that it makes. A message { module } readies it, { id, command, text } has it work; what it writes comes back line by line.
"use strict";
let module = null;

class Exit extends Error {}

function run(command, text, line) {
  const args = ["swarmsim-playground", command].map((one) => new TextEncoder().encode(one + "\0"));
  const input = new TextEncoder().encode(text);
  const decoders = { 1: new TextDecoder(), 2: new TextDecoder() };
  let instance, read = 0, out = "", errors = "";
  const view = () => new DataView(instance.exports.memory.buffer);
  const bytes = (from, length) => new Uint8Array(instance.exports.memory.buffer, from, length);
  const pieces = (list, count) => Array.from({ length: count }, (_, i) => [view().getUint32(list + 8 * i, true), view().getUint32(list + 8 * i + 4, true)]);
  const system = {
    args_sizes_get: (count, size) => { view().setUint32(count, args.length, true); view().setUint32(size, args.reduce((sum, one) => sum + one.length, 0), true); return 0; },
    args_get: (pointers, buffer) => {
      args.forEach((one, i) => { view().setUint32(pointers + 4 * i, buffer, true); bytes(buffer, one.length).set(one); buffer += one.length; });
      return 0;
    },
    environ_sizes_get: (count, size) => { view().setUint32(count, 0, true); view().setUint32(size, 0, true); return 0; },
    environ_get: () => 0,
    // Nothing of a run depends on it: all draws follow from the seed.
    random_get: (buffer, length) => { bytes(buffer, length).fill(7); return 0; },
    fd_read: (file, list, count, done) => {
      let sum = 0;
      for (const [at, length] of pieces(list, count)) {
        const some = input.subarray(read, read + length);
        bytes(at, some.length).set(some);
        read += some.length;
        sum += some.length;
      }
      view().setUint32(done, sum, true);
      return 0;
    },
    fd_write: (file, list, count, done) => {
      let sum = 0;
      for (const [at, length] of pieces(list, count)) {
        const some = decoders[file].decode(bytes(at, length), { stream: true });
        if (file === 1) out += some; else errors += some;
        sum += length;
      }
      view().setUint32(done, sum, true);
      const lines = out.split("\n");
      out = lines.pop();
      lines.forEach((one) => line(JSON.parse(one)));
      return 0;
    },
    proc_exit: (code) => { throw new Exit("exit " + code); },
  };
  instance = new WebAssembly.Instance(module, { wasi_snapshot_preview1: system });
  try {
    instance.exports._start();
  } catch (error) {
    if (!(error instanceof Exit)) throw new Error(errors.trim() || String(error));
  }
  if (errors) throw new Error(errors.trim());
}

onmessage = ({ data }) => {
  if (data.module) {
    module = new WebAssembly.Module(data.module);
    return;
  }
  try {
    run(data.command, data.text, (line) => postMessage({ id: data.id, line }));
    postMessage({ id: data.id, done: true });
  } catch (error) {
    postMessage({ id: data.id, failed: error.message });
  }
};
