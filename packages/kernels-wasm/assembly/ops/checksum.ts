/** Eight bytes at a time, through a table for each. */
const TABLES: i32 = 8;
const TABLE_BYTES: usize = 1024;

/** table[k][b] is the remainder of byte b with k zero bytes behind it. */
const tables: usize = memory.data(TABLES * 1024, 4);
let filled = false;

function fillTables(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = (rest & 1) != 0 ? (rest >> 1) ^ 0xedb88320 : rest >> 1;
    store<u32>(tables + ((<usize>byte) << 2), rest);
  }
  for (let at = tables; at < tables + <usize>(TABLES - 1) * TABLE_BYTES; at += 4) {
    const rest = load<u32>(at);
    store<u32>(at + TABLE_BYTES, (rest >> 8) ^ load<u32>(tables + ((<usize>(rest & 0xff)) << 2)));
  }
  filled = true;
}

@inline
function remainder(table: usize, byte: u32): u32 {
  return load<u32>(tables + table * TABLE_BYTES + ((<usize>(byte & 0xff)) << 2));
}

/** Continues the CRC-32 of earlier bytes. */
export function checksum(src: usize, count: i32, previous: u32): u32 {
  if (!filled) fillTables();
  let crc = ~previous;
  let i = 0;
  for (; i + 8 <= count; i += 8) {
    const low = load<u32>(src + i) ^ crc;
    const high = load<u32>(src + i, 4);
    const a = remainder(7, low) ^ remainder(6, low >> 8) ^ remainder(5, low >> 16) ^ remainder(4, low >> 24);
    const b = remainder(3, high) ^ remainder(2, high >> 8) ^ remainder(1, high >> 16) ^ remainder(0, high >> 24);
    crc = a ^ b;
  }
  for (; i < count; i++) crc = (crc >> 8) ^ remainder(0, crc ^ <u32>load<u8>(src + i));
  return ~crc;
}
