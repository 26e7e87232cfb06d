import type { RecommenderSettings } from '../runtime/contracts/model.ts';
import { wrongValue, type Checked } from '../components/shared/validate.ts';

interface Range {
  from: number;
  to: number;
  whole: boolean;
}

type NumberSetting = Exclude<keyof RecommenderSettings, 'actionWeights'>;

/** What a setting of the recommender may be. Beyond these a value is a slip of the keyboard, not a choice. */
const RANGES: Record<NumberSetting, Range> = {
  historyHalfLife: { from: 0.1, to: 1000, whole: false },
  historyLength: { from: 1, to: 100, whole: true },
  easeShare: { from: 0, to: 1, whole: false },
  easeLambda: { from: 0.001, to: 1_000_000, whole: false },
  neighbours: { from: 1, to: 1000, whole: true },
  transitionWindow: { from: 1, to: 100, whole: true },
  transitionHalfLifeDays: { from: 0.1, to: 10_000, whole: false },
  minimumSupport: { from: 1, to: 10_000, whole: true },
};

/**
 * Checks settings of the recommender given as a JSON object and returns them as compact JSON.
 * @throws {UserError} when it is no such object, or a setting is unknown or out of its range.
 */
export function checkRecommender(key: Checked, json: string): string {
  const settings = parseObject(key, json);
  for (const [name, value] of Object.entries(settings)) {
    if (name === 'actionWeights') checkWeights(key, value);
    else if (Object.hasOwn(RANGES, name)) checkNumber(key, name, value, RANGES[name as NumberSetting]);
    else throw wrongValue(nested(key, name), value, `one of ${[...Object.keys(RANGES), 'actionWeights'].join(', ')}`);
  }
  return JSON.stringify(settings);
}

function parseObject(key: Checked, json: string): Record<string, unknown> {
  const allowed = 'a JSON object';
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw wrongValue(key, json, `${allowed} (${(error as Error).message})`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongValue(key, json, allowed);
  return value as Record<string, unknown>;
}

function checkNumber(key: Checked, name: string, value: unknown, { from, to, whole }: Range): void {
  const fits = typeof value === 'number' && value >= from && value <= to && (!whole || Number.isInteger(value));
  if (!fits) throw wrongValue(nested(key, name), value, `a ${whole ? 'whole ' : ''}number from ${from} to ${to}`);
}

function checkWeights(key: Checked, value: unknown): void {
  const allowed = 'an object of numbers from -100 to 100 by action';
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrongValue(nested(key, 'actionWeights'), value, allowed);
  }
  for (const [action, weight] of Object.entries(value)) {
    const fits = typeof weight === 'number' && Math.abs(weight) <= 100;
    if (!fits) throw wrongValue(nested(key, `actionWeights.${action}`), weight, 'a number from -100 to 100');
  }
}

function nested({ property, fix }: Checked, name: string): Checked {
  return { property: `${property}.${name}`, fix };
}
