// What dqrm exports. Written by tools/api-report; review the difference, do not edit.

import type { Environment, StartTimer } from "@dqrm/comm";

import type { ByteReport, DlrmConfig, EpochRecord, Metrics } from "@dqrm/dlrm";

export interface RunResult {
    readonly variant: string;
    readonly dataset: string;
    readonly seed: number;
    readonly config: DlrmConfig;
    readonly configHash: string;
    readonly data: string;
    readonly dataHash: string;
    readonly postTraining: PostTrainingName | null;
    readonly backend: string;
    readonly skippedKernels: Readonly<Record<string, string>>;
    readonly outcome: "finished" | "early-stop" | "aborted";
    readonly history: readonly EpochRecord[];
    readonly selected: EpochRecord | null;
    readonly test: Metrics | null;
    readonly oracleTestAuc: number | null;
    readonly bytes: ByteReport;
    readonly codes: CodeUse | null;
    readonly messageBytes: number | null;
    readonly samplesPerSecond: number;
    readonly seconds: number;
}

export interface StudyEnvironment {
    readonly dqrm: string;
    readonly node: string;
    readonly platform: string;
    readonly cpu: string;
    readonly cores: number;
    readonly workers: number;
}

export interface StudyResult {
    readonly version: 1;
    readonly name: string;
    readonly title: string;
    readonly command: string;
    readonly environment: StudyEnvironment;
    readonly seconds: number;
    readonly runs: readonly RunResult[];
}

export interface Surroundings {
    readonly terminal: Terminal;
    readonly importModule: ImportModule;
    readonly environment: Environment;
    readonly startTimer: StartTimer;
    readonly startProcess: StartProcess;
    readonly freePort: () => Promise<number>;
    readonly studyWorkerUrl: URL;
    readonly trainWorkerUrl: URL;
    readonly lookupWorkerUrl: URL;
    readonly machine: Omit<StudyEnvironment, "workers">;
    readonly pause: () => Promise<void>;
    readonly temporaryDirectory: string;
    readonly measureMemory: () => {
        readonly heapBytes: number;
        readonly arrayBytes: number;
    };
    readonly processMemory: () => {
        readonly availableBytes: number;
        readonly peakRssBytes: number;
    };
}

export interface Terminal {
    out(text: string): void;
    err(text: string): void;
    readonly interactive: boolean;
    readonly columns: number;
    now(): number;
    readonly signal: AbortSignal;
}

export declare function escapeHtml(text: string): string;

export declare function formatBytes(bytes: number): string;

export declare function formatCount(count: number): string;

export declare function formatDifference(value: number): string;

export declare function formatDuration(seconds: number): string;

export declare function runCommand(args: readonly string[], surroundings: Surroundings): Promise<number>;

export declare function ticks(low: number, high: number, count: number, integers: boolean): readonly number[];

// Referred to above, but not exported.

interface ChildProcess {
    readonly ended: Promise<number>;
    kill(): void;
}

interface CodeUse {
    readonly table: string;
    readonly rows: number;
    readonly bits: number;
    readonly zeroShare: number;
    readonly zeroShareAtEnd: number;
    readonly codeShares: readonly number[];
}

type ImportModule = (specifier: string) => Promise<unknown>;

type PostTrainingName = "vanilla" | "per table" | "per table, percentile" | "per table, squared error" | "per row" | "per row, FBGEMM";

interface StartOptions {
    readonly command?: readonly string[];
    readonly speaks?: boolean;
}

type StartProcess = (variables: Environment, options?: StartOptions) => ChildProcess;
