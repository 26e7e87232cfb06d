// Entry of the component package: Pulumi's plugin host compiles .ts files that it requires, and so misses that Node runs
// them as they are; what this file imports it leaves alone.
export * from './index.ts';
