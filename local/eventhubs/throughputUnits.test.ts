import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Condition } from './amqp/conditions.ts';
import { ThroughputUnits, type ThroughputSettings } from './throughputUnits.ts';

const KB = 1024;
const busy = expect.objectContaining({ condition: Condition.serverBusy }) as Error;

/** Units with a clock that stands still until it is moved. */
function unitsAt(settings: ThroughputSettings) {
  const clock = { ms: 0 };
  return { clock, throughput: new ThroughputUnits(settings, () => clock.ms) };
}

function outcome(attempt: () => void): 'admitted' | 'refused' {
  try {
    attempt();
    return 'admitted';
  } catch (error) {
    expect(error).toEqual(busy);
    return 'refused';
  }
}

describe('throughput units', () => {
  it.each([
    ['1 MB', { units: 1 }, 100 * KB, 1, 11],
    ['1,000 events', { units: 1 }, KB, 100, 10],
    ['3 MB with three units', { units: 3 }, 100 * KB, 1, 31],
  ])('let %s in per second', (_, settings, bytes, events, passing) => {
    const { clock, throughput } = unitsAt(settings);
    for (let send = 0; send < passing; send += 1) throughput.admit(bytes, events);
    expect(() => throughput.admit(bytes, events)).toThrow(busy);
    expect(() => throughput.admit(bytes, events)).toThrow('Error code : 50002. Please wait 1 seconds and try again.');
    clock.ms += 1_000;
    throughput.admit(bytes, events);
  });

  it('take a send that is larger than a second allows, and make those after it wait as long as it is too large', () => {
    const { clock, throughput } = unitsAt({ units: 1 });
    throughput.admit(KB, 4_000);
    clock.ms = 2_900;
    expect(() => throughput.admit(KB, 1)).toThrow(busy);
    clock.ms = 3_100;
    throughput.admit(KB, 1);
  });

  it('never let more in than their rate over any time, but for one send', () => {
    const send = fc.record({ wait: fc.nat(400), bytes: fc.nat(1024 * KB), events: fc.integer({ min: 1, max: 800 }) });
    fc.assert(
      fc.property(fc.array(send), (sends) => {
        const { clock, throughput } = unitsAt({ units: 1 });
        const admitted = { bytes: 0, events: 0 };
        for (const { wait, bytes, events } of sends) {
          clock.ms += wait;
          const seconds = 1 + clock.ms / 1_000;
          const full = admitted.bytes >= 1024 * KB * seconds || admitted.events >= 1_000 * seconds;
          const attempt = () => throughput.admit(bytes, events);
          if (full) {
            expect(attempt).toThrow(busy);
            continue;
          }
          if (outcome(attempt) === 'refused') continue;
          admitted.bytes += bytes;
          admitted.events += events;
        }
      }),
    );
  });

  it('grow by auto-inflate up to their maximum, one a second', () => {
    const { clock, throughput } = unitsAt({ units: 1, maximumUnits: 3 });
    const fill = () => {
      for (;;) throughput.admit(100 * KB, 1);
    };
    for (const expected of [2, 3, 3]) {
      clock.ms += 1_000;
      expect(fill).toThrow(busy);
      expect(throughput.units).toBe(expected);
    }
  });

  it('delay deliveries beyond 2 MB or 4,096 events a second', () => {
    const { clock, throughput } = unitsAt({ units: 1 });
    for (let event = 0; event < 4_096; event += 1) throughput.delivered(100);
    expect(throughput.egressWaitMs()).toBeGreaterThan(0);
    clock.ms += throughput.egressWaitMs();
    expect(throughput.egressWaitMs()).toBe(0);
    clock.ms += 1_000;
    expect(throughput.egressWaitMs()).toBe(0);
    throughput.delivered(4 * 1024 * KB);
    clock.ms += 990;
    expect(throughput.egressWaitMs()).toBeGreaterThan(0);
    clock.ms += 20;
    expect(throughput.egressWaitMs()).toBe(0);
  });
});
