import { HostError } from '../../hostError.ts';
import type { FunctionRunner } from '../../invocation/functionRunner.ts';
import { invokeWithRetry, type RetriedOutcome } from '../../invocation/retry.ts';
import { errorDetails } from '../../log.ts';
import { BlobLock } from '../../storage/blobLock.ts';
import { hostId } from '../../storage/hostStorage.ts';
import type { CreateListener, ListenerContext, TriggerListener } from '../listener.ts';
import { SingletonListener } from '../singletonListener.ts';
import { isMonitored, parseSchedule, type Schedule } from './schedule.ts';
import { readStatus, writeStatus, type ScheduleStatus } from './scheduleStatus.ts';

const CONTAINER = 'azure-webjobs-hosts';
/** Longest wait of a JavaScript timer is 24.8 days; a longer one is taken in steps. */
const LONGEST_WAIT_MS = 24 * 3600 * 1000;

/** Listener of a timer trigger: on one instance of the app alone. Throws `HostError` for a schedule that is none. */
export const timerListener: CreateListener = async (runner, context) => {
  const { schedule, runOnStartup = false, useMonitor = true } = runner.trigger;
  if (typeof schedule !== 'string') throw new HostError('Its timer has no schedule.');
  const options = {
    schedule: parseSchedule(schedule),
    runOnStartup: runOnStartup === true,
    useMonitor: useMonitor !== false,
  };
  const { hostJson, storage, settings, clock, log, instanceId } = context;
  const { listenerLockPeriodMs, listenerLockRecoveryPollingIntervalMs } = hostJson.singleton;
  const container = await storage.container(CONTAINER);
  const lockName = `locks/${hostId(settings)}/${fullName(runner)}.Listener`;
  return new SingletonListener({
    create: () => new TimerListener(runner, context, options),
    lock: new BlobLock({
      blob: container.getBlockBlobClient(lockName),
      owner: instanceId,
      periodMs: listenerLockPeriodMs,
    }),
    periodMs: listenerLockPeriodMs,
    pollMs: listenerLockRecoveryPollingIntervalMs * clock.timeScale,
    log,
    functionName: runner.name,
  });
};

/** Name of a function in the host storage, as the real host writes it. */
function fullName({ name }: FunctionRunner): string {
  return `Host.Functions.${name}`;
}

/** A listener that can also be fired by hand. */
export class TimerListener implements TriggerListener {
  readonly #runner: FunctionRunner;
  readonly #context: ListenerContext;
  readonly #schedule: Schedule;
  readonly #runOnStartup: boolean;
  readonly #monitored: boolean;
  readonly #stopped = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #status: ScheduleStatus | undefined;
  #next: Date | undefined;
  #run: Promise<void> = Promise.resolve();

  constructor(
    runner: FunctionRunner,
    context: ListenerContext,
    options: { schedule: Schedule; runOnStartup: boolean; useMonitor: boolean },
  ) {
    this.#runner = runner;
    this.#context = context;
    this.#schedule = options.schedule;
    this.#runOnStartup = options.runOnStartup;
    this.#monitored = options.useMonitor && isMonitored(options.schedule, new Date());
  }

  async start(): Promise<void> {
    if (this.#monitored) this.#status = await readStatus(await this.#container(), this.#blobName());
    const now = new Date();
    const missed = this.#status !== undefined && new Date(this.#status.Next) <= now;
    if (this.#runOnStartup || missed) this.#fireInTurn(now, missed);
    else this.#wait(this.#schedule.next(now));
  }

  /** Runs the function now, as the admin endpoint does, without changing when it runs next. */
  async fire(): Promise<void> {
    await this.#invoke(false);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    clearTimeout(this.#timer);
    await this.#run;
    await this.#runner.idle();
  }

  async describe(): Promise<Record<string, unknown>> {
    return { schedule: this.#runner.trigger.schedule, last: this.#status?.Last, next: this.#next?.toISOString() };
  }

  #wait(next: Date | undefined): void {
    if (this.#stopped.signal.aborted || !next) return;
    this.#next = next;
    const waitMs = next.getTime() - Date.now();
    this.#timer = setTimeout(
      () => (waitMs > LONGEST_WAIT_MS ? this.#wait(next) : this.#fireInTurn(next, false)),
      Math.min(Math.max(waitMs, 0), LONGEST_WAIT_MS),
    );
  }

  /** A run that takes longer than the schedule delays the next one: a timer never runs twice at once. */
  #fireInTurn(due: Date, isPastDue: boolean): void {
    this.#run = this.#invoke(isPastDue)
      // A run that was cut off is missed, and made up for at the next start.
      .then((outcome) => (outcome === 'cut off' ? undefined : this.#remember(due)))
      .catch((error: unknown) =>
        this.#context.log('error', `Function.${this.#runner.name}`, 'The schedule status could not be written', {
          ...errorDetails(error),
        }),
      )
      .then(() => this.#wait(this.#schedule.next(new Date(Math.max(Date.now(), due.getTime())))));
  }

  async #invoke(isPastDue: boolean): Promise<RetriedOutcome> {
    const info = { Schedule: { AdjustForDST: true }, ScheduleStatus: this.#status ?? null, IsPastDue: isPastDue };
    const { clock, log } = this.#context;
    const input = { data: { json: JSON.stringify(info) } };
    return invokeWithRetry({ runner: this.#runner, input, clock, log, stopped: this.#stopped.signal });
  }

  async #remember(due: Date): Promise<void> {
    const next = this.#schedule.next(due) ?? due;
    this.#status = { Last: due.toISOString(), Next: next.toISOString(), LastUpdated: new Date().toISOString() };
    if (this.#monitored) await writeStatus(await this.#container(), this.#blobName(), this.#status);
  }

  async #container() {
    return this.#context.storage.container(CONTAINER);
  }

  #blobName(): string {
    return `timers/${hostId(this.#context.settings)}/${fullName(this.#runner)}/status`;
  }
}
