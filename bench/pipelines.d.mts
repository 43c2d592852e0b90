export const pipelines: readonly string[];
export function generate(path: string, megabytes: number): void;
export function commandOf(pipeline: string): string;
export function isOverModules(pipeline: string): boolean;
