import { badLine, MAX_LINE_BYTES, refuseOrReport, type ReadOptions } from "./source.ts";
import { MAX_COLUMNS } from "./limits.ts";

/**
 * Receives the records of a file. A field may keep its whole record in memory: who holds fields longer than the
 * record copies them with `copyText`.
 */
export type RecordSink = (fields: readonly string[], line: number) => void;

/** Splits the bytes of one file into records, in pieces of any size. */
export interface CsvParser {
  /** Reads on from bytes[at] until a record ends or the bytes end, and tells where it stopped. */
  push(bytes: Uint8Array, at: number): number;
  /** Ends the file: a last record without a line end counts; an open quote is a bad record. */
  finish(): void;
}

const QUOTE = 34;
const NEWLINE = 10;
const RETURN = 13;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;

/** Where a byte falls: before or inside an unquoted field, inside quotes, or after the quote that may close them. */
type State = "start" | "plain" | "quoted" | "quote" | "return" | "skip";

/** Names the file of a parser and says how it is laid out. */
export interface CsvFile {
  readonly file: string;
  readonly delimiter: "," | "\t" | ";";
  readonly onBadLine: ReadOptions["onBadLine"];
}

/** Parses one file; see {@link createCsvParser}. */
class Parser implements CsvParser {
  readonly #file: CsvFile;
  readonly #sink: RecordSink;
  readonly #separator: number;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  readonly #special = new Uint8Array(256);
  /** The bytes of the record's fields, without quotes and delimiters, and where each one ends. */
  #record = new Uint8Array(1024);
  #length = 0;
  readonly #ends: number[] = [];
  #state: State = "start";
  #line = 1;
  #recordLine = 1;
  #recordBytes = 0;
  #markBytes = 0;

  constructor(file: CsvFile, sink: RecordSink) {
    this.#file = file;
    this.#sink = sink;
    this.#separator = file.delimiter.charCodeAt(0);
    for (const byte of [this.#separator, QUOTE, NEWLINE, RETURN]) this.#special[byte] = 1;
  }

  push(bytes: Uint8Array, at: number): number {
    for (let i = at; i < bytes.length; i++) {
      const byte = bytes[i];
      if (this.#markBytes < BYTE_ORDER_MARK.length) {
        if (byte === BYTE_ORDER_MARK[this.#markBytes]) {
          this.#markBytes++;
          continue;
        }
        this.#keepMark();
      }
      const run = this.#plainRun(bytes, i);
      if (run > i) {
        i = run - 1;
        continue;
      }
      if (byte === NEWLINE) this.#line++;
      if (byte === NEWLINE && this.#state !== "quoted") {
        this.#endRecord();
        return i + 1;
      }
      this.#recordBytes++;
      if (this.#state !== "skip") this.#take(byte);
    }
    return bytes.length;
  }

  finish(): void {
    if (this.#markBytes < BYTE_ORDER_MARK.length) this.#keepMark();
    if (this.#state === "quoted") this.#refuse("a closing quote", "the end of the file");
    if (this.#recordBytes > 0) this.#endRecord();
  }

  /** Other letters begin with bytes of the mark: what was held back of one is the first field's. */
  #keepMark(): void {
    const held = this.#markBytes;
    this.#markBytes = BYTE_ORDER_MARK.length;
    this.#recordBytes += held;
    for (let i = 0; i < held; i++) this.#take(BYTE_ORDER_MARK[i]);
  }

  #take(byte: number): void {
    if (this.#recordBytes > MAX_LINE_BYTES) {
      this.#refuse(`a record of at most ${MAX_LINE_BYTES} bytes`, "a longer one", 0);
    } else if (this.#state === "return") this.#refuse("a line end after a carriage return", "text");
    else if (this.#state === "quoted") {
      if (byte === QUOTE) this.#state = "quote";
      else this.#append(byte);
    } else if (byte === this.#separator) this.#endField();
    else if (byte === RETURN) this.#state = "return";
    else if (byte === QUOTE) this.#quote();
    else if (this.#state === "quote") this.#refuse("a delimiter or line end after a closing quote", "text");
    else {
      this.#state = "plain";
      this.#append(byte);
    }
  }

  #quote(): void {
    if (this.#state === "plain") {
      this.#refuse("quotes around the whole field", "a quote inside it");
      return;
    }
    if (this.#state === "quote") this.#append(QUOTE);
    this.#state = "quoted";
  }

  /** Most bytes are plain text: they are copied together, and the place of the first other byte is given back. */
  #plainRun(bytes: Uint8Array, at: number): number {
    if (this.#state !== "start" && this.#state !== "plain") return at;
    const end = Math.min(bytes.length, at + MAX_LINE_BYTES - this.#recordBytes);
    let i = at;
    while (i < end && this.#special[bytes[i]] === 0) i++;
    if (i <= at) return at;
    this.#reserve(i - at);
    for (let k = at; k < i; k++) this.#record[this.#length++] = bytes[k];
    this.#recordBytes += i - at;
    this.#state = "plain";
    return i;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#record.length) return;
    const longer = new Uint8Array(Math.max(this.#length + count, 2 * this.#record.length));
    longer.set(this.#record);
    this.#record = longer;
  }

  #append(byte: number): void {
    this.#reserve(1);
    this.#record[this.#length++] = byte;
  }

  #endField(): boolean {
    if (this.#ends.length >= MAX_COLUMNS) return this.#refuse(`at most ${MAX_COLUMNS} columns`, "more", 0);
    this.#ends.push(this.#length);
    this.#state = "start";
    return true;
  }

  /** Decodes a record at once and cuts it, where each byte is a character; otherwise field by field. */
  #decode(): string[] | undefined {
    const bytes = this.#record.subarray(0, this.#length);
    let ascii = true;
    for (let i = 0; i < bytes.length && ascii; i++) ascii = bytes[i] < 128;
    const whole = ascii ? this.#decoder.decode(bytes) : "";
    const fields: string[] = [];
    for (const [column, end] of this.#ends.entries()) {
      const begin = column === 0 ? 0 : this.#ends[column - 1];
      try {
        fields.push(ascii ? whole.slice(begin, end) : this.#decoder.decode(bytes.subarray(begin, end)));
      } catch {
        this.#refuse("UTF-8 text", "other bytes", column + 1);
        return undefined;
      }
    }
    return fields;
  }

  #endRecord(): void {
    const bytes = this.#recordBytes - (this.#state === "return" ? 1 : 0);
    if (this.#state !== "skip") {
      if (bytes === 0) this.#refuse("a record", "an empty line", 0);
      else if (this.#endField()) this.#emit();
    }
    this.#ends.length = 0;
    this.#length = 0;
    this.#recordBytes = 0;
    this.#recordLine = this.#line;
    this.#state = "start";
  }

  #emit(): void {
    const fields = this.#decode();
    if (fields !== undefined) this.#sink(fields, this.#recordLine);
  }

  #refuse(expected: string, actual: string, column = this.#ends.length + 1): false {
    this.#state = "skip";
    const place = { file: this.#file.file, line: this.#recordLine, column };
    refuseOrReport(badLine(place, expected, actual), this.#file.onBadLine);
    return false;
  }
}

/**
 * Creates a parser for RFC 4180 records: quoted fields may hold delimiters, line ends and doubled quotes; LF or CRLF
 * ends a record; the text is UTF-8, with or without a byte order mark.
 *
 * @throws DATA with file, line and column where lines are not skipped
 * @cost O(bytes); memory of the longest record, at most MAX_LINE_BYTES
 */
export function createCsvParser(file: CsvFile, sink: RecordSink): CsvParser {
  return new Parser(file, sink);
}
