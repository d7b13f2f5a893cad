// Unpacks what the page is made of and begins. The parts lie in the page as text: base 85 of LZMA of a line that names them and their bytes
// one after the other. Unpacked they are the files of `playground/page` and `assets/report`, uPlot, and the module: `scripts/playground`.
"use strict";
(function () {
  const DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?_~()[]{}@%$#,";

  function fromBase85(text) {
    const value = new Uint8Array(128), out = new Uint8Array((text.length / 5) * 4);
    [...DIGITS].forEach((digit, i) => (value[digit.charCodeAt(0)] = i));
    for (let i = 0, at = 0; i < text.length; i += 5) {
      let number = 0;
      for (let j = 0; j < 5; j++) number = number * 85 + value[text.charCodeAt(i + j)];
      for (let shift = 24; shift >= 0; shift -= 8) out[at++] = number >>> shift;
    }
    return out;
  }

  // LZMA, after the specification in Igor Pavlov's LZMA SDK, which is in the public domain. Names are those of the specification.
  function unpackLzma(source) {
    const lc = source[0] % 9, lp = Math.floor(source[0] / 9) % 5, pb = Math.floor(source[0] / 45);
    const size = new DataView(source.buffer, source.byteOffset).getUint32(5, true), out = new Uint8Array(size);
    let at = 13, range = 0xffffffff, code = 0, place = 0;
    const probabilities = (count) => new Uint16Array(count).fill(1024);
    const normalize = () => { if (range < 0x1000000) { range = (range << 8) >>> 0; code = ((code << 8) | source[at++]) >>> 0; } };
    function bit(probs, index) {
      const bound = (range >>> 11) * probs[index];
      let result;
      if (code < bound) { range = bound; probs[index] += (2048 - probs[index]) >> 5; result = 0; }
      else { range -= bound; code -= bound; probs[index] -= probs[index] >> 5; result = 1; }
      normalize();
      return result;
    }
    function direct(count) {
      let result = 0;
      while (count--) {
        range >>>= 1;
        if (code >= range) { code -= range; result = result * 2 + 1; } else result *= 2;
        normalize();
      }
      return result;
    }
    const tree = (probs, bits, offset = 0) => {
      let m = 1;
      for (let i = 0; i < bits; i++) m = m * 2 + bit(probs, offset + m);
      return m - (1 << bits);
    };
    const reverse = (probs, bits, offset = 0) => {
      let m = 1, symbol = 0;
      for (let i = 0; i < bits; i++) { const one = bit(probs, offset + m); m = m * 2 + one; symbol |= one << i; }
      return symbol;
    };
    const lengths = () => ({ choice: probabilities(2), low: probabilities(8 << 4), mid: probabilities(8 << 4), high: probabilities(256) });
    const length = (coder, state) => !bit(coder.choice, 0) ? tree(coder.low, 3, state * 8) : !bit(coder.choice, 1) ? 8 + tree(coder.mid, 3, state * 8) : 16 + tree(coder.high, 8);
    const literal = probabilities(0x300 << (lc + lp)), slots = probabilities(256), align = probabilities(16), special = probabilities(128);
    const isMatch = probabilities(192), isRep = probabilities(12), isRep0 = probabilities(12), isRep0Long = probabilities(192), isRep1 = probabilities(12), isRep2 = probabilities(12);
    const matchLengths = lengths(), repeatLengths = lengths();
    let state = 0, rep = [0, 0, 0, 0];
    for (let i = 0; i < 5; i++) code = ((code << 8) | source[at++]) >>> 0;
    while (place < size) {
      const position = place & ((1 << pb) - 1);
      if (!bit(isMatch, state * 16 + position)) {
        const before = place ? out[place - 1] : 0, base = 0x300 * (((place & ((1 << lp) - 1)) << lc) + (before >> (8 - lc)));
        let symbol = 1;
        if (state >= 7) {
          let match = out[place - rep[0] - 1];
          do {
            const expected = (match >> 7) & 1, one = bit(literal, base + ((1 + expected) << 8) + symbol);
            match <<= 1;
            symbol = symbol * 2 + one;
            if (expected !== one) break;
          } while (symbol < 0x100);
        }
        while (symbol < 0x100) symbol = symbol * 2 + bit(literal, base + symbol);
        out[place++] = symbol;
        state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
        continue;
      }
      let count;
      if (bit(isRep, state)) {
        if (!bit(isRep0, state)) {
          if (!bit(isRep0Long, state * 16 + position)) {
            state = state < 7 ? 9 : 11;
            out[place] = out[place - rep[0] - 1];
            place++;
            continue;
          }
        } else {
          const which = !bit(isRep1, state) ? 1 : !bit(isRep2, state) ? 2 : 3;
          rep.unshift(rep.splice(which, 1)[0]);
        }
        count = length(repeatLengths, position);
        state = state < 7 ? 8 : 11;
      } else {
        count = length(matchLengths, position);
        state = state < 7 ? 7 : 10;
        const slot = tree(slots, 6, Math.min(count, 3) * 64);
        let distance = slot;
        if (slot >= 4) {
          const bits = (slot >> 1) - 1;
          distance = (2 | (slot & 1)) << bits;
          distance += slot < 14 ? reverse(special, bits, distance - slot) : direct(bits - 4) * 16 + reverse(align, 4);
        }
        rep = [distance, rep[0], rep[1], rep[2]];
      }
      for (count += 2; count--; place++) out[place] = out[place - rep[0] - 1];
    }
    return out;
  }

  const packed = document.getElementById("parts").textContent.replace(/\s/g, "");
  const all = unpackLzma(fromBase85(packed)), end = all.indexOf(10), parts = {};
  let at = end + 1;
  for (const [name, length] of JSON.parse(new TextDecoder().decode(all.subarray(0, end)))) {
    parts[name] = all.slice(at, at + length);
    at += length;
  }
  const text = (name) => new TextDecoder().decode(parts[name]);
  window.parts = { text, module: parts["module.wasm"].buffer };
  const style = document.createElement("style");
  style.textContent = text("playground.css");
  document.head.append(style);
  for (const name of ["schema.js", "editor.js", "playground.js"]) {
    const script = document.createElement("script");
    script.textContent = text(name);
    document.body.append(script);
  }
})();
