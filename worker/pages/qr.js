// QR codes (ISO/IEC 18004), drawn in the browser so that a token need not leave the page.
//
// Bytes only, error correction level M, versions 1 to 20 (666 bytes): what is longer makes a code
// too fine for a phone. window.postaQr.modules(text) gives rows of booleans, .svg(text, label) an
// element; both give null for a text that does not fit.
"use strict";

window.postaQr = (() => {
    const maxVersion = 20;
    // By version, for level M: error correction bytes of a block, and blocks.
    const correctionBytes = [0, 10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24, 28, 28,
        26, 26, 26];
    const blockCounts = [0, 1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10, 10, 11, 13, 14, 16];
    const levelBits = 0;  // M

    // Modules that carry codewords: all but finder, timing, alignment, format and version ones.
    function codewordCount(version) {
        let bits = (16 * version + 128) * version + 64;
        if (version >= 2) {
            const alignments = Math.floor(version / 7) + 2;
            bits -= (25 * alignments - 10) * alignments - 55;
            if (version >= 7) bits -= 36;
        }
        return bits >> 3;
    }

    const dataCount = (version) =>
        codewordCount(version) - correctionBytes[version] * blockCounts[version];

    // In the field of 256 elements with the polynomial 0x11d.
    function multiply(a, b) {
        let product = 0;
        for (let bit = 7; bit >= 0; bit--) {
            product = (product << 1) ^ ((product >> 7) * 0x11d);
            product ^= ((b >> bit) & 1) * a;
        }
        return product;
    }

    function divisorOf(degree) {
        const divisor = new Array(degree).fill(0);
        divisor[degree - 1] = 1;
        let root = 1;
        for (let i = 0; i < degree; i++) {
            for (let j = 0; j < degree; j++) {
                divisor[j] = multiply(divisor[j], root);
                if (j + 1 < degree) divisor[j] ^= divisor[j + 1];
            }
            root = multiply(root, 2);
        }
        return divisor;
    }

    function remainderOf(data, divisor) {
        const remainder = new Array(divisor.length).fill(0);
        for (const byte of data) {
            const factor = byte ^ remainder.shift();
            remainder.push(0);
            divisor.forEach((value, i) => { remainder[i] ^= multiply(value, factor); });
        }
        return remainder;
    }

    // Mode, length, bytes, terminator and padding.
    function dataCodewords(bytes, version) {
        const bits = [];
        const put = (value, count) => {
            for (let i = count - 1; i >= 0; i--) bits.push((value >> i) & 1);
        };
        put(4, 4);
        put(bytes.length, version < 10 ? 8 : 16);
        for (const byte of bytes) put(byte, 8);
        const capacity = dataCount(version) * 8;
        put(0, Math.min(4, capacity - bits.length));
        put(0, (8 - bits.length % 8) % 8);
        for (let pad = 0xec; bits.length < capacity; pad ^= 0xec ^ 0x11) put(pad, 8);
        const codewords = [];
        for (let i = 0; i < bits.length; i += 8)
            codewords.push(bits.slice(i, i + 8).reduce((value, bit) => value * 2 + bit, 0));
        return codewords;
    }

    // Split into blocks, each with its correction, and interleaved.
    function allCodewords(data, version) {
        const count = blockCounts[version];
        const correction = correctionBytes[version];
        const shortLength = Math.floor(data.length / count);
        const shortCount = count - data.length % count;
        const divisor = divisorOf(correction);
        const blocks = [];
        for (let i = 0, at = 0; i < count; i++) {
            const length = shortLength + (i < shortCount ? 0 : 1);
            blocks.push(data.slice(at, at + length));
            at += length;
        }
        const corrections = blocks.map((block) => remainderOf(block, divisor));
        const result = [];
        for (let i = 0; i <= shortLength; i++)
            for (const block of blocks) if (i < block.length) result.push(block[i]);
        for (let i = 0; i < correction; i++) for (const block of corrections) result.push(block[i]);
        return result;
    }

    function alignmentPositions(version, size) {
        if (version === 1) return [];
        const count = Math.floor(version / 7) + 2;
        const step = Math.ceil((size - 13) / (count * 2 - 2)) * 2;
        const positions = [6];
        for (let at = size - 7; positions.length < count; at -= step) positions.splice(1, 0, at);
        return positions;
    }

    const grid = (size) => Array.from({ length: size }, () => new Array(size).fill(false));

    // `dark` are the modules, `fixed` marks those that carry no data.
    function emptySymbol(version) {
        const size = version * 4 + 17;
        const symbol = { size, dark: grid(size), fixed: grid(size) };
        const set = (x, y, dark) => {
            if (x < 0 || y < 0 || x >= size || y >= size) return;
            symbol.dark[y][x] = dark;
            symbol.fixed[y][x] = true;
        };
        symbol.set = set;
        const square = (cx, cy, radius, isDark) => {
            for (let dy = -radius; dy <= radius; dy++)
                for (let dx = -radius; dx <= radius; dx++)
                    set(cx + dx, cy + dy, isDark(Math.max(Math.abs(dx), Math.abs(dy))));
        };
        for (let i = 0; i < size; i++) {
            set(6, i, i % 2 === 0);
            set(i, 6, i % 2 === 0);
        }
        for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]])
            square(x, y, 4, (distance) => distance !== 2 && distance !== 4);
        const positions = alignmentPositions(version, size);
        const last = positions.length - 1;
        positions.forEach((y, row) => positions.forEach((x, column) => {
            const atFinder = (row === 0 && (column === 0 || column === last)) ||
                (row === last && column === 0);
            if (!atFinder) square(x, y, 2, (distance) => distance !== 1);
        }));
        setFormat(symbol, 0);
        if (version >= 7) setVersion(symbol, version);
        return symbol;
    }

    function withCheckBits(value, length, polynomial) {
        let rest = value;
        for (let i = 0; i < length; i++) rest = (rest << 1) ^ ((rest >> (length - 1)) * polynomial);
        return (value << length) | rest;
    }

    function setFormat(symbol, mask) {
        const bits = withCheckBits((levelBits << 3) | mask, 10, 0x537) ^ 0x5412;
        const bit = (i) => ((bits >> i) & 1) === 1;
        const { size, set } = symbol;
        for (let i = 0; i <= 5; i++) set(8, i, bit(i));
        set(8, 7, bit(6));
        set(8, 8, bit(7));
        set(7, 8, bit(8));
        for (let i = 9; i < 15; i++) set(14 - i, 8, bit(i));
        for (let i = 0; i < 8; i++) set(size - 1 - i, 8, bit(i));
        for (let i = 8; i < 15; i++) set(8, size - 15 + i, bit(i));
        set(8, size - 8, true);
    }

    function setVersion(symbol, version) {
        const bits = withCheckBits(version, 12, 0x1f25);
        for (let i = 0; i < 18; i++) {
            const dark = ((bits >> i) & 1) === 1;
            const a = symbol.size - 11 + i % 3;
            const b = Math.floor(i / 3);
            symbol.set(a, b, dark);
            symbol.set(b, a, dark);
        }
    }

    // In columns of two, up and down from the lower right corner.
    function placeCodewords(symbol, codewords) {
        const { size, dark, fixed } = symbol;
        let at = 0;
        for (let right = size - 1; right >= 1; right -= 2) {
            if (right === 6) right = 5;
            const upwards = ((right + 1) & 2) === 0;
            for (let step = 0; step < size; step++) {
                const y = upwards ? size - 1 - step : step;
                for (const x of [right, right - 1]) {
                    if (fixed[y][x] || at >= codewords.length * 8) continue;
                    dark[y][x] = ((codewords[at >> 3] >> (7 - (at & 7))) & 1) === 1;
                    at++;
                }
            }
        }
    }

    const maskRules = [
        (x, y) => (x + y) % 2, (x, y) => y % 2, (x) => x % 3, (x, y) => (x + y) % 3,
        (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2,
        (x, y) => (x * y) % 2 + (x * y) % 3,
        (x, y) => ((x * y) % 2 + (x * y) % 3) % 2,
        (x, y) => ((x + y) % 2 + (x * y) % 3) % 2,
    ];

    // Doing it twice undoes it.
    function applyMask(symbol, mask) {
        for (let y = 0; y < symbol.size; y++)
            for (let x = 0; x < symbol.size; x++)
                if (!symbol.fixed[y][x] && maskRules[mask](x, y) === 0)
                    symbol.dark[y][x] = !symbol.dark[y][x];
    }

    function linePenalty(line) {
        let penalty = 0;
        for (const run of line.match(/0+|1+/g)) if (run.length >= 5) penalty += run.length - 2;
        for (const pattern of [/(?=00001011101)/g, /(?=10111010000)/g])
            penalty += 40 * (line.match(pattern) || []).length;
        return penalty;
    }

    // How hard the symbol is to read: long runs, blocks, what looks like a finder, imbalance.
    function penaltyOf({ size, dark }) {
        let penalty = 0;
        let darkCount = 0;
        for (let i = 0; i < size; i++) {
            const row = dark[i].map(Number).join("");
            const column = dark.map((line) => Number(line[i])).join("");
            penalty += linePenalty(row) + linePenalty(column);
            darkCount += row.split("1").length - 1;
        }
        for (let y = 1; y < size; y++)
            for (let x = 1; x < size; x++)
                if (dark[y][x] === dark[y - 1][x] && dark[y][x] === dark[y][x - 1] &&
                    dark[y][x] === dark[y - 1][x - 1]) penalty += 3;
        return penalty + 10 * Math.floor(Math.abs(darkCount * 20 / (size * size) - 10));
    }

    function modules(text) {
        const bytes = new TextEncoder().encode(text);
        let version = 1;
        const needed = () => Math.ceil((4 + (version < 10 ? 8 : 16)) / 8 + bytes.length);
        while (version <= maxVersion && needed() > dataCount(version)) version++;
        if (version > maxVersion) return null;

        const symbol = emptySymbol(version);
        placeCodewords(symbol, allCodewords(dataCodewords(bytes, version), version));
        let best = 0;
        let lowest = Infinity;
        for (let mask = 0; mask < 8; mask++) {
            setFormat(symbol, mask);
            applyMask(symbol, mask);
            const penalty = penaltyOf(symbol);
            if (penalty < lowest) [lowest, best] = [penalty, mask];
            applyMask(symbol, mask);
        }
        setFormat(symbol, best);
        applyMask(symbol, best);
        return symbol.dark;
    }

    function svg(text, label) {
        const rows = modules(text);
        if (rows === null) return null;
        const margin = 4;
        const namespace = "http://www.w3.org/2000/svg";
        const picture = document.createElementNS(namespace, "svg");
        const extent = rows.length + 2 * margin;
        picture.setAttribute("viewBox", `0 0 ${extent} ${extent}`);
        picture.setAttribute("class", "qr");
        picture.setAttribute("role", "img");
        picture.setAttribute("aria-label", label);
        picture.setAttribute("shape-rendering", "crispEdges");
        const path = document.createElementNS(namespace, "path");
        let drawing = "";
        rows.forEach((row, y) => row.forEach((dark, x) => {
            if (dark) drawing += `M${x + margin} ${y + margin}h1v1h-1z`;
        }));
        path.setAttribute("d", drawing);
        picture.append(path);
        return picture;
    }

    return { modules, svg };
})();
