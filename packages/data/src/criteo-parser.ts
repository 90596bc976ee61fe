import { CRITEO_CATEGORIES, CRITEO_INTEGERS } from "./schema.ts";
import { badLine, CHUNK_ROWS, refuseOrReport, type ReadOptions, type RowChunk } from "./source.ts";

/** Parses the bytes of one file of Criteo lines, in pieces of any size. */
export interface CriteoParser {
  /** Reads on from bytes[at] until the bytes end or the chunk is full, and tells where it stopped. */
  push(bytes: Uint8Array, at: number): number;
  /** Tells whether the chunk must be taken before more is pushed. */
  readonly full: boolean;
  /** Hands out the rows read so far; the arrays are reused by the rows that follow. */
  take(): RowChunk;
  /** Ends the file: a last line without a line end counts. */
  finish(): void;
}

/** Tells a parser where its file stands among those of a pass. */
export interface FileStart {
  readonly file: string;
  readonly section: number;
  readonly firstRow: number;
}

const TAB = 9;
const NEWLINE = 10;
const RETURN = 13;
const MINUS = 45;

/** Integers of this many digits are exact in a double; the longest of the real logs has ten. */
const MAX_DIGITS = 15;

/** Categories are hashes of 32 bits. */
const MAX_HEX_DIGITS = 8;

/** The value of each hexadecimal digit, in either case; 16 marks every other byte. */
const HEX: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  const digit = "0123456789abcdef".indexOf(String.fromCharCode(byte).toLowerCase());
  return digit < 0 ? 16 : digit;
});

interface Field {
  readonly kind: "label" | "integer" | "hex";
  /** Column within its kind. */
  readonly slot: number;
}

function fieldsOf(options: ReadOptions): Field[] {
  const integers = Array.from({ length: CRITEO_INTEGERS }, (_, slot) => ({ kind: "integer", slot }) as const);
  const categories = Array.from({ length: CRITEO_CATEGORIES }, (_, slot) => ({ kind: "hex", slot }) as const);
  const label = options.labels === "absent" ? [] : [{ kind: "label", slot: 0 } as const];
  return [...label, ...integers, ...categories];
}

const EXPECTED = {
  label: "a label, 0 or 1",
  integer: "an integer or nothing",
  hex: "hexadecimal digits or nothing",
} as const;

function describe(byte: number): string {
  return byte > 32 && byte < 127 ? JSON.stringify(String.fromCharCode(byte)) : `byte ${byte}`;
}

/** Parses one file; see {@link createCriteoParser}. */
class Parser implements CriteoParser {
  readonly #start: FileStart;
  readonly #options: ReadOptions;
  readonly #fields: readonly Field[];
  readonly #labels = new Float64Array(CHUNK_ROWS);
  readonly #lines = new Float64Array(CHUNK_ROWS);
  readonly #numeric = new Float64Array(CHUNK_ROWS * CRITEO_INTEGERS);
  readonly #codes = Array.from({ length: CRITEO_CATEGORIES }, () => new Float64Array(CHUNK_ROWS));
  #firstRow: number;
  #row = 0;
  #line = 1;
  #column = 0;
  #lineBytes = 0;
  #value = 0;
  #digits = 0;
  #negative = false;
  #returned = false;
  #skipping = false;

  constructor(start: FileStart, options: ReadOptions) {
    this.#start = start;
    this.#options = options;
    this.#fields = fieldsOf(options);
    this.#firstRow = start.firstRow;
  }

  get full(): boolean {
    return this.#row === CHUNK_ROWS;
  }

