import { describe, expect, it } from 'vitest';
import { UserError } from '../components/shared/validate.ts';
import { checkRecommender } from './recommender.ts';

const key = { property: 'attune:recommender', fix: 'Fix it.' };

describe('checkRecommender', () => {
  it('takes some settings or all, and returns them as compact JSON', () => {
    expect(checkRecommender(key, '{}')).toBe('{}');
    const all = {
      historyHalfLife: 5,
      historyLength: 50,
      easeShare: 0.5,
      easeLambda: 200,
      neighbours: 100,
      transitionWindow: 5,
      transitionHalfLifeDays: 90,
      actionWeights: { purchase: 4, dismiss: -1 },
      minimumSupport: 2,
    };
    expect(JSON.parse(checkRecommender(key, JSON.stringify(all, null, 2)))).toEqual(all);
  });

  it.each([
    ['{', 'attune:recommender is "{": allowed is a JSON object ('],
    ['null', 'attune:recommender is "null": allowed is a JSON object.'],
    ['7', 'attune:recommender is "7": allowed is a JSON object.'],
    ['{"historyLenght":50}', 'attune:recommender.historyLenght is 50: allowed is one of historyHalfLife,'],
    ['{"historyLength":0}', 'attune:recommender.historyLength is 0: allowed is a whole number from 1 to 100.'],
    ['{"historyLength":1.5}', 'attune:recommender.historyLength is 1.5: allowed is a whole number from 1 to 100.'],
    ['{"easeShare":"0.5"}', 'attune:recommender.easeShare is "0.5": allowed is a number from 0 to 1.'],
    ['{"actionWeights":[1]}', 'attune:recommender.actionWeights is [1]: allowed is an object of numbers'],
    ['{"actionWeights":{"view":"1"}}', 'attune:recommender.actionWeights.view is "1": allowed is a number from -100'],
    ['{"toString":1}', 'attune:recommender.toString is 1: allowed is one of'],
  ])('refuses %s', (json, message) => {
    expect(() => checkRecommender(key, json)).toThrow(UserError);
    expect(() => checkRecommender(key, json)).toThrow(message);
  });
});
