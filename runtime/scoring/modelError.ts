/** A model that must not be served: one line that says what is wrong with which part of it. */
export class ModelError extends Error {}
