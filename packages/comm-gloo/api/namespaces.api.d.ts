// What @dqrm/comm-gloo/namespaces exports. Written by tools/api-report; review the difference, do not edit.

export interface Network {
    readonly nodes: readonly NetworkNode[];
    setLink(node: number, up: boolean): void;
}

export interface NetworkNode {
    readonly name: string;
    readonly address: string;
    readonly networkInterface: string;
    readonly core: number | undefined;
    readonly command: readonly string[];
}

export interface NetworkOptions {
    readonly nodes: number;
    readonly rateMbit: number;
}

export declare function namespacesObstacle(): string | undefined;

export declare function withNamespaces<T>({ nodes: count, rateMbit }: NetworkOptions, run: (network: Network) => Promise<T>): Promise<T>;