  push(bytes: Uint8Array, at: number): number {
    for (let i = at; i < bytes.length; i++) {
      i = this.#digitRun(bytes, i);
      if (i === bytes.length) break;
      const byte = bytes[i];
      if (byte === NEWLINE) {
        this.#endLine();
        if (this.#row === CHUNK_ROWS) return i + 1;
      } else {
        this.#lineBytes++;
        if (!this.#skipping) this.#take(byte);
      }
    }
    return bytes.length;
  }

  take(): RowChunk {
    const size = this.#row;
    this.#row = 0;
    this.#firstRow += size;
    return {
      size,
      firstRow: this.#firstRow - size,
      file: this.#start.file,
      section: this.#start.section,
      lines: this.#lines,
      labels: this.#labels,
      numeric: this.#numeric,
      categories: this.#codes.map((values) => ({ kind: "codes", values })),
    };
  }

  finish(): void {
    if (this.#lineBytes > 0) this.#endLine();
  }

  #take(byte: number): void {
    if (this.#returned) this.#refuse("a line end after a carriage return", describe(byte));
    else if (byte === RETURN) this.#returned = true;
    else if (byte !== TAB) this.#sign(byte);
    else if (this.#column === this.#fields.length - 1) {
      this.#refuse(`${this.#fields.length} fields separated by tabs`, "more", 0);
    } else if (this.#store()) this.#column++;
  }

  /** Nearly every byte is a digit: they are taken in one loop, and the first other byte's place is given back. */
  #digitRun(bytes: Uint8Array, at: number): number {
    if (this.#skipping || this.#returned) return at;
    const { kind } = this.#fields[this.#column];
    const base = kind === "hex" ? 16 : 10;
    let value = this.#value;
    let i = at;
    for (; i < bytes.length; i++) {
      const digit = HEX[bytes[i]];
      if (digit >= base) break;
      value = value * base + digit;
    }
    if (i === at) return i;
    this.#value = value;
    this.#lineBytes += i - at;
    this.#digits += i - at;
    if (this.#digits > (kind === "hex" ? MAX_HEX_DIGITS : MAX_DIGITS)) {
      const most = kind === "hex" ? `${MAX_HEX_DIGITS} hexadecimal` : String(MAX_DIGITS);
      this.#refuse(`at most ${most} digits`, "more");
    }
    return i;
  }

  #sign(byte: number): void {
    const { kind } = this.#fields[this.#column];
    const first = kind === "integer" && this.#digits === 0 && !this.#negative;
    if (byte === MINUS && first) this.#negative = true;
    else this.#refuse(EXPECTED[kind], describe(byte));
  }

  #store(): boolean {
    const { kind, slot } = this.#fields[this.#column];
    const missing = this.#digits === 0;
    if (kind === "hex") this.#codes[slot][this.#row] = missing ? -1 : this.#value;
    else if (kind === "label") {
      if (missing || this.#value > 1) {
        return this.#refuse(EXPECTED.label, missing ? "nothing" : String(this.#value));
      }
      this.#labels[this.#row] = this.#value;
    } else {
      if (missing && this.#negative) return this.#refuse(EXPECTED.integer, '"-"');
      const value = this.#negative ? -this.#value : this.#value;
      this.#numeric[this.#row * CRITEO_INTEGERS + slot] = missing ? Number.NaN : value;
    }
    this.#clearField();
    return true;
  }

  #endLine(): void {
    const expected = `${this.#fields.length} fields separated by tabs`;
    if (this.#lineBytes === 0) this.#refuse(expected, "an empty line", 0);
    else if (!this.#skipping && this.#store()) {
      if (this.#column < this.#fields.length - 1) this.#refuse(expected, String(this.#column + 1), 0);
      else this.#lines[this.#row++] = this.#line;
    }
    this.#clearField();
    this.#line++;
    this.#column = 0;
    this.#lineBytes = 0;
    this.#returned = false;
    this.#skipping = false;
  }

  #clearField(): void {
    this.#value = 0;
    this.#digits = 0;
    this.#negative = false;
  }

  #refuse(expected: string, actual: string, column = this.#column + 1): false {
    this.#skipping = true;
    const place = { file: this.#start.file, line: this.#line, column };
    refuseOrReport(badLine(place, expected, actual), this.#options.onBadLine);
    return false;
  }
}

/**
 * Creates a parser for one file of Criteo lines: label, 13 integers, 26 hexadecimal categories, separated by tabs;
 * empty fields are missing; LF or CRLF ends a line.
 *
 * Bytes become numbers directly, without a string in between.
 *
 * @throws DATA with file, line and column where lines are not skipped
 * @cost O(bytes), allocates nothing for each line
 */
export function createCriteoParser(start: FileStart, options: ReadOptions): CriteoParser {
  return new Parser(start, options);
}
