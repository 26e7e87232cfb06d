/** What a trigger received cannot start its workflow; the message is for the sender. */
export class TriggerRefusal extends Error {}
