import type { ExchangeFigures } from "@dqrm/dlrm";
import { formatBytes, formatCount, formatDuration } from "./format-number.ts";
import type { Terminal } from "./terminal.ts";

/** Says how far one training run is. */
export interface LaneState {
  /** Epoch under way, counted from 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Share of the whole run that is done, 0 to 1. */
  readonly fraction: number;
  readonly samplesPerSecond: number;
  /** Recent mean training loss. */
  readonly loss: number;
  readonly secondsLeft: number;
  /** What gradients take; null when they do not travel. */
  readonly exchange: ExchangeFigures | null;
  readonly note: string;
}

/** Shows the progress of runs side by side: live bars on a terminal, plain lines elsewhere. */
export interface Progress {
  update(lane: string, state: LaneState): void;
  /** Prints a line above the bars. */
  log(line: string): void;
  /** Leaves the last state on the screen. */
  end(): void;
}

/** Plain lines come at most this often for each lane, so that a log file stays readable. */
const PLAIN_INTERVAL_MS = 10_000;
const BAR_CELLS = 24;

/** A shorter bar says nothing. */
const LEAST_CELLS = 6;

/** More runs than this are not all shown at once. */
const MOST_LANES = 4;

/**
 * Creates the display for lanes with the given names.
 *
 * @cost redraws on every update; callers throttle
 */
export function createProgress(lanes: readonly string[], terminal: Terminal): Progress {
  return terminal.interactive ? liveProgress(lanes, terminal) : plainProgress(lanes, terminal);
}

function liveProgress(lanes: readonly string[], terminal: Terminal): Progress {
  const width = Math.max(...lanes.map((lane) => lane.length));
  const room = terminal.columns - 1 - width - 2;
  const states = new Map<string, LaneState>();
  let drawn = 0;

  const laneLine = (lane: string): string => {
    const state = states.get(lane);
    const text = state === undefined ? "waiting" : barText(state, room);
    return `${lane.padEnd(width)}  ${text}`.slice(0, terminal.columns - 1);
  };
  const erase = (): string => (drawn === 0 ? "" : `\u001b[${drawn}A\u001b[0J`);
  const draw = (above: string): void => {
    const lines = shownLanes(lanes, states).map(laneLine);
    if (lanes.length > MOST_LANES) lines.push(`${doneCount(states)} of ${lanes.length} runs done`);
    terminal.err(`${erase()}${above}${lines.join("\n")}\n`);
    drawn = lines.length;
  };

  return {
    update(lane, state) {
      states.set(lane, state);
      draw("");
    },
    log(line) {
      draw(`${line}\n`);
    },
    end() {
      drawn = 0;
    },
  };
}

function plainProgress(lanes: readonly string[], terminal: Terminal): Progress {
  const printed = new Map<string, { at: number; epoch: number }>();
  return {
    update(lane, state) {
      const now = terminal.now();
      const last = printed.get(lane) ?? { at: -PLAIN_INTERVAL_MS, epoch: 0 };
      if (now - last.at < PLAIN_INTERVAL_MS && last.epoch === state.epoch && state.fraction < 1) return;
      printed.set(lane, { at: now, epoch: state.epoch });
      const name = lanes.length > 1 ? `${lane}: ` : "";
      terminal.err(`${name}${laneText(state)}\n`);
    },
    log(line) {
      terminal.err(`${line}\n`);
    },
    end: () => undefined,
  };
}

/** Of many runs, only those under way are shown: the others would push them off the screen. */
function shownLanes(lanes: readonly string[], states: ReadonlyMap<string, LaneState>): readonly string[] {
  if (lanes.length <= MOST_LANES) return lanes;
  return lanes.filter((lane) => (states.get(lane)?.fraction ?? 1) < 1);
}

function doneCount(states: ReadonlyMap<string, LaneState>): number {
  return [...states.values()].filter(({ fraction }) => fraction >= 1).length;
}

/** Puts a bar before the text, as long as there is room for. */
function barText(state: LaneState, room: number): string {
  const text = laneText(state);
  const cells = Math.min(BAR_CELLS, room - text.length - 2);
  if (cells < LEAST_CELLS) return text;
  const filled = Math.round(state.fraction * cells);
  return `${"█".repeat(filled)}${"░".repeat(cells - filled)}  ${text}`;
}

function laneText(state: LaneState): string {
  const { epoch, epochs, exchange, fraction, loss, note, samplesPerSecond, secondsLeft } = state;
  const parts = [
    `epoch ${epoch}/${epochs}`,
    `${(100 * fraction).toFixed(0)}%`,
    `${formatCount(samplesPerSecond)} samples/s`,
    `loss ${loss.toFixed(4)}`,
    exchange === null ? "" : exchangeText(exchange),
    fraction < 1 ? `ETA ${formatDuration(secondsLeft)}` : "done",
  ];
  return [...parts, note].filter((part) => part !== "").join("  ");
}

function exchangeText({ bytes, milliseconds, ratio }: ExchangeFigures): string {
  return `sends ${formatBytes(bytes)} (${ratio.toFixed(1)}x) in ${milliseconds.toFixed(1)} ms a step`;
}
