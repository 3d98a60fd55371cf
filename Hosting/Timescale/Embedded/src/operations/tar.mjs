// The tape archive's blocks: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html (ustar)
const BLOCK = 512;

const octal = (n, width) => `${n.toString(8).padStart(width - 1, '0')}\0`;

/** The block before a file's or directory's content; `name` is at most 100 bytes long, as every path of PostgreSQL's is. */
export function header(name, { size = 0, directory = false }) {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, 100);
  block.write(octal(directory ? 0o700 : 0o600, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(Math.floor(Date.now() / 1000), 12), 136);
  block.write(' '.repeat(8), 148);
  block.write(directory ? '5' : '0', 156);
  block.write('ustar\x0000', 257, 'latin1');
  block.write(octal(block.reduce((sum, byte) => sum + byte, 0), 7) + ' ', 148, 'latin1');
  return block;
}

/** Fills the last block of a file of that size. */
export const padding = (size) => Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);

export const END = Buffer.alloc(2 * BLOCK);
